"""Variables of other people's NetCDF files, with what the file says is missing as NaN."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from fieldbench.errors import UserError

FILLS = ("_FillValue", "missing_value")
OTHER_FORMATS = {b"GRIB": "GRIB; convert it, for example with `cdo -f nc copy`"}


@contextmanager
def opened(file: Path, variable: str) -> Iterator[tuple[xr.Dataset, str]]:
    """The variables beside `variable`, which may lie in a group ("ocean/sst"), and its name there; read when asked for.

    Fill and missing values are NaN, whatever type the attribute has; times are numbers as in the file (`_times`).

    Raises:
        UserError: the file is damaged or in another format, or has no such variable.
    """
    group, _, short = f"/{variable.strip('/')}".rpartition("/")
    try:
        with warnings.catch_warnings(), _open(file) as tree:
            warnings.simplefilter("ignore", xr.SerializationWarning)  # of several fill values
            content = tree[group or "/"].to_dataset() if (group or "/") in tree.groups else xr.Dataset()
            if short not in content.variables:
                raise UserError(
                    f"{file.name} has no variable '{variable}'; its variables are {_variables(tree)}."
                )
            for name, entry in content.variables.items():
                _repair(entry, implied=name == short)
            yield xr.decode_cf(content, decode_times=False, decode_timedelta=False), short
    except (OSError, RuntimeError) as error:
        raise UserError(_unreadable(file, error)) from error


def described(file: Path) -> xr.Dataset:
    """The variables at the root of a file, to tell from their names, dimensions and attributes what they are.

    Raises:
        UserError: the file is damaged or in another format.
    """
    try:
        with _open(file) as tree:
            return tree["/"].to_dataset()
    except (OSError, RuntimeError) as error:
        raise UserError(_unreadable(file, error)) from error


def read(file: Path, variable: str) -> xr.DataArray:
    """A variable in memory, what is missing or outside its valid range as NaN.

    Raises:
        UserError: see `opened`.
    """
    with opened(file, variable) as (content, name):
        return within_valid_range(content[name].load())


def within_valid_range(values: xr.DataArray) -> xr.DataArray:
    """Decoded values, NaN outside `valid_range`, `valid_min` and `valid_max`, which integers state as they are packed.

    Source: CF conventions 1.11, sections 2.5.1 and 8.1.
    """
    stated = values.attrs.get("valid_range", (values.attrs.get("valid_min"), values.attrs.get("valid_max")))
    limits = [_unpacked(limit, values.encoding) for limit in stated if limit is not None]
    lowest, highest = (None if limit is None else limits.pop(0) for limit in stated)
    if float(values.encoding.get("scale_factor", 1)) < 0:
        lowest, highest = highest, lowest
    if lowest is not None:
        values = values.where(values >= np.asarray(lowest[0], values.dtype))
    if highest is not None:
        values = values.where(values <= np.asarray(highest[1], values.dtype))
    return values


def _unpacked(limit: Any, encoding: dict[str, Any]) -> tuple[float, float]:
    """A limit in the unit of the decoded values, from below and from above.

    Of packed values the two are half a step apart: far from the next value, and farther than rounding reaches.
    """
    if np.asarray(limit).dtype.kind not in "iu" or not {"scale_factor", "add_offset"} & set(encoding):
        return float(limit), float(limit)
    if str(encoding.get("_Unsigned")) == "true" and limit < 0:
        limit = int(limit) + 2 ** (8 * np.dtype(encoding["dtype"]).itemsize)
    scale = float(encoding.get("scale_factor", 1))
    value = float(limit) * scale + float(encoding.get("add_offset", 0))
    return value - abs(scale) / 2, value + abs(scale) / 2


def _repair(variable: xr.Variable, *, implied: bool) -> None:
    """Give the attributes of missing values the variable's type, and add the one that is implied where none is written.

    Args:
        variable: not decoded; numbers of another type or text would match no value.
        implied: whether a variable without `_FillValue` has the library's, with which netCDF fills what was never written.
    """
    kind = variable.dtype
    if kind.kind not in "iuf":
        return
    for name in FILLS:
        if name in variable.attrs:
            values = [_of_type(value, kind) for value in np.atleast_1d(variable.attrs.pop(name))]
            if known := [value for value in values if value is not None]:
                variable.attrs[name] = np.array(known, kind) if len(known) > 1 else known[0]
    if implied and kind.itemsize > 1 and "_FillValue" not in variable.attrs:
        variable.attrs["_FillValue"] = kind.type(netCDF4.default_fillvals[kind.newbyteorder("=").str[1:]])


def _of_type(value: Any, kind: np.dtype) -> np.generic | None:
    """`value` as that type; None where the type cannot hold it."""
    try:
        number = float(value)
        whole = kind.kind == "f" or (number.is_integer() and _fits(number, kind))
        return kind.type(number if kind.kind == "f" else int(value)) if whole else None
    except ValueError:
        return None


def _fits(number: float, kind: np.dtype) -> bool:
    return np.iinfo(kind).min <= number <= np.iinfo(kind).max


def _open(file: Path) -> xr.DataTree:
    try:
        return xr.open_datatree(file, engine="netcdf4", decode_cf=False)
    except ValueError as error:  # such as groups that do not fit the dimensions above them
        raise UserError(_unreadable(file, error)) from error


def _variables(tree: xr.DataTree) -> str:
    names = [
        f"{node.path}/{name}".lstrip("/")
        for node in tree.subtree
        for name in node.to_dataset(inherit=False).variables
    ]
    return ", ".join(names) or "none"


def _unreadable(file: Path, error: Exception) -> str:
    with file.open("rb") as stream:
        start = stream.read(4)
    if start in OTHER_FORMATS:
        return f"{file} is {OTHER_FORMATS[start]}."
    return f"{file} is truncated or not NetCDF ({error}); copy or download it again."
