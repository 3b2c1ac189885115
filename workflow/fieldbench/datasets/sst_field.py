"""One month of the sea-surface temperature of NOAA's Extended Reconstructed SST version 5: a field with land in it."""

import xarray as xr

from fieldbench.datasets import _netcdf, _samples, _times, ersst
from fieldbench.datasets._files import locate, provenance
from fieldbench.values import Crop

FILES = ersst.FILES
VARIABLE = "sst"


def load(
    *,
    month: int,
    data_root: str | None,
    download: bool,
    crop: Crop | None = None,
) -> xr.Dataset:
    """89 x 180 cells of 2 degrees, from north to south, degC; unknown on land.

    Args:
        month: 0 for January 2010, to 127 for August 2020.
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    file = locate(FILES[0], data_root=data_root, download=download)
    content = _netcdf.read(file, VARIABLE)
    field = _samples.plane(content, VARIABLE, {"time": month}, f"'{VARIABLE}' of {file.name}")
    date = _times.decoded(content["time"].variable, "ERSST v5")[month]
    title = f"Sea-surface temperature, ERSST v5, {date!s:.7}"
    return _samples.variable(
        field, units="degC", crop=crop, title=title, notes=ersst.NOTES, **provenance(*FILES)
    )
