"""A variable of a NetCDF file as fields on its known points, split in time."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from fieldbench.datasets import _cube, _fields
from fieldbench.errors import UserError

VALIDATION = 1 / 6  # of the fields to learn from: their last part


@dataclass(frozen=True)
class Series:
    """Fields as a file has them.

    Attributes:
        name: variable and file, for messages.
        fields: (F, P), on the points that every field has.
        times: (F,) in time order; None where the fields are no time series.
        points: see `_fields.points`.
        unit, long_name: of the variable.
    """

    name: str
    fields: np.ndarray
    times: xr.DataArray | None
    points: xr.Dataset
    unit: str
    long_name: str


def read(
    file: Path,
    variable: str,
    *,
    time: str | None,
    y: str,
    x: str,
    select: Mapping[str, float | str] | None = None,
    unit: str | None = None,
    sphere: bool = True,
    crop: Sequence[int] | None = None,
    stride: int = 1,
) -> Series:
    """Read `variable`; a point that any field lacks, such as land, is left out. Arguments as of `netcdf_series.load`.

    Raises:
        UserError: file, variable, dimension or unit missing, a field without a value, or a region that does not fit.
    """
    name = f"'{variable}' of {file.name}"
    content = read_variable(file, variable)
    if not (unit := unit or content.attrs.get("units")):
        raise UserError(f"{name} has no attribute `units`; set `unit` of the data set.")
    content = _arranged(content, name, time, y, x, select or {})
    content = _cube.region(content.to_dataset(name="field"), crop, stride)["field"]
    missing = np.isnan(content.values)
    if (empty := missing.all((1, 2))).any():
        raise UserError(
            f"{name}: {empty.sum()} of {empty.size} fields hold no value; take them out of the file, or check `crop`."
        )
    known = ~missing.any(0)
    if not known.any():
        raise UserError(
            f"{name} has no point that is known in all {len(missing)} fields; check `crop` and `select`."
        )
    return Series(
        name,
        content.values[:, known].astype(float),
        content[time] if time else None,
        _fields.points(content["y"].values, content["x"].values, known, sphere=sphere),
        unit,
        content.attrs.get("long_name", variable),
    )


def split(
    series: Series,
    *,
    title: str,
    notes: Sequence[str] = (),
    anomaly: bool = False,
    harmonics: int | None = None,
    previous: bool = False,
    learn: float = 0.75,
    **origin: str,
) -> xr.Dataset:
    """The data set: the first months to learn from, the last part of those for validation, the others for the test.

    Args:
        series: fields without a time axis are all test fields.
        title, notes, origin: see `_fields.finished`.
        anomaly: subtract the training fields' mean of each calendar month.
        harmonics: of the year, 1 to 5: the mean annual cycle is made of so many, instead of twelve free means.
        previous: the whole field one step before is given: subtract it, times its regression coefficient over the
            training fields. What is left to rebuild is the change, and its error is the field's.
        learn: share of the fields that are learned from, validation included.

    Raises:
        UserError: an option that needs a time axis and has none, or a time axis that is too short.
    """
    if series.times is None:
        if anomaly or previous:
            raise UserError(f"`anomaly` and `previous` of {series.name} need a time axis; set `time`.")
        none = series.fields[:0]
        splits = {"train": none, "validation": none, "test": series.fields}
        said = [f"No time series: all {len(series.fields)} fields are test fields, and none is learned from."]
    else:
        train, validation = _lengths(series, learn)
        fields, said = series.fields, []
        if anomaly:
            fields = fields - _annual_cycle(series, train, harmonics)
            said.append("Anomalies from the mean annual cycle of the training fields.")
        if previous:
            fields, coefficient = _changes(fields, train)
            said.append(
                f"Given: {coefficient:.3f} times the field one step before; the first training field is lost."
            )
        ends = np.cumsum([train - previous, validation])
        splits = dict(zip(_fields.SPLITS, np.split(fields, ends), strict=True))
        said.append(_periods(series.times.values, train, validation))
    return _fields.finished(
        splits, series.points, unit=series.unit, long_name=series.long_name, title=title, kind="observed",
        drawn_over="field" if series.times is None else "time", notes=[*said, *notes], **origin,
    )  # fmt: skip


def read_variable(file: Path, name: str) -> xr.DataArray:
    """One variable of a NetCDF file, in memory.

    Raises:
        UserError: the file is damaged or has no such variable.
    """
    try:
        with warnings.catch_warnings(), _opened(file) as content:
            if name not in content.data_vars:
                known = ", ".join(map(str, content.data_vars))
                raise UserError(f"{file.name} has no variable '{name}'; its variables are {known}.")
            return content[name].load()
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{file} is truncated or not NetCDF ({error}); copy or download it again.") from error


def _opened(file: Path) -> xr.Dataset:
    # Of integers whose fill value is NaN: they have none.
    warnings.simplefilter("ignore", xr.SerializationWarning)
    return xr.open_dataset(file, engine="netcdf4")


def _arranged(
    content: xr.DataArray, name: str, time: str | None, y: str, x: str, select: Mapping[str, float | str]
) -> xr.DataArray:
    """The variable with three dimensions: fields, y and x. Without `time`, all other dimensions number the fields."""
    for dimension in (y, x, *([time] if time else []), *select):
        if dimension not in content.dims:
            known = ", ".join(map(str, content.dims))
            raise UserError(
                f"{name} has no dimension '{dimension}'; it has {known}: correct y, x, time or `select`."
            )
    try:
        content = content.sel(select)
    except KeyError as error:
        raise UserError(f"{name} has no {select}; correct `select` of the data set.") from error
    others = [dimension for dimension in content.dims if dimension not in (y, x)]
    if time and others != [time]:
        raise UserError(f"{name} has dimensions {', '.join(others)}; `select` must leave only {time}.")
    if not time:
        content = content.stack(number=others) if others else content.expand_dims("number")
    return content.rename({y: "y", x: "x"}).transpose(..., "y", "x")


def _lengths(series: Series, learn: float) -> tuple[int, int]:
    """Number of training and of validation fields."""
    learned = round(learn * len(series.fields))
    validation = round(VALIDATION * learned)
    if validation < 1 or learned - validation < 2 or learned == len(series.fields):
        raise UserError(
            f"{series.name}: {len(series.fields)} fields with `learn` {learn} are too few to split into training, "
            "validation and test; give a longer series, or `time: null` for test fields only."
        )
    if not (np.diff(series.times.values) > np.zeros(1, np.diff(series.times.values).dtype)).all():
        raise UserError(f"{series.name}: times do not increase; sort the file.")
    return learned - validation, validation


def _annual_cycle(series: Series, train: int, harmonics: int | None) -> np.ndarray:
    """The training fields' mean cycle at every field's calendar month, (F, P)."""
    try:
        months = series.times.dt.month.values
    except (AttributeError, TypeError) as error:
        raise UserError(f"{series.name}: the times are no dates, so that there is no `anomaly`.") from error
    if absent := sorted(set(months) - set(months[:train])):
        raise UserError(
            f"{series.name}: no training field is from month {absent[0]}, so that there is no `anomaly`."
        )
    design = _yearly(months, harmonics)
    return design @ np.linalg.lstsq(design[:train], series.fields[:train])[0]


def _yearly(months: np.ndarray, harmonics: int | None) -> np.ndarray:
    """Design matrix of an annual cycle: one column a month, or a mean and two columns a harmonic."""
    if harmonics is None:
        return np.equal.outer(months, np.arange(1, 13)).astype(float)
    if not 1 <= harmonics <= 5:
        raise UserError(f"`harmonics` is {harmonics}; it must be between 1 and 5.")
    angles = np.outer(2 * np.pi * months / 12, np.arange(harmonics + 1))
    return np.hstack([np.cos(angles), np.sin(angles[:, 1:])])


def _changes(fields: np.ndarray, train: int) -> tuple[np.ndarray, float]:
    """Every field but the first, less its regression on the one before, and the coefficient."""
    before, after = fields[: train - 1], fields[1:train]
    coefficient = float((before * after).sum() / (before**2).sum())
    return fields[1:] - coefficient * fields[:-1], coefficient


def _periods(times: np.ndarray, train: int, validation: int) -> str:
    parts = np.split(times, [train, train + validation])
    texts = (f"{name} {part[0]:.10s} to {part[-1]:.10s} ({len(part)})" for name, part in
             zip(_fields.SPLITS, ([str(time) for time in part] for part in parts), strict=True))  # fmt: skip
    return "; ".join(texts) + "."
