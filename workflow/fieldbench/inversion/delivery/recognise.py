"""What a cube's file says of itself: axes, wavelengths, line. What it does not say is asked for, never guessed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from fieldbench import config as configuration
from fieldbench import delivery
from fieldbench.datasets import _fits, hinode_raster
from fieldbench.datasets._hinode import LINES as HINODE
from fieldbench.datasets._wavelengths import ABSOLUTE, angstroms, vacuum
from fieldbench.errors import UserError
from fieldbench.physics.lines import LINES

NETCDF = (".nc", ".nc4", ".cdf")
NEEDED = {"y", "stokes", "wavelength"}
POSSIBLE = NEEDED | {"x", "time"}


def _absolute(named: Any) -> Any:
    """Files that are named relative to the working folder, which is another for the pipeline; else what is named."""
    if isinstance(named, list):
        return [_absolute(each) for each in named]
    file, hash_, part = named.partition("#") if isinstance(named, str) else ("", "", "")
    return f"{Path(file).resolve()}{hash_}{part}" if file and Path(file).is_file() else named


def kind(path: Path) -> str:
    """The type of data sets that reads a file, by its suffix and, of FITS, by the instrument that its header names.

    Raises:
        UserError: a damaged file.
    """
    if path.suffix.lower() in NETCDF:
        return "netcdf_cube"
    is_slit = path.is_file() and hinode_raster.is_slit(_fits.header_of(path))
    return "hinode_raster" if is_slit else "fits_cube"


def pixels(entry: Mapping[str, Any]) -> int:
    """How many pixels of a cube are taken; `entry` is its data set's, see `described`.

    Raises:
        UserError: a damaged file, or one without the variable.
    """
    options = entry["with"]
    path, hdu = Path(first(options["path"])), first(options.get("hdu", 0))
    if entry["type"] == "netcdf_cube":
        shape = _shape(path, first(options["variable"]))
    else:
        header = _fits.header_of(path, hdu)
        shape = tuple(header[f"NAXIS{number}"] for number in range(header["NAXIS"], 0, -1))
    axes = options.get("axes")
    sizes = dict(zip(axes, shape, strict=False)) if axes else {"y": np.prod(shape)}
    y0, y1, x0, x1 = options.get("crop") or (0, sizes.get("y", 1), 0, sizes.get("x", 1))
    return int((y1 - y0) * (x1 - x0)) // options.get("stride", 1) ** 2


def _shape(path: Path, variable: str) -> tuple[int, ...]:
    try:
        with netCDF4.Dataset(path) as content:
            return content[variable].shape
    except (LookupError, AttributeError) as error:
        raise UserError(f"{path} has no variable {variable}; correct --set variable=NAME.") from error


def first(named: Any) -> Any:
    """What is named, or the first where several are."""
    return named if isinstance(named, int | str) else named[0]


def described(path: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """A data set's entry, `type` and `with`, of a person's cube: what is given, and what the file says of the rest.

    Args:
        path: FITS or NetCDF file.
        given: options of the data set types fits_cube, netcdf_cube and hinode_raster, of which any may be missing.

    Raises:
        UserError: an unknown option; a damaged file, or one that does not say what is missing, with the option's name.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}; correct its name.")
    named = {key: _absolute(value) for key, value in given.items() if key in ("path", "wavelengths")}
    given = {"path": _absolute(str(path)), **given, **named}
    given = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in given.items()}
    said = {"netcdf_cube": _netcdf, "fits_cube": _fits_cube, "hinode_raster": _hinode}[kind(path)]
    entry = {"type": kind(path), "with": given | said(path, given)}
    for fault in configuration.options("datasets", "options", entry, configuration.GIVEN_TO_DATASETS):
        raise UserError(f"{path}: {fault}")
    return entry


def options(wavelengths: Sequence[str] | None, more: Sequence[str], **named: Any) -> dict[str, Any]:
    """Options of a data set, as words of a command line give them; those that are not given are left out.

    Args:
        wavelengths: numbers, or one reference to where they are.
        more: each KEY=VALUE, the value as YAML has it.
        named: options that have a word of their own; None where they are not given.

    Raises:
        UserError: `more` of another form.
    """
    given: dict[str, Any] = {**named}
    if wavelengths:
        values = [delivery.value(word) for word in wavelengths]
        given["wavelengths"] = values[0] if len(values) == 1 else values
    given |= delivery.assigned(more)
    return {key: value for key, value in given.items() if value is not None}


def _fits_cube(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    hdu = first(options.get("hdu", 0))
    header = _fits.header_of(path, hdu)
    if not header.get("NAXIS"):
        raise UserError(f"{path} has no image in HDU {hdu!r}; say where the cube is, such as --set hdu=1.")
    axes = options.get("axes") or _fits.axes(header)
    if axes is None:
        shape = tuple(header[f"NAXIS{number}"] for number in range(header["NAXIS"], 0, -1))
        raise UserError(
            f"The header of {path} does not say what its axes {shape} are; name them in this order, such as "
            "--axes stokes wavelength y x."
        )
    if "wavelengths" in options:
        return {"axes": list(axes), "line": options.get("line") or _line(path, *_given(options), options)}
    axis = list(axes).index("wavelength") if "wavelength" in axes else None
    if axis is None or len(axes) != header["NAXIS"] or not _fits.has_wavelengths(header, axis):
        raise UserError(
            f"The header of {path} does not say its wavelengths; give them, such as --wavelengths -0.08 -0.04 0 0.04 0.08 "
            "(Angstrom from the line's centre), or the file or HDU that has them."
        )
    line = options.get("line") or _line(path, *_fits.wavelengths(path, hdu, axis), options)
    return {"axes": list(axes), "wavelengths": "header", "line": line}


def _hinode(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Of the two lines the one that splits more, which shows weaker fields."""
    return {"line": options.get("line") or max(HINODE, key=lambda name: LINES[name].effective_lande)}


def _netcdf(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as content:
            cubes = [name for name, values in content.items() if NEEDED <= set(values.dims) <= POSSIBLE]
            dims = content[cubes[0]].dims if cubes else ()
            known = ", ".join(map(str, content.data_vars)) or "none"
            coordinate = content["wavelength"].load() if "wavelength" in content.coords else None
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path} is damaged or not NetCDF ({error}); copy or download it again.") from error
    if "variable" not in options and len(cubes) != 1:
        raise UserError(
            f"{path} does not say which variable is the cube, for none or several have the dimensions y, x, stokes and "
            f"wavelength; name it by --set variable=NAME, and its axes by --axes. It has: {known}."
        )
    said = {"variable": options.get("variable", cubes[0] if cubes else "")}
    if "variable" not in options and "axes" not in options:
        said["axes"] = list(dims)
    if "line" in options:
        return said
    if "wavelengths" in options or coordinate is None:
        return {**said, "line": _line(path, *_given(options), options)}
    return {**said, "line": _line(path, coordinate.values, coordinate.attrs.get("units"), options)}


def _given(options: Mapping[str, Any]) -> tuple[Any, str]:
    values = options.get("wavelengths")
    return (values if isinstance(values, Sequence) and not isinstance(values, str) else []), "Angstrom"


def _line(
    path: Path, wavelengths: Sequence[float] | np.ndarray, unit: str | None, options: Mapping[str, Any]
) -> str:
    """The only known line within absolute wavelengths."""
    factor = angstroms(options.get("wavelength_unit") or unit or "", np.nan)
    values = np.sort(np.asarray(wavelengths, dtype=float)) * (factor or np.nan)
    if values.size == 0 or not values[0] > ABSOLUTE:
        raise UserError(f"{path} does not say which line it holds; name it by --line: {', '.join(LINES)}.")
    in_vacuum = options.get("medium") == "vacuum"
    centres = {
        name: vacuum(line.wavelength) if in_vacuum else line.wavelength for name, line in LINES.items()
    }
    inside = [name for name, centre in centres.items() if values[0] < centre < values[-1]]
    if len(inside) != 1:
        raise UserError(
            f"The wavelengths of {path}, {values[0]:.2f} to {values[-1]:.2f} Angstrom, hold "
            f"{' and '.join(inside) or 'no line that is known'}; name one by --line: {', '.join(inside or LINES)}."
        )
    return inside[0]
