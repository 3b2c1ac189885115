"""Your own Stokes cube, in NetCDF."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from fieldbench.datasets import _arrays, _axes
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.datasets._wavelengths import unproven
from fieldbench.values import Count, Crop, Noise, Positive, Time


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    path: str,
    variable: str | Sequence[str],
    axes: Sequence[Literal["y", "x", "stokes", "wavelength", "time"]] | None = None,
    wavelengths: Sequence[float] | str = "wavelength",
    wavelength_unit: str | None = None,
    medium: Literal["air", "vacuum"] = "air",
    stokes: Sequence[Literal["I", "Q", "U", "V"]] | None = None,
    fractional: bool = False,
    time: Time | None = None,
    noise: Noise = "estimate",
    continuum: Literal["divide", "none"] | Positive = "divide",
    mask_value: float | None = None,
    pixel_arcsec: Positive | None = None,
    flip: Sequence[Literal["Q", "U", "V"]] = (),
    azimuth_zero: float = 0.0,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """Observed profiles from one variable, or from one per Stokes parameter.

    Args:
        line: mg-i-5173, na-i-5896, fe-i-6173, fe-i-6301, fe-i-6302, fe-i-8468 or ca-ii-8542.
        data_root: folder that `path` may be relative to.
        download: not used.
        path: NetCDF file.
        variable: name of the cube, GROUP/NAME where it is in a group, or a list with one per Stokes parameter.
        axes: what the dimensions of the cube are, such as [y, x, stokes, wavelength]; a slit has no x; where each
            Stokes parameter has its variable, stokes is left out. Not needed where the dimensions have these names.
        wavelengths: from the line's centre or absolute: a list; the name of a variable, or GROUP/NAME; or another
            file, with its part after "#": FITS, .npy, .npz, .sav or NetCDF.
        wavelength_unit: Angstrom, mAngstrom, nm, pm, um, m, km/s or m/s. Left out, a list is in Angstrom, all else in
            the unit that its file gives.
        medium: of absolute wavelengths, air or vacuum.
        stokes: the Stokes parameters in the file's order, such as [I, V, Q, U], or [I, V] where Q and U were not
            measured; I, Q, U, V where left out.
        fractional: whether Q, U and V are fractions of Stokes I.
        time: which of the times of a dimension time, from 0.
        noise: "estimate", or one or four standard deviations, relative to the continuum.
        continuum: "divide" by the median of Stokes I at the wavelength farthest from the line, "none", or a number
            to divide by.
        mask_value: a value that marks missing data; a pixel with one such value, or one NaN, is masked.
        pixel_arcsec: size of a pixel, arcsec.
        flip: Stokes parameters whose sign is reversed: V where it is positive in the red lobe of a field towards the
            observer, U where azimuths grow in the other sense.
        azimuth_zero: the direction that azimuths are counted from, degrees from +Q towards +U, after `flip`.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: a file is missing, damaged or not as described; the message names the key to correct.
    """
    file = own_file(path, data_root)
    points, unit = _wavelengths(file, wavelengths, data_root)
    unit = wavelength_unit or unit
    names = [variable] if isinstance(variable, str) else variable
    parts = [_arrays.read_part(file, name) for name in names]
    cube, named = _axes.stacked([part.values for part in parts], axes or parts[0].dims)
    return observed(
        Cube(cube, named, points, unit, stokes, unproven(points, unit, line)),
        line=line, title=file.name, noise=noise, continuum=continuum, mask_value=mask_value,
        pixel_arcsec=pixel_arcsec, time=time, medium=medium, fractional=fractional, flip=flip,
        azimuth_zero=azimuth_zero, crop=crop, stride=stride,
        **own_provenance(file),
    )  # fmt: skip


def _wavelengths(
    file: Path, wavelengths: Sequence[float] | str, data_root: str | None
) -> tuple[Sequence[float] | np.ndarray, str | None]:
    """The wavelengths and, where it is known, their unit."""
    if not isinstance(wavelengths, str):
        return wavelengths, "Angstrom"
    found = _arrays.read_beside(file, wavelengths, data_root)
    return found.values.ravel(), found.unit
