"""One level of the monthly mean wind of ECMWF's reanalysis ERA-Interim (Dee et al. 2011), on the whole globe."""

from typing import Literal

import xarray as xr

from fieldbench.datasets import _netcdf, _samples, era_interim_wind
from fieldbench.datasets._files import locate, provenance
from fieldbench.values import Crop

FILES = era_interim_wind.FILES
LEVELS = (200, 500, 850)
MONTHS = ("January", "July")


def load(
    *,
    level: Literal[200, 500, 850],
    data_root: str | None,
    download: bool,
    component: Literal["u", "v"] = "u",
    month: Literal[0, 1] = 0,
    crop: Crop | None = None,
) -> xr.Dataset:
    """241 x 480 points of 0.75 degree, from north to south, m s-1.

    Args:
        level: hPa.
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        component: u (eastward) or v (northward).
        month: 0 for January, 1 for July.
        crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    file = locate(FILES[0], data_root=data_root, download=download)
    content = _netcdf.read(file, component)
    place = {"month": month, "level": LEVELS.index(level)}
    field = _samples.plane(content, component, place, f"'{component}' of {file.name}")
    title = f"Wind component {component} at {level} hPa, ERA-Interim, mean of {MONTHS[month]}"
    return _samples.variable(field, units="m s-1", crop=crop, title=title, **provenance(*FILES))
