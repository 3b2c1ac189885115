"""Monthly mean heights of a pressure level, ECMWF's reanalysis ERA-Interim: January and July (Dee et al. 2011)."""

from dataclasses import replace
from typing import Literal

import xarray as xr

from fieldbench.datasets import _series, era_interim_wind
from fieldbench.datasets._files import locate, provenance
from fieldbench.values import Count, Crop

FILES = era_interim_wind.FILES
GRAVITY = 9.80665  # m s-2, standard (CGPM 1901)
NOTES = ("Two fields, January and July: too few to learn from.",)


def load(
    *,
    data_root: str | None,
    download: bool,
    level: Literal[200, 500, 850] = 500,
    crop: Crop | None = (2, 239, 0, 480),
    stride: Count = 4,
) -> xr.Dataset:
    """Two test fields, geopotential metres; without training fields, for methods that need none.

    Args:
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        level: hPa.
        crop, stride: as of `era_interim_wind.load`.

    Returns:
        the data set described in `datasets._fields.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    file = locate(FILES[0], data_root=data_root, download=download)
    layout = _series.Layout(
        time=None, y="latitude", x="longitude", select={"level": level}, crop=crop, stride=stride
    )
    series = _series.read([file], "z", layout, missing=[])
    series = replace(series, fields=series.fields / GRAVITY, unit="m", long_name="geopotential height")
    return _series.split(
        series, title=f"Height of {level} hPa, ERA-Interim", notes=NOTES, **provenance(*FILES)
    )
