"""A job's record: what it measured, or why it could not."""

import json
import math
import re
from collections.abc import Sequence
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
    "area", "dataset", "regime", "method", "seed", "deterministic", "status", "reason", "metrics", "draws", "provenance",
)  # fmt: skip
DRAWN_OVER = ("field", "time", "view", "block", "repetition")
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
    draws: dict[str, dict[str, Sequence[float]]] | None = None,
    provenance: dict[str, Any] | None = None,
    status: str = "ok",
    reason: str = "",
) -> dict[str, Any]:
    """A checked record; a number that is not finite turns an `ok` record into a `failed` one that names the metric.

    Args:
        deterministic: whether the result is the same for every seed, times and memory aside.
        draws: of a metric that is a mean, by one of DRAWN_OVER the values that it is the mean of, in order. What follows in
            time is drawn over `time`; a `block` is a part of the data that was left out (`metrics.blocks`).

    Raises:
        ValueError: unknown status, a failure without reason, a metric without unit, or draws of no metric or over
            nothing known.
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
    drawn = {name: _drawn(name, by) for name, by in (draws or {}).items() if name not in broken}
    if orphans := drawn.keys() - metrics.keys():
        raise ValueError(f"draws of what was not measured: {', '.join(sorted(orphans))}")
    names = (area, dataset, regime, method, int(seed), deterministic)
    return dict(zip(KEYS, (*names, status, reason, metrics, drawn, provenance or {}), strict=True))


def _drawn(metric: str, by: dict[str, Sequence[float]]) -> dict[str, list[float]]:
    if len(by) != 1 or not by.keys() <= set(DRAWN_OVER):
        raise ValueError(f"{metric} is drawn over {', '.join(by)}, not over one of {', '.join(DRAWN_OVER)}")
    return {over: [float(value) for value in values] for over, values in by.items()}


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
