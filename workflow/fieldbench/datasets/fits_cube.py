"""Your own Stokes cube, in FITS."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr
from astropy.io import fits

from fieldbench.datasets import _arrays, _axes, _fits
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.datasets._wavelengths import ABSOLUTE, ANGSTROMS, UNITS, unproven
from fieldbench.errors import UserError
from fieldbench.physics import lines
from fieldbench.values import Count, Crop, Noise, Positive, Time


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    path: str | Sequence[str],
    axes: Sequence[Literal["y", "x", "stokes", "wavelength", "time"]],
    wavelengths: Sequence[float] | int | str,
    wavelength_unit: str | None = None,
    medium: Literal["air", "vacuum"] = "air",
    hdu: int | str | Sequence[int | str] = 0,
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
    """Observed profiles from an image HDU, or from one HDU or file per Stokes parameter.

    Args:
        line: mg-i-5173, na-i-5896, fe-i-6173, fe-i-6301, fe-i-6302, fe-i-8468 or ca-ii-8542.
        data_root: folder that `path` may be relative to.
        download: not used.
        path: FITS file, or a list of files that hold a Stokes parameter each.
        axes: what the axes of the array are in numpy's order (FITS's reversed), such as [y, x, stokes, wavelength]; a
            slit has no x; where each Stokes parameter has its HDU or file, stokes is left out.
        wavelengths: from the line's centre or absolute: a list; "header" for the WCS of the cube's header; the number
            or name of an HDU, or HDU/COLUMN of a table, of the same file; or another file, with its part after "#":
            FITS, .npy, .npz, .sav or NetCDF.
        wavelength_unit: Angstrom, mAngstrom, nm, pm, um, m, km/s or m/s. Left out, a list is in Angstrom, all else in
            the unit that its file gives.
        medium: of absolute wavelengths, air or vacuum.
        hdu: number or name of the cube's HDU, or a list with one per Stokes parameter.
        stokes: the Stokes parameters in the file's order, such as [I, V, Q, U], or [I, V] where Q and U were not
            measured. Left out, the header's STOKES axis says it, or it is I, Q, U, V.
        fractional: whether Q, U and V are fractions of Stokes I.
        time: which of the times of an axis time, from 0.
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
    files = [own_file(name, data_root) for name in ([path] if isinstance(path, str) else path)]
    hdus = [hdu] if isinstance(hdu, int | str) else list(hdu)
    places = [(file, number) for file in files for number in hdus]
    images = [_fits.read(*place) for place in places]
    header = images[0][1]
    values, unit = _wavelengths(wavelengths, places[0], axes, data_root)
    unsaid = unproven(values, wavelength_unit or unit, line)
    notes = list(_cautions(places[0], header, axes, line, unsaid))
    cube, named = _axes.stacked([image for image, _ in images], axes)
    order = stokes or (None if len(images) > 1 else _order(header, named, cube.shape, files[0].name))
    return observed(
        Cube(cube, named, values, wavelength_unit or unit, order, notes),
        line=line, title=files[0].name, noise=noise, continuum=continuum, mask_value=mask_value,
        pixel_arcsec=pixel_arcsec, time=time, medium=medium, fractional=fractional, flip=flip,
        azimuth_zero=azimuth_zero, crop=crop, stride=stride,
        **own_provenance(*files),
    )  # fmt: skip


def _wavelengths(wavelengths, place: tuple[Path, int | str], axes: Sequence[str], data_root: str | None):
    """The wavelengths and, where it is known, their unit."""
    if not isinstance(wavelengths, int | str):
        return wavelengths, "Angstrom"
    if wavelengths == "header" and "wavelength" in axes:
        return _fits.wavelengths(*place, axis=list(axes).index("wavelength"))
    found = _arrays.read_beside(place[0], wavelengths, data_root)
    return found.values.ravel(), found.unit


def _order(header: fits.Header, axes: Sequence[str], shape: Sequence[int], name: str) -> list[str] | None:
    """The order of the Stokes parameters by the header, which must agree with `axes` on where they lie."""
    axis = _fits.stokes_axis(header)
    if axis is None or "stokes" not in axes or len(axes) != len(shape):
        return None
    if axes[axis] != "stokes":
        raise UserError(
            f"`axes` {list(axes)} says that axis {axis} of {name} is {axes[axis]}, the header that it is STOKES; "
            "correct `axes`."
        )
    return _fits.stokes_order(header, axis, shape[axis])


def _cautions(
    place: tuple[Path, int | str], header: fits.Header, axes: Sequence[str], line: str, unsaid: Sequence[str]
) -> Iterator[str]:
    """What the header says that the configuration does not; `unsaid` where it says nothing of wavelengths."""
    if _fits.is_distorted(header):
        yield "The header describes distortions from pixel to pixel, such as a cavity map; they are not applied."
    axis = list(axes).index("wavelength") if "wavelength" in axes and len(axes) == header["NAXIS"] else None
    if axis is None or not _fits.has_wavelengths(header, axis):
        yield from unsaid
        return
    try:
        values, unit = _fits.wavelengths(*place, axis=axis)
    except UserError:  # the header's coordinates are broken, and nobody asked for them
        return
    values = np.sort(values) * (ANGSTROMS.get(UNITS.get(unit.lower(), ""), np.nan))
    centre = lines.line(line).wavelength
    if values[0] > ABSOLUTE and not values[0] < centre < values[-1]:
        yield (
            f"The header's wavelengths run from {values[0]:.2f} to {values[-1]:.2f} Angstrom, and {line} lies at "
            f"{centre:.2f}: check `line`."
        )
