"""What others published of their codecs."""

import csv
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

KODAK = Path(__file__).with_name("kodak.csv")
PUBLISHED = ("codec", "bpp", "psnr_db", "source")


def rows(path: str | Path = KODAK) -> list[dict[str, Any]]:
    """Rows of PUBLISHED: average rate and PSNR of other systems, as their authors give them.

    Raises:
        UserError: a column is missing.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if rows and (missing := [name for name in PUBLISHED if name not in rows[0]]):
        raise UserError(f"{path} lacks the column {missing[0]}; it needs {', '.join(PUBLISHED)}.")
    return [{**row, "bpp": float(row["bpp"]), "psnr_db": float(row["psnr_db"])} for row in rows]
