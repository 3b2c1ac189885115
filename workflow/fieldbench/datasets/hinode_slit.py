"""One slit of the quiet Sun from Hinode's spectro-polarimeter: real profiles of Fe I 6301.5 and 6302.5."""

import numpy as np
import xarray as xr
from scipy.io import readsav

from fieldbench.datasets import _cube, _fits
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.datasets._noise import robust_sigma
from fieldbench.errors import UserError
from fieldbench.physics import lines
from fieldbench.values import Count, Crop

FILES = declared("hinode_slit")
LINES = ("fe-i-6301", "fe-i-6302")
CONTINUUM_DISTANCE = 0.45  # Angstrom from both lines, from where on neither absorbs
SLIT_PIXEL = 0.1585  # arcsec; YSCALE of the header
# The value of SPBSHFT from which on the instrument halved a Stokes parameter, to fit it into 16 bits.
HALVED = {"I": 1, "V": 2, "Q": 3, "U": 3}


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    half_width: float = 0.4,
    undo_bit_shift: bool = True,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """1024 pixels along y, one along x; profiles of one line relative to the slit's mean quiet continuum.

    The wavelengths are counted from the core of the slit's mean profile, because the line shifts with solar
    rotation, convection and the instrument's drift. The noise is measured in the continuum.

    Args:
        line: fe-i-6301 or fe-i-6302.
        data_root: folder that is looked in first.
        download: whether the files may be downloaded.
        half_width: of the window around the line, Angstrom; the lines are 1 Angstrom apart.
        undo_bit_shift: double what the header's SPBSHFT says was halved on board. Without it B_los doubles
            and B_transverse grows by 1.4.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: file missing or not the pinned one, line not one of the two, or an argument out of range.
    """
    _cube.require_line(line, *LINES)
    spectra, axis = (locate(file, data_root=data_root, download=download) for file in FILES)
    counts, header = _fits.read(spectra)
    shift = int(header["SPBSHFT"]) if undo_bit_shift else 0
    stokes = unshifted(counts, shift)
    wavelengths = readsav(str(axis))["landas"].astype(float)
    level, noise = _continuum(stokes, wavelengths)
    centre, offsets, profiles = _window(stokes / level, wavelengths, line, half_width)
    coordinates = _cube.pixel_coordinates(profiles.shape[:2], arcsec=(SLIT_PIXEL, SLIT_PIXEL))
    field = _cube.observation(profiles, offsets, noise, coordinates)
    return _cube.finished(
        _cube.region(field, crop, stride),
        line=line,
        title="Quiet Sun, Hinode SOT/SP",
        kind="observed",
        notes=_notes(centre, shift, level),
        **provenance(*FILES),
    )


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


def _continuum(stokes: np.ndarray, wavelengths: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean continuum of the slit in counts, and the noise of I, Q, U, V relative to it.

    Every pixel's own continuum is taken off before the noise is measured: granulation is no noise.
    """
    centres = [lines.line(key).wavelength for key in LINES]
    clear = np.abs(wavelengths[:, None] - centres).min(1) > CONTINUUM_DISTANCE
    continuum = stokes[:, :, clear]
    level = float(np.median(continuum[0], axis=-1).mean())
    deviations = continuum - np.median(continuum, axis=-1, keepdims=True)
    return level, np.array([robust_sigma(values) for values in deviations]) / level


def _window(
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


def _notes(centre: float, shift: int, level: float) -> list[str]:
    return [
        f"Wavelengths are counted from the mean profile's core, {1000 * centre:+.1f} mÅ from the line's own.",
        f"Bit shift {shift} undone (Stokes I is doubled from 1 on); the continuum is {level:,.0f} counts.",
        "The noise is lower than the header's exposure of 9.6 s explains: exposures were averaged, or the "
        "bit shift had been undone before, and B_los is twice, B_transverse 1.4 times what is given here.",
    ]
