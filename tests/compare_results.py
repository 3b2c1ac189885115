"""Compare two results folders value by value: python -m tests.compare_results BEFORE AFTER [RELATIVE].

The long tables are compared row by row: the same rows, statuses and reasons, and the same values, but for times and memory,
which no two runs share. RELATIVE is the largest relative difference that still counts as rounding (1e-9). Pages are compared
line by line and their differences counted, since words follow from numbers and times stand among them. The exit status is 1
where a table differs.
"""

import difflib
import sys
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = ["area", "dataset", "method", "seed", "metric"]
MEASURED_ON_THE_WAY = ("seconds", "memory_bytes")


def rows(file: Path) -> pd.DataFrame:
    """The long table's values by name; the column that stands between data set and method may be renamed."""
    long = pd.read_parquet(file)
    setting = next(name for name in ("regime", "setting") if name in long)
    long = long.rename(columns={setting: "setting"})
    return long.set_index([*NAMES[:2], "setting", *NAMES[2:]])[["value", "status", "reason"]].sort_index()


def differences(before: Path, after: Path, relative: float) -> list[str]:
    """What differs between two long tables, a line each."""
    old, new = rows(before), rows(after)
    texts = [f"only before: {name}" for name in old.index.difference(new.index)]
    texts += [f"only after: {name}" for name in new.index.difference(old.index)]
    shared = old.index.intersection(new.index).unique()
    for name in shared:
        if name[-1].endswith(MEASURED_ON_THE_WAY):
            continue
        values = old.loc[[name]].value.to_numpy(), new.loc[[name]].value.to_numpy()
        if len(values[0]) != len(values[1]) or not np.allclose(
            *values, rtol=relative, atol=0, equal_nan=True
        ):
            texts.append(f"{name}: {values[0]} became {values[1]}")
        if set(old.loc[[name]].status) != set(new.loc[[name]].status):
            texts.append(f"{name}: another status")
    return texts


def changed_lines(before: Path, after: Path) -> list[str]:
    """The lines by which two pages differ."""
    texts = [file.read_text(encoding="utf-8").splitlines() for file in (before, after)]
    return [
        line for line in difflib.unified_diff(*texts, lineterm="", n=0) if line[:2] not in ("--", "++", "@@")
    ]


def main(before: str, after: str, relative: str = "1e-9") -> int:
    """Print what differs; 1 where a table does."""
    roots = Path(before), Path(after)
    found = 0
    for file in sorted((roots[0] / "tables").glob("*.parquet")):
        if "area" not in pd.read_parquet(file).columns:
            continue
        texts = differences(file, roots[1] / "tables" / file.name, float(relative))
        print(f"{file.name}: {len(texts)} differences", *texts[:20], sep="\n  ")
        found += len(texts)
    for file in sorted(roots[0].glob("*.md")):
        other = roots[1] / file.name
        lines = changed_lines(file, other) if other.exists() else ["the page is gone"]
        print(f"{file.name}: {len(lines)} lines differ", *lines[:40], sep="\n  ")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
