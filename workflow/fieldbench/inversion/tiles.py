"""A large map in tiles: bands of rows, each inverted as a job of its own with a margin of its neighbours' rows, and joined.

A method that can be tiled defines beside `invert`

    shared(problem, **options)   what holds for the whole map, and `margin`: rows beyond its own that a tile must see
    part(problem, shared)        as `invert`, of some rows
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from scipy.ndimage import distance_transform_edt

from fieldbench import io, registry
from fieldbench.errors import Unsuitable

FAILED = "failed"  # in the file of what was settled: why nothing was


def settle(kind: str, problem: xr.Dataset, options: Mapping[str, Any]) -> dict[str, Any]:
    """What all tiles of a map have in common, as JSON can hold it.

    Args:
        kind: a method's type.
        problem: of the whole map, see `physics.weak_field.weak_field_problem`.
        options: of the method.
    """
    return {"rows": problem.sizes["y"], **registry.part("inversion", kind).shared(problem, **options)}


def read(path: str | Path) -> dict[str, Any]:
    """What was settled, see `settle`.

    Raises:
        Unsuitable: nothing could be.
    """
    settled = json.loads(Path(path).read_text(encoding="utf-8"))
    if FAILED in settled:
        raise Unsuitable(settled[FAILED])
    return settled


def infer(kind: str, file: str | Path, settled: Mapping[str, Any], tile: int, count: int) -> xr.Dataset:
    """The field on a tile's own rows.

    Args:
        kind: a method's type.
        file: the weak-field problem of the whole map, of which only what the tile sees is read.
        settled: see `settle`.
        tile: number of the tile, from 0.
        count: of tiles.

    Returns:
        as the method's `invert`.

    Raises:
        UserError: the file is missing or damaged.
    """
    own, margin = own_rows(settled["rows"], tile, count), settled["margin"]
    first = max(0, own.start - margin)
    seen = io.open_dataset(file, y=slice(first, own.stop + margin))
    field = registry.part("inversion", kind).part(seen, settled)
    return field.isel(y=slice(own.start - first, own.stop - first))


def own_rows(rows: int, tile: int, count: int) -> slice:
    """The rows of a map that are one tile's own."""
    return slice(rows * tile // count, rows * (tile + 1) // count)


def join(tiles: Iterable[xr.Dataset]) -> xr.Dataset:
    """The field of a map from those of its tiles, first to last."""
    return xr.concat(tiles, dim="y", data_vars="minimal", combine_attrs="identical")


def depth(training: np.ndarray) -> int:
    """How many pixels the farthest pixel of a map (y, x) is from one that has data."""
    return int(np.ceil(distance_transform_edt(~training).max()))
