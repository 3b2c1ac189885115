"""Your own Stokes cube, in a NetCDF file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import xarray as xr

from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop, Noise, Positive


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    path: str,
    variable: str,
    axes: Sequence[Literal["y", "x", "stokes", "wavelength"]] | None = None,
    wavelengths: Sequence[float] | str = "wavelength",
    wavelength_unit: str | None = None,
    noise: Noise = "estimate",
    continuum: Literal["divide", "none"] | Positive = "divide",
    mask_value: float | None = None,
    pixel_arcsec: Positive | None = None,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """Observed profiles from one variable.

    Args:
        line: key of `physics.lines`.
        data_root: folder that `path` may be relative to.
        download: not used.
        path: NetCDF file.
        variable: name of the cube.
        axes: what the dimensions of the cube are, such as [y, x, stokes, wavelength]; a slit has no x. Left
            out where the dimensions have these names. Stokes parameters are in the order I, Q, U, V.
        wavelengths: increasing, from the line's centre or absolute: a list, or the name of a variable.
        wavelength_unit: Angstrom or nm. Left out, a list is in Angstrom, and a variable in the unit that its
            attribute `units` says.
        noise, continuum, mask_value, pixel_arcsec, crop, stride: see `_observed.observed`.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: the file is missing, truncated or not as described; the message names the key to correct.
    """
    file = own_file(path, data_root)
    unit = "Angstrom"
    if isinstance(wavelengths, str):
        axis = _variable(file, wavelengths)
        wavelengths, unit = axis.values, axis.attrs.get("units")
    profiles = _variable(file, variable)
    cube = Cube(profiles.values, axes or profiles.dims, wavelengths, wavelength_unit or unit)
    return observed(
        cube, line=line, title=file.name, noise=noise, continuum=continuum, mask_value=mask_value,
        pixel_arcsec=pixel_arcsec, crop=crop, stride=stride, **own_provenance(file),
    )  # fmt: skip


def _variable(file: Path, name: str) -> xr.Variable:
    try:
        with xr.open_dataset(file, engine="netcdf4", decode_times=False) as content:
            if name not in content.variables:
                known = ", ".join(map(str, content.variables))
                raise UserError(f"{file.name} has no variable '{name}'; its variables are {known}.")
            return content.variables[name].load()
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{file} is truncated or not NetCDF ({error}); copy or download it again.") from error
