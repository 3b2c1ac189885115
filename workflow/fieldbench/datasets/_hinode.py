"""What files of Hinode's spectro-polarimeter share: counts in 16 bits, two lines of iron, a continuum beside them."""

from collections.abc import Sequence

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from fieldbench.datasets import _cube
from fieldbench.datasets._noise import robust_sigma
from fieldbench.errors import UserError
from fieldbench.physics import lines

LINES = ("fe-i-6301", "fe-i-6302")
CONTINUUM_DISTANCE = 0.45  # Angstrom from both lines, from where on neither absorbs
SLIT_PIXEL = 0.1585  # arcsec; YSCALE of the header
# The value of SPBSHFT from which on the instrument halved a Stokes parameter, to fit it into 16 bits.
HALVED = {"I": 1, "V": 2, "Q": 3, "U": 3}


def unshifted(counts: np.ndarray, shift: int) -> np.ndarray:
    """Counts as measured, from the 16-bit integers of a level-1 file.

    Stokes I is unsigned, although the file says signed. A bit shift of 1 halves I; of 2, also V; of 3, also Q
    and U. sp_prep leaves it to the reader to undo that, as SolarSoft's readl1_sbsp does.

    Args:
        counts: (4, ...) int16, I Q U V.
        shift: header keyword SPBSHFT.
    """
    signed = counts.astype(float)
    signed[0] %= 2**16
    factors = [2.0 if shift >= HALVED[name] else 1.0 for name in _cube.STOKES]
    return signed * np.reshape(factors, (4,) + (1,) * (counts.ndim - 1))


def core(offsets: np.ndarray, intensity: np.ndarray) -> float:
    """Where a line is deepest: the vertex of the parabola through the lowest point and its two neighbours."""
    lowest = int(intensity[1:-1].argmin()) + 1
    around = slice(lowest - 1, lowest + 2)
    curvature, slope, _ = np.polyfit(offsets[around], intensity[around], 2)
    return float(-slope / (2 * curvature))


def continuum(stokes: np.ndarray, wavelengths: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean continuum of the slit in counts, and the noise of I, Q, U, V relative to it.

    Every pixel's own continuum is taken off before the noise is measured: granulation is no noise.
    """
    centres = [lines.line(key).wavelength for key in LINES]
    clear = np.abs(wavelengths[:, None] - centres).min(1) > CONTINUUM_DISTANCE
    values = stokes[:, :, clear]
    level = float(np.median(values[0], axis=-1).mean())
    deviations = values - np.median(values, axis=-1, keepdims=True)
    return level, np.array([robust_sigma(parameter) for parameter in deviations]) / level


def window(
    stokes: np.ndarray, wavelengths: np.ndarray, line: str, half_width: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Where the mean profile's core lies, the wavelengths around it counted from there, and the profiles."""
    if not 0.1 <= half_width <= 0.5:
        raise UserError(f"`half_width` is {half_width}; it must be between 0.1 and 0.5 Angstrom.")
    distance = wavelengths - lines.line(line).wavelength
    near = np.abs(distance) < half_width
    profiles = stokes[..., near].transpose(1, 0, 2)[:, None]
    centre = core(distance[near], profiles[:, 0, 0].mean(0))
    return centre, distance[near] - centre, profiles


def coordinates(headers: Sequence[fits.Header]) -> WCS | None:
    """Where a raster's pixels lie on the Sun: helioprojective, arcsec, the first axis along the slit positions.

    A header gives the centre of its slit, XCEN and YCEN, and the size of a pixel, XSCALE and YSCALE; a raster's step is that
    of its centres, where the pointing is known.

    Args:
        headers: of the slit positions, in their order.

    Returns:
        None where a header lacks one of these.
    """
    first, count = headers[0], len(headers)
    if not all({"XCEN", "YCEN", "XSCALE", "YSCALE"} <= set(header) for header in headers):
        return None
    centres = np.array([(header["XCEN"], header["YCEN"]) for header in headers], dtype=float)
    step = (centres[-1, 0] - centres[0, 0]) / max(count - 1, 1)
    system = WCS(naxis=2)
    system.wcs.ctype = "HPLN-TAN", "HPLT-TAN"
    system.wcs.cunit = "arcsec", "arcsec"
    system.wcs.cdelt = step or first["XSCALE"], first["YSCALE"]
    system.wcs.crpix = (count + 1) / 2, (first["NAXIS2"] + 1) / 2
    system.wcs.crval = centres.mean(0)
    system.wcs.dateobs = str(first.get("DATE_OBS", ""))
    return system
