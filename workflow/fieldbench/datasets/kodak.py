"""The 24 photographs of Kodak's Photo CD PCD0992, which image coders are compared on."""

import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import locate, needed, provenance
from fieldbench.values import Count, Crop


def load(
    *,
    number: int,
    data_root: str | None,
    download: bool,
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """One photograph, 768 x 512 or 512 x 768 pixels, RGB of 8 bits.

    Args:
        number: 1 to 24.
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: no such number, the file is missing or not the pinned one, or an argument is out of range.
    """
    (file,) = needed("kodak", {"number": number})
    pixels = _samples.read_image(locate(file, data_root=data_root, download=download))
    title = f"Kodak photograph {number}"
    return _samples.picture(pixels, reduce=reduce, crop=crop, title=title, **provenance(file))
