"""The common form of data sets from which whole fields are rebuilt: points, and fields on them to learn from and to test."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from fieldbench.errors import UserError
from fieldbench.physics.sphere import unit_vectors

SPLITS = ("train", "validation", "test")
ROUNDING = 1e-3  # degrees that longitudes in single precision may be off by


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
    peak = float(np.nanmax(shown) - np.nanmin(shown)) if peak is None else peak
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
        y, x: coordinates (rows,) and (columns,), or both (rows, columns) of a curvilinear grid, in one unit; on the
            sphere, degrees north and east.
        known: (rows, columns).
        sphere: whether a point stands for an area that shrinks with the cosine of its latitude.

    Returns:
        `position` (point, axis), y and x in [0, 1], both divided by the longer extent so that no direction is
        stretched; longitudes are counted on from where the points leave the widest gap. `row`, `column`, `weight`
        (point), the areas with mean 1; on the sphere `latitude` and `longitude`, degrees. `grid_y` and `grid_x`, the
        coordinates as given. Attributes `rows` and `columns`.

    Raises:
        UserError: all points lie at one place.
    """
    row, column = np.nonzero(known)
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    curvilinear = y.ndim == 2
    dims = (("grid_row", "grid_column"),) * 2 if curvilinear else ("grid_row", "grid_column")
    grid = {"grid_y": (dims[0], y), "grid_x": (dims[1], x)}
    if not curvilinear:
        y, x = np.broadcast_arrays(y[:, None], x)
    position = np.stack([y, _counted_on(x, known) if sphere else x], axis=-1)
    position = position - np.nanmin(position, axis=(0, 1))
    if not (extent := np.nanmax(position)):
        raise UserError("All points of a data set lie at one place; check its coordinates and `crop`.")
    area = _areas(y, x, sphere) if curvilinear else np.cos(np.radians(y)) if sphere else np.ones(y.shape)
    area = np.maximum(area[known], 0)
    variables = {"row": row, "column": column, "weight": area / area.mean()}
    if sphere:
        variables |= {"latitude": y[known], "longitude": x[known]}
    columns = {name: ("point", values) for name, values in variables.items()}
    return xr.Dataset(
        {"position": (("point", "axis"), position[known] / extent), **columns, **grid},
        attrs={"rows": known.shape[0], "columns": known.shape[1]},
    )


def _counted_on(longitude: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Longitudes without a jump of 360 degrees between the known points, wherever they leave room for it."""
    east = np.unique(longitude[known] % 360)
    gaps = np.diff(east, append=east[0] + 360)
    if np.ptp(longitude[known]) <= 360 - gaps.max() + ROUNDING:
        return longitude
    first = east[(np.argmax(gaps) + 1) % east.size]
    return first + (longitude - first) % 360


def _areas(y: np.ndarray, x: np.ndarray, sphere: bool) -> np.ndarray:
    """Areas (rows, columns) of a curvilinear grid's cells, in any unit: of the parallelogram of the steps to neighbours."""
    places = np.stack([y, x], axis=-1)
    if sphere:
        places = unit_vectors(y, x)
    down, across = _step(places, 0), _step(places, 1)
    squared = (down**2).sum(-1) * (across**2).sum(-1) - (down * across).sum(-1) ** 2
    area = np.sqrt(np.maximum(squared, 0))
    return np.where(area > 0, area, area[area > 0].mean() if (area > 0).any() else 1.0)


def _step(places: np.ndarray, axis: int) -> np.ndarray:
    """Mean step to the two neighbours along an axis; to one where the other is missing, 0 where both are."""
    edge = np.full_like(places.take([0], axis), np.nan)
    steps = np.stack([np.diff(places, axis=axis, append=edge), np.diff(places, axis=axis, prepend=edge)])
    return np.nan_to_num(steps).sum(0) / np.maximum(np.isfinite(steps).sum(0), 1)
