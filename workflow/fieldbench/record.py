"""A job's record: what it measured, or why it could not."""

import json
import math
import re
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

STATUSES = ("ok", "failed", "skipped")
UNITS = (
    "ic2",
    "gauss",
    "degree",
    "chi2",
    "db",
    "data",  # the data's own unit, which a data set states
    "correlation",
    "fraction",
    "count",
    "bytes",
    "seconds",
    "ratio",
    "bpp",  # bits per pixel
    "score",  # SSIM and MS-SSIM up to 1, VMAF up to 100
)
KEYS = (
    "area", "dataset", "regime", "method", "seed", "deterministic", "status", "reason", "metrics", "provenance",
)  # fmt: skip
_NAME = re.compile(rf"^[a-z0-9_]+_({'|'.join(UNITS)})$")


def unit(metric: str) -> str:
    """The unit that a metric's name ends in.

    Raises:
        ValueError: the name does not end in a known unit.
    """
    match = _NAME.match(metric)
    if not match:
        raise ValueError(f"metric '{metric}' must be lower case and end in a unit: {', '.join(UNITS)}")
    return match[1]


def make(
    *,
    area: str,
    dataset: str,
    regime: str,
    method: str,
    seed: int,
    deterministic: bool = False,
    metrics: dict[str, float] | None = None,
    provenance: dict[str, Any] | None = None,
    status: str = "ok",
    reason: str = "",
) -> dict[str, Any]:
    """A checked record; a number that is not finite turns an `ok` record into a `failed` one that names the metric.

    Args:
        deterministic: whether the result is the same for every seed, times and memory aside.

    Raises:
        ValueError: unknown status, a failure without reason, or a metric without unit.
    """
    if status not in STATUSES:
        raise ValueError(f"status '{status}' is not one of {', '.join(STATUSES)}")
    if status != "ok" and not reason:
        raise ValueError(f"a record with status '{status}' needs a reason")
    metrics = {name: float(value) for name, value in (metrics or {}).items()}
    for name in metrics:
        unit(name)
    broken = [name for name, value in metrics.items() if not math.isfinite(value)]
    if broken and status == "ok":
        status, reason = "failed", f"not a finite number: {', '.join(broken)}"
    metrics = {name: value for name, value in metrics.items() if name not in broken}
    names = (area, dataset, regime, method, int(seed), deterministic)
    return dict(zip(KEYS, (*names, status, reason, metrics, provenance or {}), strict=True))


def dumps(records: list[dict[str, Any]] | dict[str, Any]) -> str:
    """The JSON text of one record or a list of them."""
    return json.dumps(records, indent=1, sort_keys=True, allow_nan=False) + "\n"


def read(path: str | Path) -> list[dict[str, Any]]:
    """The records in a file, always as a list.

    Raises:
        UserError: the file is missing, not JSON, or a record lacks a key.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is missing or damaged ({error}); delete it and run again.") from error
    records = found if isinstance(found, list) else [found]
    for record in records:
        if missing := [key for key in KEYS if key not in record]:
            raise UserError(
                f"{path} is not a record: it lacks {', '.join(missing)}; delete it and run again."
            )
    return records
