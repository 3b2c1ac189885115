"""Where the fields of a file lie: its latitudes and longitudes, or coordinates on a plane."""

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr

from fieldbench.errors import UserError

LIMITS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-360.0, 720.0),
}  # degrees; files count from -180, 0 or further
ROUNDING = (
    1e-3  # degrees beyond a pole that single precision may give, and that two names of one place differ by
)
UNITS = {
    "latitude": ("degrees_north", "degree_north", "degrees_n", "degree_n", "degreesn", "degreen"),
    "longitude": ("degrees_east", "degree_east", "degrees_e", "degree_e", "degreese", "degreee"),
}
ON_A_PLANE = "set `sphere: false` for a plane (`--plane` of fieldbench map)"
DEGREES = {"degree", "degrees", "deg", *UNITS["latitude"], *UNITS["longitude"]}
RADIANS = {"radian", "radians", "rad"}
NAMES = {"latitude": re.compile(r"(^|_)lat|lat$"), "longitude": re.compile(r"(^|_)lon|long?$")}


@dataclass(frozen=True)
class Grid:
    """The horizontal dimensions of a variable, and where its cells lie.

    Attributes:
        dims: names of the dimensions along y and along x.
        y, x: each along one of them, or along both where the grid is curvilinear; degrees on the sphere.
    """

    dims: tuple[str, str]
    y: xr.Variable
    x: xr.Variable


def grid(content: xr.Dataset, field: xr.DataArray, name: str, y: str, x: str, *, sphere: bool) -> Grid:
    """The grid of `field`.

    Args:
        content: the variables beside it.
        field: the variable.
        name: of it, for messages.
        y, x: its dimensions, or variables along one or both of them.
        sphere: whether they are latitude and longitude.

    Raises:
        UserError: no such dimension; coordinates that are absent, ambiguous, incomplete, swapped, or in another unit.
    """
    dims = _dimensions(content, field, name, y, x)
    if not sphere:
        return Grid(dims, *_on_a_plane(content, name, (y, x), dims))
    latitude = _on_sphere(content, field, name, y, dims[0], "latitude", dims)
    longitude = _on_sphere(content, field, name, x, dims[1], "longitude", dims)
    if latitude.ndim != longitude.ndim:
        raise UserError(
            f"{name}: latitude has {latitude.ndim} dimensions and longitude {longitude.ndim}; correct y and x."
        )
    return Grid(dims, latitude, longitude)


def dimension(content: xr.Dataset, field: xr.DataArray, name: str, wanted: str) -> str:
    """The dimension of `field` of that name, or along which the variable of that name lies.

    Raises:
        UserError: there is none.
    """
    along = content.variables[wanted].dims if wanted in content.variables else ()
    if wanted in field.dims:
        return wanted
    if len(along) == 1 and along[0] in field.dims:
        return str(along[0])
    known = ", ".join(map(str, field.dims))
    raise UserError(f"{name} has no dimension '{wanted}'; it has {known}: correct y, x, time or `select`.")


def once(
    latitude: np.ndarray, longitude: np.ndarray, known: np.ndarray, name: str
) -> tuple[np.ndarray, list[str]]:
    """The known cells (rows, columns) without those that lie where an earlier one does, and how many those are in words.

    Poles are one place at all longitudes, 0 and 360 degrees are the same, and some ocean grids overlap themselves.
    Observing one of two such cells would tell the other's value.

    Args:
        latitude, longitude: (rows,) and (columns,), or both (rows, columns); degrees.
        known: (rows, columns).
        name: of the variable, for messages.

    Raises:
        UserError: a known cell has no coordinates, or most lie at the same places.
    """
    if latitude.ndim == 1:
        latitude, longitude = np.broadcast_arrays(latitude[:, None], longitude)
    north, east = latitude[known].astype(float), longitude[known].astype(float)
    if absent := (~np.isfinite(north + east)).sum():
        raise UserError(
            f"{name}: {absent:,} of {north.size:,} known cells have no coordinates; correct the file."
        )
    parallel, meridian = (np.rint(angle / ROUNDING).astype(np.int64) for angle in (north + 90, east))
    meridian = np.where(np.abs(north) > 90 - ROUNDING, 0, meridian % round(360 / ROUNDING))
    first = np.unique(parallel * round(360 / ROUNDING) + meridian, return_index=True)[1]
    if first.size < north.size / 2:
        raise UserError(f"{name}: {north.size:,} cells lie at {first.size:,} places only; correct y and x.")
    cells = known.copy()
    cells[known] = np.isin(np.arange(north.size), first)
    twice = north.size - first.size
    return cells, [f"Left out: {twice:,} cells that lie where another one does."] if twice else []


def _dimensions(content: xr.Dataset, field: xr.DataArray, name: str, y: str, x: str) -> tuple[str, str]:
    two = [content.variables[wanted].dims if wanted in content.variables else () for wanted in (y, x)]
    if two[0] == two[1] and len(two[0]) == 2 and set(two[0]) <= set(field.dims):
        return str(two[0][0]), str(two[0][1])
    dims = dimension(content, field, name, y), dimension(content, field, name, x)
    if dims[0] == dims[1]:
        raise UserError(
            f"{name}: y and x lie both along '{dims[0]}', so that this is no grid; correct y and x."
        )
    return dims


def _on_a_plane(
    content: xr.Dataset, name: str, wanted: tuple[str, str], dims: tuple[str, str]
) -> list[xr.Variable]:
    found = [
        content.variables.get(given, xr.Variable(dim, np.arange(content.sizes[dim])))
        for given, dim in zip(wanted, dims, strict=True)
    ]
    units = [str(entry.attrs.get("units", "")) for entry in found]
    if units[0] != units[1] and not all(unit in DEGREES for unit in units):
        raise UserError(
            f"{name}: y is in '{units[0]}' and x in '{units[1]}'; write both in one unit, or set `sphere: true` for degrees."
        )
    for entry, given in zip(found, wanted, strict=True):
        _require_numbers(entry, name, given, complete=True)
    return found


def _on_sphere(
    content: xr.Dataset,
    field: xr.DataArray,
    name: str,
    wanted: str,
    dim: str,
    axis: str,
    dims: tuple[str, str],
) -> xr.Variable:
    """Latitudes or longitudes in degrees."""
    given = content.variables.get(wanted)
    said = given is not None and axis_of(wanted, given)
    if said and said != axis:
        raise UserError(f"{name}: '{wanted}' is a {said}, not a {axis}; swap y and x.")
    if not said and (others := _beside(content, field, dim, dims, axis)):
        if len(others) > 1:
            raise UserError(f"{name} has several {axis}s: {', '.join(others)}; name one of them as y or x.")
        wanted, given = others[0], content.variables[others[0]]
    if given is None or (not said and _counts(given)):
        raise UserError(
            f"{name} has no {axis} along '{dim}'; name the variable as y or x, or set `sphere: false` for a plane."
        )
    return degrees(given, name, wanted, axis)


def degrees(variable: xr.Variable, name: str, called: str, axis: str) -> xr.Variable:
    """Latitudes or longitudes in degrees.

    Args:
        variable: in degrees or radians.
        name, called: of the data and of the variable, for messages.
        axis: "latitude" or "longitude".

    Raises:
        UserError: another unit, values beyond the Earth, no numbers, or some missing along a single dimension.
    """
    unit = str(variable.attrs.get("units", "")).strip().lower()
    _require_numbers(variable, name, called, complete=variable.ndim == 1)  # curvilinear grids may lack land's
    if unit in RADIANS:
        variable = variable.copy(data=np.degrees(variable.values.astype(float)))
    elif unit and unit not in DEGREES:
        raise UserError(f"{name}: '{called}' is in '{unit}', not in degrees; {ON_A_PLANE}.")
    lowest, highest = float(variable.min()), float(variable.max())
    if lowest < LIMITS[axis][0] - ROUNDING or highest > LIMITS[axis][1] + ROUNDING:
        raise UserError(
            f"{name}: '{called}' goes from {lowest:g} to {highest:g}, which is no {axis} in degrees; "
            f"correct y and x, or {ON_A_PLANE}."
        )
    return variable


def _require_numbers(variable: xr.Variable, name: str, called: str, *, complete: bool) -> None:
    if variable.dtype.kind not in "iuf":
        raise UserError(f"{name}: '{called}' holds no numbers; name another variable as y or x.")
    if complete and (absent := np.flatnonzero(~np.isfinite(variable.values))).size:
        raise UserError(
            f"{name}: {absent.size} of {variable.size} values of '{called}' are missing, the first is number "
            f"{absent[0]}; correct them in the file."
        )


def _beside(
    content: xr.Dataset, field: xr.DataArray, dim: str, dims: tuple[str, str], axis: str
) -> list[str]:
    """Names of the latitudes or longitudes along `dim` or both dimensions: those of the variable, or else all."""
    found = [
        str(name)
        for name, entry in content.variables.items()
        if set(entry.dims) in ({dim}, set(dims)) and axis_of(str(name), entry) == axis
    ]
    return [name for name in found if name in field.coords] or found


def axis_of(name: str, variable: xr.Variable) -> str:
    """Whether a variable says that it is a "latitude" or a "longitude"; else ""."""
    standard, unit = (str(variable.attrs.get(key, "")).strip().lower() for key in ("standard_name", "units"))
    for axis, units in UNITS.items():
        if standard == axis or unit in units:
            return axis
    if standard or (unit and unit not in DEGREES | RADIANS):
        return ""
    return next((axis for axis, called in NAMES.items() if called.search(name.lower())), "")


def _counts(variable: xr.Variable) -> bool:
    """Whether a coordinate only numbers its cells, from 0 or from 1."""
    numbers = np.arange(variable.size)
    same = variable.ndim == 1 and any(np.array_equal(variable.values, numbers + first) for first in (0, 1))
    return same and not variable.attrs.get("units")
