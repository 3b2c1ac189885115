"""The grid that a map is asked for on: one of a file, with its mask, or one of even spacing about observations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.datasets import _netcdf, _places, _recognised
from fieldbench.datasets._scattered import Scattered
from fieldbench.errors import UserError

MOST = 20_000_000  # cells; a spacing that gives more is a slip of the pen
MASKS = {"land_binary_mask": 0.0, "sea_binary_mask": 1.0}  # standard names, and the value where there is sea
NO_MASK = "none"


@dataclass(frozen=True)
class Target:
    """Where a map is asked for.

    Attributes:
        y, x: coordinates as the file has them, each along its own dimension, or both along both (curvilinear).
        known: (rows, columns), false where no value is asked for, such as on land.
        sphere: whether y and x are latitude and longitude, in degrees.
        names: of y and x.
        mapping: name and attributes of the variable that describes the map projection; empty without.
        notes: what was left out.
    """

    y: xr.Variable
    x: xr.Variable
    known: np.ndarray
    sphere: bool
    names: tuple[str, str]
    mapping: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def dims(self) -> tuple[str, str]:
        """Names of the dimensions along y and along x."""
        along_y, along_x = self.y.dims if self.y.ndim == 2 else (*self.y.dims, *self.x.dims)
        return str(along_y), str(along_x)

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """y and x of every known cell, row after row."""
        y, x = np.asarray(self.y.values, float), np.asarray(self.x.values, float)
        if y.ndim == 1:
            y, x = np.broadcast_arrays(y[:, None], x)
        return y[self.known], x[self.known]


def read(file: Path, *, mask: str | None, plane: bool) -> Target:
    """The grid of a file.

    Args:
        file: NetCDF.
        mask: the variable whose missing cells are left out, or NAME=VALUE for cells where it has another value; "none":
            all cells are asked for. Left out: the only variable on the grid, or one by its standard name.
        plane: whether the coordinates lie on a plane.

    Raises:
        UserError: the file is missing or damaged, or does not say clearly where its cells lie or which are left out.
    """
    if not file.is_file():
        raise UserError(f"There is no file {file}; correct --grid: a NetCDF file, or a spacing such as 0.25.")
    content, name = _netcdf.described(file), file.name
    where = _recognised.places(content, name, {}, plane=plane)
    called, _, value = (mask or _mask(content, _on_grid(content, where), name)).partition("=")
    masked = called != NO_MASK
    if masked:
        _recognised.require(content, name, called, "mask")
    with _netcdf.opened(file, called if masked else where.y) as (decoded, _):
        shape = decoded[called] if masked else _full(decoded, where)
        grid = _places.grid(decoded, shape, f"the grid of {name}", where.y, where.x, sphere=where.sphere)
        known = _known(_netcdf.within_valid_range(shape).load(), grid.dims, value)
        coordinates = grid.y.load(), grid.x.load()
        mapping = _mapping(decoded, called)
    notes = () if masked else (f"No cell of {name} is masked.",)
    return _checked(Target(*coordinates, known, where.sphere, (where.y, where.x), mapping, notes), name)


def spaced(step: float, seen: Scattered) -> Target:
    """A grid of even spacing that holds all observations, in degrees or in the unit of the plane.

    Raises:
        UserError: a spacing that is not positive, or gives too many cells.
    """
    if not 0 < step < np.inf:
        raise UserError(f"--grid {step:g} is no spacing; give a positive number, or a NetCDF file.")
    limits = (_places.LIMITS["latitude"], None) if seen.sphere else (None, None)
    names = ("lat", "lon") if seen.sphere else ("y", "x")
    lines = [_line(at, step, limit) for at, limit in zip((seen.y, _unbroken(seen)), limits, strict=True)]
    if lines[0].size * lines[1].size > MOST:
        raise UserError(
            f"--grid {step:g} gives {lines[0].size:,} x {lines[1].size:,} cells; give a wider spacing."
        )
    y, x = (xr.Variable(name, line) for name, line in zip(names, lines, strict=True))
    return Target(y, x, np.ones((y.size, x.size), bool), seen.sphere, names, notes=("The grid has no mask.",))


def _line(at: np.ndarray, step: float, limit: tuple[float, float] | None) -> np.ndarray:
    first, last = np.floor(at.min() / step), np.ceil(at.max() / step)
    line = step * np.arange(first, last + 1)
    return line[(line >= limit[0]) & (line <= limit[1])] if limit else line


def _unbroken(seen: Scattered) -> np.ndarray:
    """x, longitudes counted on from the widest gap between observations."""
    if not seen.sphere:
        return seen.x
    east = np.sort(seen.x % 360)
    gaps = np.diff(east, append=east[0] + 360)
    first = east[(gaps.argmax() + 1) % east.size]
    line = first + (seen.x - first) % 360
    return line - 360 if line.min() >= 180 else line


def _on_grid(content: xr.Dataset, where: _recognised.Places) -> list[str]:
    dims = {*content[where.y].dims, *content[where.x].dims}
    places = {name for name in content.variables if name in (where.y, where.x)}
    return [
        str(name)
        for name, entry in content.variables.items()
        if dims <= set(entry.dims) and len(dims) == 2 and name not in places and entry.dtype.kind in "iuf"
        and not _places.axis_of(str(name), entry)
    ]  # fmt: skip


def _mask(content: xr.Dataset, on_grid: list[str], name: str) -> str:
    """The variable that says which cells are asked for."""
    said = [called for called in on_grid if content[called].attrs.get("standard_name") in MASKS]
    if len(said) == 1:
        return f"{said[0]}={MASKS[content[said[0]].attrs['standard_name']]:g}"
    if not on_grid:
        return NO_MASK
    if len(on_grid) == 1 and not said:
        return on_grid[0]
    raise UserError(
        f"{name} has several variables on its grid, {', '.join(on_grid)}; name the one whose missing cells are left out by "
        "--mask NAME, or NAME=VALUE for the cells that have a value, or --mask none for all cells."
    )


def _known(field_: xr.DataArray, dims: tuple[str, str], value: str) -> np.ndarray:
    """Cells that have the value, or any, along whatever other dimensions there are."""
    if value:
        try:
            has = field_ == float(value)
        except ValueError:
            raise UserError(f"--mask {field_.name}={value}: {value} is no number; correct it.") from None
    else:
        has = xr.apply_ufunc(np.isfinite, field_)
    return has.any([dim for dim in has.dims if dim not in dims]).transpose(*dims).values


def _full(content: xr.Dataset, where: _recognised.Places) -> xr.DataArray:
    """A field that is known on the whole grid."""
    y, x = content.variables[where.y], content.variables[where.x]
    dims = y.dims if y.ndim == 2 else (*y.dims, *x.dims)
    return xr.DataArray(np.ones([content.sizes[dim] for dim in dims]), dims=dims)


def _mapping(content: xr.Dataset, called: str) -> dict[str, Any]:
    """Name and attributes of the grid mapping of a variable, or of the only one in the file."""
    every = [str(name) for name, entry in content.variables.items() if "grid_mapping_name" in entry.attrs]
    named = str(content[called].attrs.get("grid_mapping", "")) if called in content.variables else ""
    name = named or (every[0] if len(every) == 1 else "")
    return {"name": name, **content[name].attrs} if name in content.variables else {}


def _checked(target: Target, name: str) -> Target:
    """Without cells that have no coordinates, as those of land on some ocean grids."""
    nowhere = target.known.copy()
    y, x = target.places
    nowhere[target.known] = ~(np.isfinite(y) & np.isfinite(x))
    if nowhere.any():
        left = f"Left out: {nowhere.sum():,} cells of {name} without coordinates."
        target = replace(target, known=target.known & ~nowhere, notes=(*target.notes, left))
    if not target.known.any():
        raise UserError(f"All cells of {name} are masked; correct --mask.")
    return target
