"""The line-of-sight magnetic field of a real sunspot, inverted from SST/CRISP Fe I 6173 spectra."""

import numpy as np
import xarray as xr

from fieldbench.datasets import _samples, sunspot_crisp
from fieldbench.datasets._files import locate, provenance
from fieldbench.values import Count, Crop

FILES = sunspot_crisp.FILES


def load(
    *,
    data_root: str | None,
    download: bool,
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """298 x 294 pixels, gauss: the inverted strength times the cosine of its inclination, positive towards the observer.

    Unknown where the inversion went astray, see `sunspot_crisp.suspect_pixels`.

    Args:
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    inverted = sunspot_crisp.read_inversion(str(locate(FILES[0], data_root=data_root, download=download)))
    suspect = sunspot_crisp.suspect_pixels(inverted)
    b_los = inverted["strength"] * np.cos(np.deg2rad(inverted["inclination"]))
    note = f"{int(suspect.sum()):,} of {suspect.size:,} pixels of the whole map are unknown: the inversion failed there."
    return _samples.variable(
        b_los.where(~suspect).expand_dims(channel=["b_los"]),
        units="gauss", reduce=reduce, crop=crop, title="Line-of-sight field of a sunspot, SST/CRISP", notes=[note],
        **provenance(*FILES),
    )  # fmt: skip
