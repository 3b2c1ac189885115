"""A shaded relief of the whole Earth, 10800 x 5400 pixels: the large picture, beyond an 8K screen."""

import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.values import Count, Crop

FILES = declared("shadedrelief")
NOTES = ("The source is a JPEG: at its own resolution a coder's task is partly to reproduce its artefacts.",)


def load(
    *,
    data_root: str | None,
    download: bool,
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """Longitudes from 180 degrees west to east, latitudes from north to south; RGB of 8 bits.

    Args:
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    pixels = _samples.read_image(locate(FILES[0], data_root=data_root, download=download))
    return _samples.picture(
        pixels,
        reduce=reduce,
        crop=crop,
        title="Shaded relief of the Earth",
        notes=NOTES,
        **provenance(*FILES),
    )
