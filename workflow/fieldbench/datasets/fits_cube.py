"""Your own Stokes cube, in a FITS file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from fieldbench.datasets import _fits
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.values import Count, Crop, Noise, Positive


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    path: str,
    axes: Sequence[Literal["y", "x", "stokes", "wavelength"]],
    wavelengths: Sequence[float] | int | str,
    wavelength_unit: str | None = None,
    hdu: int | str = 0,
    noise: Noise = "estimate",
    continuum: Literal["divide", "none"] | Positive = "divide",
    mask_value: float | None = None,
    pixel_arcsec: Positive | None = None,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """Observed profiles from one image HDU.

    Args:
        line: key of `physics.lines`.
        data_root: folder that `path` may be relative to.
        download: not used.
        path: FITS file.
        axes: what the axes of the array are in numpy's order (FITS's reversed), such as
            [y, x, stokes, wavelength]; a slit has no x. Stokes parameters are in the order I, Q, U, V.
        wavelengths: increasing, from the line's centre or absolute: a list; the number or name of an HDU of
            the same file; or the path of another FITS file.
        wavelength_unit: Angstrom or nm. Left out, a list is in Angstrom, and an HDU in the unit of its BUNIT.
        hdu: number or name of the cube's HDU.
        noise, continuum, mask_value, pixel_arcsec, crop, stride: see `_observed.observed`.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: the file is missing, truncated or not as described; the message names the key to correct.
    """
    file = own_file(path, data_root)
    values, unit = _wavelengths(wavelengths, file, data_root)
    cube = Cube(_fits.read(file, hdu)[0], axes, values, wavelength_unit or unit)
    return observed(
        cube, line=line, title=file.name, noise=noise, continuum=continuum, mask_value=mask_value,
        pixel_arcsec=pixel_arcsec, crop=crop, stride=stride, **own_provenance(file),
    )  # fmt: skip


def _wavelengths(
    wavelengths: Sequence[float] | int | str, file: Path, data_root: str | None
) -> tuple[np.ndarray, str | None]:
    """The wavelengths and, where it is known, their unit."""
    if not isinstance(wavelengths, int | str):
        return wavelengths, "Angstrom"
    if isinstance(wavelengths, str) and ".fit" in wavelengths.lower():
        values, header = _fits.read(own_file(wavelengths, data_root))
    else:
        values, header = _fits.read(file, wavelengths)
    return values.ravel(), header.get("BUNIT")
