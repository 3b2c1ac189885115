"""One slit of the quiet Sun from Hinode's spectro-polarimeter: real profiles of Fe I 6301.5 and 6302.5."""

import xarray as xr
from scipy.io import readsav

from fieldbench.datasets import _cube, _fits, _hinode
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.values import Count, Crop

FILES = declared("hinode_slit")


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
    _cube.require_line(line, *_hinode.LINES)
    spectra, axis = (locate(file, data_root=data_root, download=download) for file in FILES)
    counts, header = _fits.read(spectra)
    shift = int(header["SPBSHFT"]) if undo_bit_shift else 0
    stokes = _hinode.unshifted(counts, shift)
    wavelengths = readsav(str(axis))["landas"].astype(float)
    level, noise = _hinode.continuum(stokes, wavelengths)
    centre, offsets, profiles = _hinode.window(stokes / level, wavelengths, line, half_width)
    coordinates = _cube.pixel_coordinates(profiles.shape[:2], arcsec=(_hinode.SLIT_PIXEL, _hinode.SLIT_PIXEL))
    field = _cube.observation(profiles, offsets, noise, coordinates)
    return _cube.finished(
        _cube.region(field, crop, stride),
        line=line,
        title="Quiet Sun, Hinode SOT/SP",
        kind="observed",
        notes=_notes(centre, shift, level),
        **provenance(*FILES),
    )


def _notes(centre: float, shift: int, level: float) -> list[str]:
    return [
        f"Wavelengths are counted from the mean profile's core, {1000 * centre:+.1f} mÅ from the line's own.",
        f"Bit shift {shift} undone (Stokes I is doubled from 1 on); the continuum is {level:,.0f} counts.",
        "The noise is lower than the header's exposure of 9.6 s explains: exposures were averaged, or the "
        "bit shift had been undone before, and B_los is twice, B_transverse 1.4 times what is given here.",
    ]
