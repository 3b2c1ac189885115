"""Monthly mean winds of ECMWF's reanalysis ERA-Interim: January and July at three levels (Dee et al. 2011)."""

from typing import Literal

import xarray as xr

from fieldbench.datasets import _series
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop

FILES = declared("era_interim_wind")
NOTES = ("Six fields, January and July at 200, 500 and 850 hPa: too few to learn from, and not independent.",)


def load(
    *,
    component: Literal["u", "v"],
    data_root: str | None,
    download: bool,
    crop: Crop | None = (2, 239, 0, 480),
    stride: Count = 4,
) -> xr.Dataset:
    """Six test fields of one component, m s-1; without training fields, for methods that need none.

    Args:
        component: u (eastward) or v (northward).
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        crop: [y0, y1, x0, x1], pixels of 0.75 degree from north to south; without the poles, whose rows are one place.
        stride: take every n-th pixel along both axes; 4 is 3 degrees.

    Returns:
        the data set described in `datasets._fields.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    if component not in ("u", "v"):
        raise UserError(f"`component` of era_interim_wind is '{component}'; it must be u or v.")
    file = locate(FILES[0], data_root=data_root, download=download)
    layout = _series.Layout(time=None, y="latitude", x="longitude", crop=crop, stride=stride)
    series = _series.read([file], component, layout, missing=[])
    title = f"{'Eastward' if component == 'u' else 'Northward'} wind, ERA-Interim"
    return _series.split(series, title=title, notes=NOTES, **provenance(*FILES))
