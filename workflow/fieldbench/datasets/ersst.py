"""Monthly sea-surface temperature, 2010 to 2020, NOAA's Extended Reconstructed SST version 5 (Huang et al. 2017)."""

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.datasets import _moving_clouds, _series
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.values import Count, Crop, Seed

FILES = declared("ersst")
NOTES = (
    "ERSST is an analysis: it is smooth at scales below some 500 km, and under sea ice it is set to -1.8 °C.",
)


def load(
    *,
    data_root: str | None,
    download: bool,
    anomaly: bool = False,
    harmonics: int | None = None,
    previous: bool = False,
    clouds: Seed | None = None,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """128 months on 10,988 sea cells of 2 degrees, degC: 80 to learn from, 16 for validation, 32 for the test.

    Args:
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        anomaly, harmonics, previous: see `_series.split`.
        clouds: seed of clouds that hide 40 to 90 % of every month and move; left out, there are none.
        crop: [y0, y1, x0, x1], pixels, from north to south.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._fields.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    file = locate(FILES[0], data_root=data_root, download=download)
    series = _series.read([file], "sst", _series.Layout(crop=crop, stride=stride), missing=[])
    if clouds is not None:
        series = _under_clouds(series, clouds)
    options: dict[str, Any] = {"anomaly": anomaly, "harmonics": harmonics, "previous": previous}
    title = "Sea-surface temperature anomaly, ERSST v5" if anomaly else "Sea-surface temperature, ERSST v5"
    return _series.split(series, title=title, notes=NOTES, **options, **provenance(*FILES))


def _under_clouds(series: _series.Series, seed: int) -> _series.Series:
    """The series where made-up clouds leave it to be seen."""
    points = series.points
    shape = points.attrs["rows"], points.attrs["columns"]
    hidden = _moving_clouds.hidden(
        len(series.fields), points["row"].values, points["column"].values, shape, seed
    )
    share = 100 * hidden.mean(1)
    said = f"Made-up clouds hide {share.min():.0f} to {share.max():.0f} % of every field (seed {seed})."
    return replace(series, fields=np.where(hidden, np.nan, series.fields), notes=[*series.notes, said])
