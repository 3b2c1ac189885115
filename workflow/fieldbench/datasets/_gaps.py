"""What fields lack: values that stand for missing without being declared, and cells or fields with gaps."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from fieldbench.errors import UserError

Gaps = Literal["ask", "cells", "fields", "keep"]
FEW = 0.1  # of the cells that are ever known: as many are left out without being asked for
BINS = 64  # of the histogram in which an empty third is looked for
SPIKES = 3  # different values far away that are asked about in any case; more of them only beside hundreds of others
RARELY = 0.01  # share of the other cells' values: one that is met more often there is a bound, such as freezing water
MANY = 0.05  # share of the cells: as many that never change are asked about, whatever the others do
MARKERS = (*(sign * number for sign in (-1, 1) for number in (99, 99.9, 999, 999.9, 9999, 99999, 1e10, 1e15, 1e20, 1e30)),
           -32768, 32767, -1e34)  # fmt: skip
APART = 0.01  # of a marker's size: how far the nearest other value is, at least
ALIKE = 1e-6  # relative difference that storing a number in single precision may make


def without(fields: np.ndarray, missing: Sequence[float]) -> np.ndarray:
    """Floating fields with NaN where a value is one of `missing`, or infinite."""
    absent = ~np.isfinite(fields)
    for value in missing:
        absent |= np.isclose(fields, value, rtol=ALIKE, atol=0)
    return np.where(absent, np.nan, fields)


def ask_about(fields: np.ndarray, name: str) -> None:
    """Refuse values that look as if they stood for missing: land that is taken as sea makes every method look better.

    Args:
        fields: (F, rows, columns), NaN where missing.
        name: of the variable, for messages.

    Raises:
        UserError: values far away from all others; or a usual marker; or cells that never change and hold
            a value that others do not meet.
    """
    found = suspect(fields) or _never_changing(fields)
    if found:
        value, why = found
        raise UserError(
            f"{name}: {why}; set `missing: [{value:.7g}]` of the data set if that stands for missing, "
            "or `missing: []` if it is a value like any other."
        )


def suspect(values: np.ndarray) -> tuple[float, str] | None:
    """The value among those of any shape that looks as if it stood for missing, and why; None where none does."""
    known = values[np.isfinite(values)]
    return (_far_away(known) or _marker(known)) if known.size else None


def complete(
    fields: np.ndarray, labels: np.ndarray, gaps: Gaps, name: str
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Which fields and cells to keep, so that every field is known on every cell.

    A cell that no field knows, such as land, is no gap.

    Args:
        fields: (F, rows, columns), NaN where missing.
        labels: (F,) times or numbers of the fields, for messages.
        gaps: leave out `cells` that lack a value, or `fields` that do; `ask`: cells, as long as they are few; `keep`:
            nothing.
        name: of the variable, for messages.

    Returns:
        fields (F,), cells (rows, columns), and what was left out in words.

    Raises:
        UserError: nothing is left, or more than a few cells would be left out and nobody asked for it.
    """
    missing = np.isnan(fields)
    ever = ~missing.all(0)
    if not ever.any():
        raise UserError(f"{name} holds no value; check `variable`, `select`, `crop` and `missing`.")
    lacking = (missing & ever).sum((1, 2))
    whole, always = lacking == 0, ~missing.any(0)
    if whole.all():
        return whole, ever, []
    if gaps == "keep":
        share = 100 * lacking / ever.sum()
        said = (
            f"Gaps are kept: {share.mean():.1f} % of the values are missing, "
            f"from {share.min():.1f} to {share.max():.1f} % of a field."
        )
        return np.ones(len(fields), dtype=bool), ever, [said]
    worst = f"field {labels[lacking.argmax()]!s:.10} lacks {lacking.max():,}"
    cells = f"{(ever & ~always).sum():,} of {ever.sum():,} cells lack a value in some field ({worst})"
    lost = f"{(~whole).sum():,} of {whole.size:,} fields"
    if gaps == "fields" and whole.any():
        return whole, ever, [f"Left out: {lost}, which lack a value somewhere."]
    if (gaps == "cells" and always.any()) or (gaps == "ask" and always.sum() >= (1 - FEW) * ever.sum()):
        return np.ones(len(fields), dtype=bool), always, [f"Left out: {cells}."]
    ways = [
        "`gaps: keep` to have them filled, with `mask: clouds` of the task",
        "choose a region with `crop`",
    ]
    if whole.any():
        ways.insert(0, f"set `gaps: fields` of the data set to leave out {lost}")
    if always.any():
        ways.insert(0, "set `gaps: cells` of the data set to leave out these cells")
    none = "" if ways[1:] else ", and none of the fields is complete"
    raise UserError(f"{name}: {cells}{none}; {', or '.join(ways)}.")


def _far_away(values: np.ndarray) -> tuple[float, str] | None:
    """The value farthest out, where a few lie farther from the others than these, and they, lie from one another."""
    if not np.ptp(values):
        return None
    counts, edges = np.histogram(values, BINS)
    filled = np.flatnonzero(counts)
    before = np.diff(filled).argmax()
    if np.diff(filled)[before] < BINS // 4:  # where no gap can be as wide as a third of the range
        return None
    middle = (edges[filled[before] + 1] + edges[filled[before + 1]]) / 2
    parts = values[values < middle], values[values > middle]
    gap = parts[1].min() - parts[0].max()
    if gap <= max(np.ptp(part) for part in parts):
        return None
    few, many = sorted(parts, key=lambda part: len(np.unique(part)))
    if len(np.unique(few)) > max(SPIKES, RARELY * len(np.unique(many))) or len(np.unique(many)) <= SPIKES:
        return None
    value = few.min() if few is parts[0] else few.max()
    return value, (
        f"{few.size:,} of {values.size:,} values, such as {value:.7g}, lie far from the others, "
        f"which go from {many.min():.6g} to {many.max():.6g}"
    )


def _marker(values: np.ndarray) -> tuple[float, str] | None:
    """The least or the largest value, where it is a usual marker, is met again, and is apart from all others."""
    for value in (values.min(), values.max()):
        same = values == value
        usual = np.isclose(value, MARKERS, rtol=ALIKE, atol=0).any() and 1 < same.sum() < same.size
        if usual and np.abs(values[~same] - value).min() > APART * abs(value):
            return value, f"{same.sum():,} of {values.size:,} values are {value:.7g}"
    return None


def _never_changing(fields: np.ndarray) -> tuple[float, str] | None:
    """The value that most cells hold in every field, where it is a suspect."""
    same = (fields == fields[0]).all(0)
    values, counts = np.unique(fields[0][same], return_counts=True)
    if not values.size:
        return None
    value, count = values[counts.argmax()], counts.max()
    known = ~np.isnan(fields).all(0)
    others = fields[:, known & ~same]
    rare = others.size > 0 and (others == value).mean() <= RARELY
    if count < 2 or (count < MANY * known.sum() and not rare) or count == known.sum():
        return None
    return value, f"{count:,} of {known.sum():,} cells hold {value:.7g} in every field"
