"""Your own raster of Hinode's spectro-polarimeter: level-1 files (SP3D...), each of which holds a slit position."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr
from astropy.io import fits

from fieldbench.datasets import _cube, _fits, _hinode
from fieldbench.datasets._files import own_files, own_provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    path: str,
    half_width: float = 0.4,
    undo_bit_shift: bool = True,
    flip: Sequence[Literal["Q", "U", "V"]] = (),
    azimuth_zero: float = 0.0,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """Pixels along the slit are y, slit positions x, in the order of the files' names; one line relative to the continuum.

    Wavelengths are counted from the core of the raster's mean profile; the noise is measured in the continuum.

    Args:
        line: fe-i-6301 or fe-i-6302, of which the second splits more.
        data_root: folder that `path` may be relative to.
        download: not used.
        path: a file, or a pattern such as 20140316_002851/SP3D*.fits.
        half_width: of the window around the line, Angstrom; the lines are 1 Angstrom apart.
        undo_bit_shift: double what the header's SPBSHFT says was halved on board; false for files in which that was done.
        flip: Stokes parameters whose sign is reversed: V where it is positive in the red lobe of a field towards the
            observer, U where azimuths grow in the other sense.
        azimuth_zero: the direction that azimuths are counted from, degrees from +Q towards +U, after `flip`.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: a file is missing, damaged, not of this instrument, or of another shape; or an argument out of range.
    """
    _cube.require_line(line, *_hinode.LINES)
    files = own_files(path, data_root)
    slits = [_slit(file, undo_bit_shift) for file in files]
    (stokes, wavelengths, shift), shapes = slits[0], {slit[0].shape for slit in slits}
    if len(shapes) > 1:
        raise UserError(
            f"The files of {path} have different shapes, {sorted(shapes)}; name those of one raster."
        )
    count, pixels, _ = len(files), *stokes.shape[1:]
    stokes = np.concatenate([slit[0] for slit in slits], axis=1)
    level, noise = _hinode.continuum(stokes, wavelengths)
    centre, offsets, profiles = _hinode.window(stokes, wavelengths, line, half_width)
    raster = profiles.reshape(count, pixels, *profiles.shape[2:])
    cube = Cube(
        raster, ("x", "y", "stokes", "wavelength"), offsets, "Angstrom", _cube.STOKES, _notes(centre, shift)
    )
    return observed(
        cube, line=line, title=_title(files), noise=noise.tolist(), continuum=level, flip=flip,
        azimuth_zero=azimuth_zero, crop=crop, stride=stride, **own_provenance(*files),
    )  # fmt: skip


def is_slit(header: fits.Header) -> bool:
    """Whether a file holds the Stokes parameters of a slit position."""
    return (
        str(header.get("INSTRUME", "")).startswith("SOT/SP") and "SPBSHFT" in header and header["NAXIS"] == 3
    )


def _slit(file: Path, undo_bit_shift: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """Counts (4, y, W) as measured, wavelengths (W,) in Angstrom, and the bit shift that was undone."""
    counts, header = _fits.read(file)
    if not is_slit(header) or counts.shape[0] != len(_cube.STOKES):
        raise UserError(
            f"{file} is no level-1 file of Hinode's spectro-polarimeter: INSTRUME is not SOT/SP, SPBSHFT is missing, or its "
            "axes are not Stokes, slit and wavelength. For any other cube use the type fits_cube."
        )
    shift = int(header["SPBSHFT"]) if undo_bit_shift else 0
    # Wavelengths grow along the axis, also where CDELT1 of an uncalibrated file is negative.
    steps = (np.arange(counts.shape[-1]) + 1 - header["CRPIX1"]) * abs(header["CDELT1"])
    return _hinode.unshifted(counts, shift), header["CRVAL1"] + steps, shift


def _title(files: Sequence[Path]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].name} to {files[-1].name}"


def _notes(centre: float, shift: int) -> list[str]:
    return [
        f"Wavelengths are counted from the mean profile's core, {1000 * centre:+.1f} mÅ from the line's own.",
        f"Stokes I was read as unsigned; bit shift {shift} was undone after that (from 1 on I is doubled, from 2 V, at 3 Q "
        "and U), as SolarSoft's readl1_sbsp does.",
    ]
