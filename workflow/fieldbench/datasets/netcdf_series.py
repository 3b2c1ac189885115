"""Fields in your own NetCDF files: a time series to learn from and to test on, or single fields to test on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import xarray as xr

from fieldbench.datasets import _series
from fieldbench.datasets._files import own_files, own_provenance
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
    nearest: bool = False,
    unit: str | None = None,
    sphere: bool = True,
    missing: Sequence[float] | None = None,
    gaps: Literal["ask", "cells", "fields", "keep"] = "ask",
    anomaly: bool = False,
    harmonics: int | None = None,
    previous: bool = False,
    learn: Share = 0.75,
    crop: Crop | None = None,
    stride: Count = 1,
) -> xr.Dataset:
    """One variable of a file, or of several files that follow one another in time.

    Args:
        path: NetCDF file, or a pattern of several, such as sst_*.nc.
        variable: name of the variable; group/name where it lies in a group.
        data_root: folder that `path` may be relative to.
        download: not used.
        time: its dimension of time, or the variable of dates along it; null where there is none: every field is then
            a test field, for methods that need none to learn from.
        y, x: its horizontal dimensions, or the variables of latitude and longitude; on a curvilinear grid these have
            both dimensions.
        select: a value of each other dimension, such as {level: 850}; its number from 0 where it has no coordinate.
        nearest: take the nearest value where `select` names none exactly.
        unit: of the variable, where it has no attribute `units`.
        sphere: whether y and x are latitude and longitude, in degrees or radians.
        missing: values that stand for missing without the file saying so, such as [-999]. Left out, values that look
            like it are refused; [] takes them as they are.
        gaps: what is left out where some fields know less than others: `cells` that any field lacks, or `fields` that
            lack any; `ask` leaves out up to a tenth of the cells and refuses beyond. `keep` leaves out nothing: the
            gaps are to be filled, in a task with `mask: clouds`.
        anomaly, harmonics, previous, learn: see `_series.split`.
        crop: [y0, y1, x0, x1], pixels; no more than these is read.
        stride: take every n-th pixel along both axes.

    Returns:
        the data set described in `datasets._fields.finished`.

    Raises:
        UserError: a file is missing, truncated or not as described; the message names the key to correct.
    """
    files = own_files(path, data_root)
    layout = _series.Layout(time, y, x, select or {}, nearest, sphere, crop, stride)
    series = _series.read(files, variable, layout, unit=unit, missing=missing, gaps=gaps)
    options: dict[str, Any] = {
        "anomaly": anomaly,
        "harmonics": harmonics,
        "previous": previous,
        "learn": learn,
    }
    return _series.split(
        series, title=f"{variable} of {Path(path).name}", **options, **own_provenance(*files)
    )
