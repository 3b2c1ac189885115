"""Observations at places of their own, in CSV or NetCDF: where, when, what, and how well it is known."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.datasets import _gaps, _netcdf, _places, _recognised, _times
from fieldbench.errors import UserError

NETCDF = (".nc", ".nc4", ".cdf")
ERRORS = re.compile(r"(^|_)(error|err|uncertainty|sigma|sd|std|stddev|stdev|standard_error)$")
HEADING = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*$")  # such as "sst [degC]"
SEPARATORS = (",", ";", "\t")
SAME_PLACE = 1e-6  # of the extent, within which two observations lie at one place
FEWEST = 10  # observations that a map can be made of


@dataclass(frozen=True)
class Columns:
    """What a person says of a file of observations; what is None the file must say itself.

    Attributes:
        value, error, y, x, when: names of columns or variables.
        unit: of the values, where the file has none.
        plane: whether y and x lie on a plane, in one unit, and not on the sphere.
        time: an ISO date, or two with a slash between them; other observations are left out.
        missing: values that stand for missing without the file saying so; left out, such values are refused.
    """

    value: str | None = None
    error: str | None = None
    y: str | None = None
    x: str | None = None
    when: str | None = None
    unit: str | None = None
    plane: bool = False
    time: str | None = None
    missing: Sequence[float] | None = None


@dataclass(frozen=True)
class Scattered:
    """Observations of one quantity, each at another place.

    Attributes:
        name: of the quantity, as the file calls it.
        y, x: (O,) degrees north and east, or coordinates on a plane.
        values: (O,).
        error: (O,) standard deviation of the noise of each; None where the file does not say it.
        times: (O,) datetime64, or None.
        sphere: whether y and x are latitude and longitude.
        unit: of values and errors.
        about: `long_name` and `standard_name` of the quantity, where the file has them.
        notes: what was left out or put together.
        length_unit: of y and x on a plane, where the file says it.
    """

    name: str
    y: np.ndarray
    x: np.ndarray
    values: np.ndarray
    error: np.ndarray | None
    times: np.ndarray | None
    sphere: bool
    unit: str
    about: dict[str, str]
    notes: tuple[str, ...] = ()
    length_unit: str = ""

    def take(self, chosen: np.ndarray, *notes: str) -> "Scattered":
        """Some of them, and what is said of that."""
        arrays = {name: getattr(self, name) for name in ("y", "x", "values", "error", "times")}
        kept: dict[str, Any] = {
            name: None if array is None else array[chosen] for name, array in arrays.items()
        }
        return replace(self, **kept, notes=(*self.notes, *notes))


def read(file: Path, columns: Columns) -> Scattered:
    """The observations in a file.

    Raises:
        UserError: the file is missing or damaged; it does not say clearly which column is what, and the message names the
            option to say it by; coordinates, values, errors or times that cannot be; or too few observations.
    """
    if not file.is_file():
        raise UserError(f"There is no file {file}; correct its name.")
    content = _of_netcdf(file, columns) if file.suffix.lower() in NETCDF else _of_csv(file)
    name = file.name
    where = _recognised.places(content, name, {"y": columns.y, "x": columns.x}, plane=columns.plane)
    value = columns.value or _value(content, name, where, columns)
    _recognised.require(content, name, value, "value")
    error, when = columns.error or _error(content, value), columns.when or _recognised.time(content)
    for option, called in {"error": error, "when": when}.items():
        if called:
            _recognised.require(content, name, called, option)
    about = content[value].attrs
    unit = columns.unit or about.get("units", "")
    if not unit:
        raise UserError(f"{name} does not say the unit of '{value}'; give it by --unit, such as --unit degC.")
    flat = [called for called in (where.y, where.x, value, error, when) if called]
    known = xr.broadcast(*(content[called] for called in flat))
    column = {called: part.values.ravel() for called, part in zip(flat, known, strict=True)}
    found = Scattered(
        value,
        _coordinate(content, column, name, where, "y"),
        _coordinate(content, column, name, where, "x"),
        _numbers(column[value], name, value),
        _numbers(column[error], name, error) if error else None,
        _dates(content[when], column[when], name) if when else None,
        where.sphere,
        str(unit),
        {key: str(about[key]) for key in ("long_name", "standard_name") if key in about},
        length_unit="" if where.sphere else str(content[where.y].attrs.get("units", "")),
    )  # fmt: skip
    return _checked(found, columns, name)


def _checked(found: Scattered, columns: Columns, name: str) -> Scattered:
    """Those of the wished time, known, with sensible errors, each at a place of its own."""
    if columns.time:
        found = _at(found, columns.time, name)
    found = replace(found, values=_gaps.without(found.values, columns.missing or []))
    if columns.missing is None and (suspect := _gaps.suspect(found.values)):
        raise UserError(
            f"'{found.name}' of {name}: {suspect[1]}; give --missing {suspect[0]:.7g} if that stands for missing, or "
            "--missing none if it is a value like any other."
        )
    absent = ~np.isfinite(found.values)
    for part in (found.error, found.y, found.x):
        absent |= False if part is None else ~np.isfinite(part)
    if absent.any():
        left = f"Left out: {absent.sum():,} of {absent.size:,} observations without a value, error or place."
        found = found.take(~absent, left)
    if found.error is not None and (found.error < 0).any():
        raise UserError(
            f"{name}: {(found.error < 0).sum():,} errors are negative; correct them, or name another column by --error."
        )
    if found.values.size < FEWEST:
        raise UserError(
            f"{name} has {found.values.size} observations of '{found.name}' that can be used; a map needs {FEWEST}."
        )
    return _once(found, name)


def _at(found: Scattered, time: str, name: str) -> Scattered:
    if found.times is None:
        raise UserError(
            f"{name} does not say when its values were observed; leave --time out, or give --when COLUMN."
        )
    try:
        first, _, last = time.partition("/")
        start, end = (
            np.datetime64(first),
            np.datetime64(last or first) + 1,
        )  # one more of the unit it is written in
    except ValueError:
        raise UserError(
            f"--time {time} is no date; write it as 2017-07-29, or 2017-07-01/2017-07-31."
        ) from None
    inside = (found.times >= start) & (found.times < end)
    if not inside.any():
        raise UserError(
            f"{name} has no observation at {time}; they are from {found.times.min()!s:.10} to {found.times.max()!s:.10}."
        )
    return found.take(inside)


def _once(found: Scattered, name: str) -> Scattered:
    """One observation a place: the mean of those that lie at the same one."""
    scale = 360.0 if found.sphere else max(np.ptp(found.y), np.ptp(found.x)) or 1.0
    east = found.x % 360 if found.sphere else found.x
    key = np.rint(np.stack([found.y, east], axis=1) / (SAME_PLACE * scale)).astype(np.int64)
    _, first, group, count = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    group = group.ravel()
    if (count == 1).all():
        return found
    if found.times is not None and _differ(found.times, group, first):
        raise UserError(
            f"{name} has several observations at {(count > 1).sum():,} of {count.size:,} places, from different times; "
            f"choose one by --time, such as --time {found.times.max()!s:.10}."
        )
    weight = (
        np.ones(len(group))
        if found.error is None
        else 1 / np.maximum(found.error, 1e-9 * np.ptp(found.values)) ** 2
    )
    total = np.bincount(group, weight)
    mean = np.bincount(group, weight * found.values) / total
    note = f"{len(group) - count.size:,} observations were averaged with others at the same place."
    merged = replace(found.take(first, note), values=mean)
    return merged if found.error is None else replace(merged, error=1 / np.sqrt(total))


def _differ(times: np.ndarray, group: np.ndarray, first: np.ndarray) -> bool:
    return bool((times != times[first][group]).any())


def _of_csv(file: Path) -> xr.Dataset:
    try:
        text = file.read_text(encoding="utf-8-sig")
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error", pd.errors.ParserWarning
            )  # of rows that are longer than the headings
            look = {"sep": _separator(text), "comment": "#", "skipinitialspace": True, "index_col": False}
            table = pd.read_csv(StringIO(text), **look)
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise UserError(
            f"{file} cannot be read as a table of comma-separated values ({error}); correct it."
        ) from error
    if table.empty:
        raise UserError(f"{file} holds no observation.")
    variables = {}
    for column in table.columns:
        found = HEADING.match(str(column))
        called, attributes = (found["name"], {"units": found["unit"]}) if found else (str(column).strip(), {})
        values = table[column].to_numpy()
        variables[called] = (
            "row",
            values.astype(object) if values.dtype.kind not in "iuf" else values,
            attributes,
        )
    return xr.Dataset(variables)


def _separator(text: str) -> str:
    """What stands between columns: the most frequent of those that are usual in the line of headings, or else blanks."""
    heading = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    most = max(SEPARATORS, key=heading.count)
    return most if most in heading else r"\s+"


def _of_netcdf(file: Path, columns: Columns) -> xr.Dataset:
    """The variables of a file in memory, what is missing as NaN."""
    content = _netcdf.described(file)
    if columns.value:
        _recognised.require(content, file.name, columns.value, "value")
    values = [columns.value] if columns.value else [name for name in content.data_vars if content[name].ndim]
    if not values:
        raise UserError(f"{file.name} holds no observations. It has {_recognised.listed(content)}.")
    with _netcdf.opened(file, str(values[0])) as (decoded, _):
        content = decoded.load().reset_coords()
    return content.assign({name: _netcdf.within_valid_range(content[name]) for name in values})


def _value(content: xr.Dataset, name: str, where: _recognised.Places, columns: Columns) -> str:
    taken = {where.y, where.x, columns.error, columns.when, _recognised.time(content)}
    numbers = [
        str(called)
        for called, entry in content.variables.items()
        if entry.dtype.kind in "iuf" and entry.ndim and called not in taken and not ERRORS.search(str(called).lower())
        and not _is_other_place(str(called), entry)
    ]  # fmt: skip
    named = [called for called in numbers if called.lower() == "value"]
    if len(numbers) == 1 or named:
        return (named or numbers)[0]
    raise UserError(
        f"{name} does not say clearly which column is the value; name it by --value. It has {_recognised.listed(content)}."
    )


def _is_other_place(called: str, entry: xr.Variable) -> bool:
    """Whether a variable is a coordinate that is not used, such as latitude beside x and y, or the number of a row."""
    return bool(_places.axis_of(called, entry)) or entry.dims == (called,)


def _error(content: xr.Dataset, value: str) -> str | None:
    """The one column that is named as an error, or that the value's attribute `ancillary_variables` says to be one."""
    found = [str(name) for name in content.variables if ERRORS.search(str(name).lower()) and name != value]
    own = [name for name in found if name.lower().startswith(value.lower())]
    return own[0] if len(own) == 1 else found[0] if len(found) == 1 else None


def _coordinate(
    content: xr.Dataset, column: dict[str, np.ndarray], name: str, where: _recognised.Places, axis: str
) -> np.ndarray:
    called = getattr(where, axis)
    variable = xr.Variable("row", _numbers(column[called], name, called), content[called].attrs)
    if not where.sphere:
        return variable.values
    word = _recognised.SPHERE[axis]
    said = _places.axis_of(called, content[called].variable)
    if said and said != word:
        raise UserError(f"{name}: '{called}' is a {said}, not a {word}; swap --y and --x.")
    return _places.degrees(variable.copy(data=variable.values.astype(float)), name, called, word).values


def _numbers(values: np.ndarray, name: str, called: str) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(values.ravel()), errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(np.isnan(numbers) & ~pd.isna(values.ravel()))
    if wrong.size:
        raise UserError(
            f"{name}: '{called}' holds '{values.ravel()[wrong[0]]}' in row {wrong[0] + 1}, which is no number; correct it "
            "(decimals have a point), or name another column."
        )
    return numbers


def _dates(variable: xr.DataArray, values: np.ndarray, name: str) -> np.ndarray:
    times = _times.decoded(xr.Variable("row", values, variable.attrs), name)
    if times.dtype.kind != "M":
        raise UserError(
            f"{name}: '{variable.name}' holds no dates of the usual calendar; write them as 2010-01-31, or leave them out."
        )
    return times
