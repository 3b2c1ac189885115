"""A variable of NetCDF files as fields on its known points, split in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.datasets import _cube, _fields, _gaps, _netcdf, _places, _times
from fieldbench.datasets._selection import selected
from fieldbench.errors import UserError

VALIDATION = 1 / 6  # of the fields to learn from: their last part
FEWEST = 8  # fields of a history
CYCLES = 2  # years of fields that an annual cycle takes
HARMONICS = 3  # of the annual cycle, where there are several fields a month


@dataclass(frozen=True)
class Series:
    """Fields as a file has them.

    Attributes:
        name: variable and file, for messages.
        fields: (F, P), on the points that every field has; with gaps, NaN where one has none.
        times: (F,) in time order, see `_times.decoded`; None where the fields are no time series.
        points: see `_fields.points`.
        y, x: (P,) coordinates of the points, in degrees or as the file has them.
        unit, long_name: of the variable.
        notes: what was left out.
    """

    name: str
    fields: np.ndarray
    times: np.ndarray | None
    points: xr.Dataset
    y: np.ndarray
    x: np.ndarray
    unit: str
    long_name: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Layout:
    """What the dimensions of a variable are, and which part of it is read; see `netcdf_series.load`."""

    time: str | None = "time"
    y: str = "lat"
    x: str = "lon"
    select: Mapping[str, float | str] = field(default_factory=dict)
    nearest: bool = False
    sphere: bool = True
    crop: Sequence[int] | None = None
    stride: int = 1


def read(
    files: Sequence[Path],
    variable: str,
    layout: Layout,
    *,
    unit: str | None = None,
    missing: Sequence[float] | None = None,
    gaps: _gaps.Gaps = "ask",
) -> Series:
    """Read `variable`; a point that any field lacks, such as land, is left out.

    Args:
        files: one, or several whose fields are put together.
        variable: its name.
        layout: of the variable.
        unit, missing, gaps: as of `netcdf_series.load`.

    Raises:
        UserError: file, variable, dimension or unit missing; coordinates or times that cannot be read; values that look
            as if they stood for missing; too many gaps; or a region that does not fit.
    """
    name = f"'{variable}' of {files[0].name}" + (f" and {len(files) - 1} more" if files[1:] else "")
    whole = _joined([_part(file, variable, layout) for file in files], name)
    facts = whole["field"].attrs
    if not (unit := unit or str(facts.get("units", ""))):
        raise UserError(f"{name} has no attribute `units`; set `unit` of the data set.")
    if layout.time:
        whole = whole.isel(number=_times.in_order(whole["times"].values, name))
    if not whole.sizes["number"]:
        raise UserError(f"{name} has no field: one of its dimensions is empty.")
    fields = _gaps.without(whole["field"].values, missing or [])
    if missing is None:
        _gaps.ask_about(fields, name)
    labels = whole["times"].values if layout.time else np.arange(len(fields))
    kept, known, said = _gaps.complete(fields, labels, gaps, name)
    notes = [*whole.attrs["notes"], *said]
    if layout.sphere:
        known, said = _places.once(whole["y_at"].values, whole["x_at"].values, known, name)
        notes = [*notes, *said]
    y, x = (line[known].astype(float) for line in _everywhere(whole))
    return Series(
        name,
        fields[kept][:, known].astype(float),
        labels[kept] if layout.time else None,
        _fields.points(whole["y_at"].values, whole["x_at"].values, known, sphere=layout.sphere),
        y,
        x,
        unit,
        facts.get("long_name", variable),
        notes,
    )


def _everywhere(whole: xr.Dataset) -> list[np.ndarray]:
    """y and x of every cell (rows, columns)."""
    y, x = whole["y_at"].values, whole["x_at"].values
    return list(np.broadcast_arrays(y[:, None], x) if y.ndim == 1 else (y, x))


def _part(file: Path, variable: str, layout: Layout) -> xr.Dataset:
    """The fields of one file: `field` (number, y, x), `y_at` and `x_at`, and `times` (number) unless there is no time.

    Only the region is read. Attribute `notes`: what else than `select` says was selected.
    """
    name = f"'{variable}' of {file.name}"
    with _netcdf.opened(file, variable) as (content, short):
        whole = content[short]
        if whole.dtype.kind not in "iuf":
            raise UserError(f"{name} holds no numbers; choose another variable.")
        if layout.time in content.variables and not content[layout.time].ndim:
            whole = whole.expand_dims(layout.time)
            content = content.assign({layout.time: content[layout.time].expand_dims(layout.time)})
        grid = _places.grid(content, whole, name, layout.y, layout.x, sphere=layout.sphere)
        time = _places.dimension(content, whole, name, layout.time) if layout.time else None
        axes = {*grid.dims, *([time] if time else [])}
        values, chosen = selected(
            whole, name, layout.select, nearest=layout.nearest, axes=axes, numbered=not time
        )
        plane = xr.Dataset({"field": values.variable, "y_at": grid.y, "x_at": grid.x})
        plane = plane.rename_dims(
            {dim: axis for dim, axis in zip(grid.dims, ("y", "x"), strict=True) if dim != axis}
        )
        plane = _cube.region(plane, layout.crop, layout.stride).transpose(..., "y", "x").load()
        values = _netcdf.within_valid_range(plane["field"])
        fields = values.values.reshape(-1, *values.shape[-2:])
        part = plane.assign(field=(("number", "y", "x"), fields, values.attrs)).assign_attrs(notes=chosen)
        if time:
            numbers = xr.Variable(time, np.arange(len(fields)))
            part["times"] = ("number", _times.decoded(content.variables.get(layout.time, numbers), name))
        return part


def _joined(parts: Sequence[xr.Dataset], name: str) -> xr.Dataset:
    """The fields of all files, one after the other."""
    first = parts[0]
    for part in parts[1:]:
        same = all(part[place].equals(first[place]) for place in ("y_at", "x_at"))
        if not same or part["field"].attrs.get("units") != first["field"].attrs.get("units"):
            raise UserError(f"{name} differ in coordinates or units; give files of one grid in `path`.")
    places = first[["y_at", "x_at"]]
    return xr.concat([part.drop_vars(list(places)) for part in parts], "number").assign(places)


def split(
    series: Series,
    *,
    title: str,
    notes: Sequence[str] = (),
    anomaly: bool = False,
    harmonics: int | None = None,
    previous: bool = False,
    learn: float = 0.75,
    **origin: Any,
) -> xr.Dataset:
    """The data set: the first months to learn from, the last part of those for validation, the others for the test.

    Args:
        series: fields without a time axis are all test fields.
        title, notes, origin: see `_fields.finished`.
        anomaly: subtract the training fields' mean of each calendar month; where there are several fields a month, a
            smooth cycle of the day of the year, since steps from month to month would be taken for weather.
        harmonics: of the year, 1 to 5: the mean annual cycle is made of so many, instead of twelve free means; three
            where there are several fields a month.
        previous: the whole field one step before is given: subtract it, times its regression coefficient over the
            training fields. What is left to rebuild is the change, and its error is the field's. Fields after a gap in
            time are left out.
        learn: share of the fields that are learned from, validation included.

    Returns:
        see `_fields.finished`; besides, `<split>_time` (<split>_field) of a series, and what was subtracted from its test
        fields, `background` (test_field, point). Of a series with gaps all fields are test fields, and `design`
        (test_field, term) says what its mean and annual cycle are made of: a task takes them off what it leaves to be
        learned from.

    Raises:
        UserError: an option that needs a time axis and has none, or a time axis that is too short.
    """
    more: dict[str, Any] = {}
    fields, times = series.fields, series.times
    if np.isnan(fields).any():
        splits, more, said = _with_gaps(series, anomaly, harmonics, previous)
    elif times is None:
        if anomaly or previous:
            raise UserError(f"`anomaly` and `previous` of {series.name} need a time axis; set `time`.")
        splits = {"train": fields[:0], "validation": fields[:0], "test": fields}
        said = [f"No time series: all {len(fields)} fields are test fields, and none is learned from."]
    else:
        train, validation = _lengths(series, learn)
        fields, kept, said = _remaining(series, train, anomaly, harmonics, previous)
        parts = {name: part[kept[part]] for name, part in _parts(train, validation, len(fields)).items()}
        splits = {name: fields[part] for name, part in parts.items()}
        more = {f"{name}_time": (f"{name}_field", times[part]) for name, part in parts.items()}
        if anomaly or previous:
            taken = (series.fields - fields)[parts["test"]].astype(np.float32)
            more["background"] = (("test_field", "point"), taken)
        said.append(_periods(times, train, validation))
        _require_each(splits, series.name)
    return _fields.finished(
        splits, series.points.assign(more), unit=series.unit, long_name=series.long_name, title=title, kind="observed",
        drawn_over="field" if times is None else "time", notes=[*said, *series.notes, *notes], **origin,
    )  # fmt: skip


def _with_gaps(
    series: Series, anomaly: bool, harmonics: int | None, previous: bool
) -> tuple[dict[str, np.ndarray], dict[str, Any], list[str]]:
    """All fields as test fields, their times and the design of their annual cycle, and what is done in words."""
    if series.times is None or previous:
        wanted = (
            "lacks values, so that there is no `previous`"
            if previous
            else "has gaps and no time axis; set `time`"
        )
        raise UserError(f"{series.name} {wanted}, or leave gaps out by `gaps: cells`.")
    design, about = np.ones((len(series.fields), 1)), "The mean of every cell"
    if anomaly:
        months, angle = _time_of_year(series)
        harmonics = HARMONICS if harmonics is None else harmonics
        design, about = _yearly(months, angle, harmonics), f"{about}, and {harmonics} harmonics of the year,"
    splits = {"train": series.fields[:0], "validation": series.fields[:0], "test": series.fields}
    more = {"design": (("test_field", "term"), design), "test_time": ("test_field", series.times)}
    return splits, more, [f"{about} as fitted to what is not held out, is subtracted."]


def _parts(train: int, validation: int, count: int) -> dict[str, np.ndarray]:
    """The numbers of the fields of every split."""
    return dict(zip(_fields.SPLITS, np.split(np.arange(count), [train, train + validation]), strict=True))


def expected(series: Series, at: np.datetime64 | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """What fields at other times tell of one time: anomalies, the field that is to be expected, and what these are in words.

    Fields within a usual step of that time are left out, for they would tell what is to be told.

    Args:
        series: with dates, where `at` is given.
        at: the time; None for any.

    Returns:
        anomalies (F, P) of the fields that are kept, and expected (P,).

    Raises:
        UserError: too few fields are kept.
    """
    dates = series.times if at is not None and _times.are_dates(series.times) else None
    dated = dates is not None
    kept = np.ones(len(series.fields), dtype=bool) if dates is None or at is None else ~_times.near(dates, at)
    if kept.sum() < FEWEST:
        raise UserError(f"{series.name} has {kept.sum()} fields to learn from; a history needs {FEWEST}.")
    said = (
        [
            f"Not learned from, for they are next to the time of the map: {(~kept).sum()} of {kept.size} fields."
        ]
        if dated
        else []
    )
    learned = replace(series, fields=series.fields[kept], times=None if dates is None else dates[kept])
    months = xr.DataArray(learned.times, dims="time").dt.month.values if dated else np.array([])
    if learned.times is None or len(np.unique(months)) < 12 or len(months) < CYCLES * 12:
        mean = learned.fields.mean(0)
        return learned.fields - mean, mean, [*said, "Anomalies are from the mean of the history."]
    longer = replace(
        learned,
        fields=np.concatenate([learned.fields, learned.fields[:1]]),
        times=np.append(learned.times, np.asarray(at).astype(learned.times.dtype)),
    )
    cycle, about = _annual_cycle(longer, len(learned.fields), HARMONICS)
    return learned.fields - cycle[:-1], cycle[-1], [*said, about.replace("training fields", "history")]


def _remaining(
    series: Series, train: int, anomaly: bool, harmonics: int | None, previous: bool
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The fields (F, P) less what is known of them, which of them (F,) have all that it takes, and what that is in words."""
    fields, kept, said = series.fields, np.ones(len(series.fields), dtype=bool), []
    if anomaly:
        cycle, about = _annual_cycle(series, train, harmonics)
        fields = fields - cycle
        said.append(about)
    if previous and series.times is not None:
        kept[1:], kept[0] = ~_times.after_a_gap(series.times), False
        fields, about = _changes(fields, kept, train)
        said.append(about)
    return fields, kept, said


def _lengths(series: Series, learn: float) -> tuple[int, int]:
    """Number of training and of validation fields."""
    learned = round(learn * len(series.fields))
    validation = round(VALIDATION * learned)
    if validation < 1 or learned - validation < 2 or learned == len(series.fields):
        raise UserError(
            f"{series.name}: {len(series.fields)} fields with `learn` {learn} are too few to split into training, "
            "validation and test; give a longer series, or `time: null` for test fields only."
        )
    return learned - validation, validation


def _require_each(splits: Mapping[str, np.ndarray], name: str) -> None:
    """Check that no part of the fields is lost to gaps in time."""
    if empty := [part for part, fields in splits.items() if not len(fields)]:
        raise UserError(f"{name}: no {empty[0]} field has one a step before it; leave `previous` out.")


def _annual_cycle(series: Series, train: int, harmonics: int | None) -> tuple[np.ndarray, str]:
    """The training fields' mean cycle at every field's time of the year, (F, P), and what it is in words."""
    months, angle = _time_of_year(series)
    if absent := sorted(set(months) - set(months[:train])):
        raise UserError(
            f"{series.name}: no training field is from month {absent[0]}, so that there is no `anomaly`."
        )
    about = "Anomalies from the mean annual cycle of the training fields"
    if not np.array_equal(angle, 2 * np.pi * months / 12):
        harmonics = HARMONICS if harmonics is None else harmonics
        about += f", {harmonics} harmonics of the day of the year"
    design = _yearly(months, angle, harmonics)
    return design @ np.linalg.lstsq(design[:train], series.fields[:train])[0], f"{about}."


def _time_of_year(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """Month (F,) and angle of the year (F,): of the month, or of the day where there are several fields a month."""
    if not _times.are_dates(series.times):
        raise UserError(
            f"{series.name}: the times are no dates, so that there is no `anomaly`; set `time` to a variable of dates."
        )
    dates = xr.DataArray(series.times, dims="time").dt
    months = dates.month.values
    if not (np.diff(12 * dates.year.values + months) == 0).any():
        return months, 2 * np.pi * months / 12
    day = dates.dayofyear.values - 1 + dates.hour.values / 24
    return months, 2 * np.pi * day / dates.days_in_year.values


def _yearly(months: np.ndarray, angle: np.ndarray, harmonics: int | None) -> np.ndarray:
    """Design matrix of an annual cycle: one column a month, or a mean and two columns a harmonic of the year's angle."""
    if harmonics is None:
        return np.equal.outer(months, np.arange(1, 13)).astype(float)
    if not 1 <= harmonics <= 5:
        raise UserError(f"`harmonics` is {harmonics}; it must be between 1 and 5.")
    angles = np.outer(angle, np.arange(harmonics + 1))
    return np.hstack([np.cos(angles), np.sin(angles[:, 1:])])


def _changes(fields: np.ndarray, kept: np.ndarray, train: int) -> tuple[np.ndarray, str]:
    """Every field that is kept less its regression on the one before, (F, P), and what that is in words."""
    later = np.flatnonzero(kept)
    learned = later[later < train]
    before = fields[learned - 1]
    coefficient = float((before * fields[learned]).sum() / (before**2).sum())
    changes = fields.copy()
    changes[later] -= coefficient * fields[later - 1]
    gaps = (~kept).sum() - 1
    lost = "the first training field is lost" + (f", and {gaps} after a gap in time" if gaps else "")
    return changes, f"Given: {coefficient:.3f} times the field one step before; {lost}."


def _periods(times: np.ndarray, train: int, validation: int) -> str:
    parts = np.split(times, [train, train + validation])
    texts = (
        f"{name} {part[0]!s:.10} to {part[-1]!s:.10} ({len(part)})"
        for name, part in zip(_fields.SPLITS, parts, strict=True)
    )
    return "; ".join(texts) + "."
