"""Fields in your own NetCDF file: a time series to learn from and to test on, or single fields to test on."""

from collections.abc import Mapping

import xarray as xr

from fieldbench.datasets import _series
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.values import Count, Crop, Share


def load(
    *,
    path: str,
    variable: str,
    data_root: str | None = None,
    download: bool = False,
    time: str | None = "time",
    y: str = "lat",
    x: str = "lon",
    select: Mapping[str, float | str] | None = None,
    unit: str | None = None,
    sphere: bool = True,
    anomaly: bool = False,
    harmonics: int | None = None,
    previous: bool = False,
    learn: Share = 0.75,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """One variable of a file.

    Args:
        path: NetCDF file.
        variable: name of the variable.
        data_root: folder that `path` may be relative to.
        download: not used.
        time: its dimension of time; null where there is none: every field is then a test field, for methods that
            need none to learn from.
        y, x: its horizontal dimensions.
        select: a value of each other dimension, such as {level: 850}.
        unit: of the variable, where it has no attribute `units`.
        sphere: whether y and x are degrees of latitude and longitude.
        anomaly, harmonics, previous, learn: see `_series.split`.
        crop: [y0, y1, x0, x1], pixels.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._fields.finished`.

    Raises:
        UserError: the file is missing, truncated or not as described; the message names the key to correct.
    """
    file = own_file(path, data_root)
    series = _series.read(
        file, variable, time=time, y=y, x=x, select=select, unit=unit, sphere=sphere, crop=crop, stride=stride
    )
    options = {"anomaly": anomaly, "harmonics": harmonics, "previous": previous, "learn": learn}
    return _series.split(series, title=f"{variable} of {file.name}", **options, **own_provenance(file))
