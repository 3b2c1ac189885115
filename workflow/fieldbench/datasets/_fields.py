"""The common form of data sets from which whole fields are rebuilt: points, and fields on them to learn from and to test."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from fieldbench.errors import UserError

SPLITS = ("train", "validation", "test")


def finished(
    splits: Mapping[str, np.ndarray],
    points: xr.Dataset,
    *,
    unit: str,
    long_name: str,
    title: str,
    kind: str,
    notes: list[str],
    peak: float | None = None,
    drawn_over: str = "field",
    **origin: str,
) -> xr.Dataset:
    """The data set as it is written.

    Args:
        splits: "train", "validation" and "test", each (F, P) in the data's unit; the first two may be empty.
        points: see `points`.
        unit, long_name: of the fields.
        title, kind: name the data, and say whether they are observed or generated.
        notes: what a reader of the data must know.
        peak: the difference that a PSNR of 0 dB stands for; left out, the range of the fields to learn from, or of
            the test fields where there are none to learn from.
        drawn_over: `time` where the test fields follow one another in time, so that neighbours tell much the same.
        origin: the attributes of `_files.provenance`.

    Raises:
        UserError: all values are equal.
    """
    fields = {
        name: ((f"{name}_field", "point"), splits[name].astype(np.float32), {"units": unit})
        for name in SPLITS
    }
    shown = splits["train"] if splits["train"].size else splits["test"]
    peak = float(np.ptp(shown)) if peak is None else peak
    if peak <= 0:
        raise UserError(
            f"All values of {title} are equal: there is nothing to rebuild; choose another variable."
        )
    return points.assign(fields).assign_attrs(
        peak=peak,
        drawn_over=drawn_over,
        unit=unit,
        long_name=long_name,
        title=title,
        kind=kind,
        notes="\n".join(notes),
        **origin,
    )


def points(y: np.ndarray, x: np.ndarray, known: np.ndarray, *, sphere: bool) -> xr.Dataset:
    """The known points of an image, row after row.

    Args:
        y, x: coordinates (rows,) and (columns,) in one unit; on the sphere, degrees north and east.
        known: (rows, columns).
        sphere: whether a point stands for an area that shrinks with the cosine of its latitude.

    Returns:
        `position` (point, axis), y and x in [0, 1], both divided by the longer extent so that no direction is
        stretched; `row`, `column`, `weight` (point), the areas with mean 1; on the sphere `latitude` and `longitude`,
        degrees. Attributes `rows` and `columns`.
    """
    row, column = np.nonzero(known)
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    extent = max(np.ptp(y), np.ptp(x))
    position = np.stack([(y[row] - y.min()) / extent, (x[column] - x.min()) / extent], axis=-1)
    area = np.maximum(np.cos(np.radians(y[row])), 0) if sphere else np.ones(row.size)
    variables = {"row": row, "column": column, "weight": area / area.mean()}
    if sphere:
        variables |= {"latitude": y[row], "longitude": x[column]}
    columns = {name: ("point", values) for name, values in variables.items()}
    return xr.Dataset(
        {"position": (("point", "axis"), position), **columns},
        attrs={"rows": known.shape[0], "columns": known.shape[1]},
    )
