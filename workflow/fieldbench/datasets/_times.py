"""Times as files write them: made dates, put in order, and how far apart they are."""

import re
from typing import TypeGuard

import cftime
import numpy as np
import xarray as xr

from fieldbench.errors import UserError

WRITTEN = re.compile(r"[12]\d{3}\d{2}(\d{2})?")  # 201001 or 20100131
MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12, "common_year": 12, "common_years": 12}
DAY = 86400.0  # seconds
GAP = 1.5  # usual steps that a longer one exceeds; months and years differ by less


def decoded(times: xr.Variable, name: str) -> np.ndarray:
    """The times (F,) of a variable that is not decoded: dates where it says so, else its numbers.

    Dates are text, numbers such as 20100131, or "<unit> since <date>" in any of the calendars of the CF conventions.
    Months and years are counted in the calendar, because a mean month after 31 January is in March.

    Returns:
        datetime64, `cftime` objects where the calendar has no such dates, or numbers.

    Raises:
        UserError: a time is missing, or is no date.
    """
    values = times.values
    if values.dtype.kind in "OSU":
        text = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
        dates = _from_text(text)
        if dates is None:
            raise UserError(
                f"{name} has times such as '{text[0]}', which are no dates; write them as 2010-01-31."
            )
        return _complete(dates, name)
    _complete(values, name)
    unit = str(times.attrs.get("units", ""))
    try:
        if " since " in unit:
            return _complete(_since(times, unit), name)
    except (ValueError, OverflowError) as error:
        raise UserError(
            f"{name} has times in '{unit}', which cannot be read ({error}); correct them."
        ) from error
    dates = _from_numbers(values)
    return values if dates is None else dates


def in_order(times: np.ndarray, name: str) -> np.ndarray:
    """The order (F,) in which `times` increase.

    Raises:
        UserError: a time occurs twice.
    """
    order = np.argsort(times, kind="stable")
    if (twice := np.flatnonzero(times[order][1:] == times[order][:-1])).size:
        raise UserError(
            f"{name} has {twice.size} of {times.size} times twice, the first {times[order][twice[0]]!s:.19}; "
            "take one of each out of the file."
        )
    return order


def after_a_gap(times: np.ndarray) -> np.ndarray:
    """Whether the step to each of the times (F,) but the first is longer than usual, (F - 1,)."""
    steps = np.diff(times)
    if steps.dtype.kind in "mO":
        steps = steps.astype("timedelta64[s]")
    steps = steps.astype(float)
    return steps > GAP * np.median(steps)


def elapsed(times: np.ndarray) -> np.ndarray:
    """Dates as days since 1970 in their calendar, (F,); numbers as they are."""
    if times.dtype.kind == "O":
        return np.asarray(cftime.date2num(times, "days since 1970-01-01", times[0].calendar), dtype=float)
    if times.dtype.kind == "M":
        return (times - np.datetime64("1970-01-01")).astype("timedelta64[s]").astype(float) / DAY
    return times.astype(float)


def near(times: np.ndarray, at: np.datetime64) -> np.ndarray:
    """Whether each of the dates (F,), which increase, is less than a usual step from another date."""
    if times.dtype.kind == "O":
        at = cftime.datetime.strptime(str(at)[:19], "%Y-%m-%dT%H:%M:%S", calendar=times[0].calendar)
        times = times - at
        return np.abs(times.astype("timedelta64[s]")) < np.median(np.diff(times).astype("timedelta64[s]"))
    return np.abs(times - at) < np.median(np.diff(times))


def are_dates(times: np.ndarray | None) -> TypeGuard[np.ndarray]:
    """Whether `times` are there and have a month and a year."""
    return times is not None and times.dtype.kind in "MO"


def _complete(values: np.ndarray, name: str) -> np.ndarray:
    if (absent := np.flatnonzero(values != values)).size:  # neither NaN nor NaT equals itself
        raise UserError(
            f"{name}: {absent.size} of {values.size} times are missing, the first is number {absent[0]}; "
            "correct them in the file, or take those fields out."
        )
    return values


def _since(times: xr.Variable, unit: str) -> np.ndarray:
    counted, start = unit.split(" since ", 1)
    calendar = times.attrs.get("calendar", "standard")
    months = MONTHS.get(counted.strip().lower())
    if months is None or calendar == "360_day":
        coder = xr.coders.CFDatetimeCoder(time_unit="us")
        return xr.decode_cf(xr.Dataset({"times": times}), decode_times=coder)["times"].values
    first = cftime.num2date(0, f"days since {start}", calendar)
    passed = np.floor(times.values * months).astype(int) + 12 * (first.year - 1970) + first.month - 1
    days = passed.astype("datetime64[M]").astype("datetime64[D]") + (min(first.day, 28) - 1)
    return days.astype("datetime64[us]")


def _from_numbers(values: np.ndarray) -> np.ndarray | None:
    """Numbers such as 201001 or 20100131.5 as dates; None where one is none."""
    whole = np.floor(values)
    text = [f"{value:.0f}" for value in whole]
    if not all(map(WRITTEN.fullmatch, text)) or (dates := _from_text(text)) is None:
        return None
    return dates + ((values - whole) * 86400e6).astype("timedelta64[us]")


def _from_text(text: list[str]) -> np.ndarray | None:
    parts = [part.strip().replace("_", "T").removesuffix("Z") for part in text]
    parts = [
        "-".join(filter(None, (part[:4], part[4:6], part[6:]))) if WRITTEN.fullmatch(part) else part
        for part in parts
    ]
    try:
        return np.array(parts, dtype="datetime64[us]")
    except ValueError:
        return None
