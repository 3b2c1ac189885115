"""Active region NOAA 11158 as SDO/HMI measured its magnetic vector, with synthetic Stokes profiles."""

import xarray as xr

from fieldbench.datasets import _cube, _fits, _synthesis
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.values import Count, Crop, Positive, Seed

FILES = declared("sharp")
NOTES = (
    "The field of the local vertical frame is taken as seen from above: line of sight along B_r.",
    "HMI's own errors (median 35 G in B_p and B_t, 13 G in B_r) are part of the true field here.",
    _synthesis.AT_REST,
)


def load(
    *,
    line: str,
    data_root: str | None,
    download: bool,
    noise: Positive,
    seed: Seed,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """377 x 744 pixels of 0.03 degree (cylindrical equal area), in Mg I 5173, at constant thermodynamics.

    The components are B_x = B_p (west), B_y = -B_t (north) and B_z = B_r (Bobra et al. 2014, section 2).

    Args:
        line: mg-i-5173.
        data_root: folder that is looked in first.
        download: whether the files may be downloaded.
        noise: standard deviation, relative to the continuum.
        seed: of the noise.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._cube.finished`, with the truth; no field, not usable.

    Raises:
        UserError: a file missing or not the pinned one, line not supported, or an argument out of range.
    """
    _cube.require_line(line, "mg-i-5173")
    b_p, b_t, b_r = (
        _fits.read(locate(file, data_root=data_root, download=download), hdu=1)[0] for file in FILES
    )
    atmosphere = _cube.region(_synthesis.at_rest(b_p, -b_t, b_r), crop, stride)
    absent = int((~atmosphere["usable"]).sum())
    counted = (
        [f"{absent:,} of {atmosphere['usable'].size:,} pixels masked: HMI gives no field."] if absent else []
    )
    return _cube.finished(
        _synthesis.observed(atmosphere, line, _synthesis.MG_5173_OFFSETS, noise=noise, seed=seed),
        line=line,
        title="NOAA 11158, SDO/HMI SHARP",
        kind="semi-synthetic: real vector field, synthetic profiles",
        notes=[*NOTES, *counted],
        **provenance(*FILES),
    )
