"""The plage of the source documents: SST/CRISP Mg I 5173, distributed with the spatially regularised WFA."""

from collections.abc import Sequence
from typing import Literal

import xarray as xr

from fieldbench.datasets import _fits
from fieldbench.datasets._cube import AXES, require_line
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.datasets._observed import Cube, observed
from fieldbench.values import Count, Crop, Noise, Positive

FILES = declared("plage_crisp")
PIXEL = 0.118  # arcsec; twice CRISP's 0.059, as the plotting example of the distribution has it


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    noise: Noise = "estimate",
    continuum: Literal["divide", "none"] | Positive = "divide",
    flip: Sequence[Literal["Q", "U", "V"]] = (),
    azimuth_zero: float = 0.0,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """200 x 178 pixels, thirteen wavelengths.

    The scan does not reach the continuum: "divide" takes the median of Stokes I at the outermost wavelength
    instead, as the distribution's own example does. The documents' losses are in the square of the cube's own
    unit; the notes give the number that the profiles were divided by.

    Args:
        line: mg-i-5173.
        data_root: folder that is looked in first.
        download: whether the files may be downloaded.
        noise: "estimate", or one or four standard deviations, relative to the continuum.
        continuum: "divide", "none" or a number; see `datasets._noise.continuum_level`.
        flip: Stokes parameters whose sign is reversed: V where it is positive in the red lobe of a field towards the
            observer, U where azimuths grow in the other sense.
        azimuth_zero: the direction that azimuths are counted from, degrees from +Q towards +U, after `flip`.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, without truth.

    Raises:
        UserError: file missing or not the pinned one, or an argument out of range.
    """
    require_line(line, "mg-i-5173")
    profiles, wavelengths = (
        _fits.read(locate(file, data_root=data_root, download=download))[0] for file in FILES
    )
    return observed(
        Cube(profiles, AXES, wavelengths, "Angstrom"), line=line, title="Plage, SST/CRISP", noise=noise,
        continuum=continuum, pixel_arcsec=PIXEL, flip=flip, azimuth_zero=azimuth_zero, crop=crop, stride=stride,
        **provenance(*FILES),
    )  # fmt: skip
