"""Your own picture, in a file."""

import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.values import Count, Crop


def load(
    *,
    path: str,
    data_root: str | None,
    download: bool,
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """A picture in any format that Pillow reads, as RGB of 8 bits; transparency is dropped.

    Args:
        path: of the picture.
        data_root: folder that `path` may be relative to.
        download: not used.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing, damaged or no picture, or an argument is out of range.
    """
    file = own_file(path, data_root)
    pixels = _samples.read_image(file)
    return _samples.picture(pixels, reduce=reduce, crop=crop, title=file.name, **own_provenance(file))
