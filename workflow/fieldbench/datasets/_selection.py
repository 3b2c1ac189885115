"""One place along the dimensions of a variable that are neither time nor space: a level, a member."""

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.errors import UserError

EQUAL = 1e-5  # relative difference that storing a level in single precision, or printing it, may make
SHOWN = 12  # levels in a message


def selected(
    field: xr.DataArray,
    name: str,
    select: Mapping[str, float | str],
    *,
    nearest: bool,
    axes: Collection[str],
    numbered: bool,
) -> tuple[xr.DataArray, list[str]]:
    """`field` at the values in `select`, and in words where these are not quite those; nothing is read.

    Args:
        field: the variable, with its coordinates.
        name: of it, for messages.
        select: dimension -> its value there; a number from 0 where the dimension has no coordinate.
        nearest: take the nearest value along dimensions of numbers.
        axes: dimensions of time and space, which stay.
        numbered: whether further dimensions may stay, too; else those of length 1 go by themselves.

    Raises:
        UserError: no such dimension or value, an axis, or dimensions left over, with the values to choose from.
    """
    notes = []
    for dim, value in select.items():
        if dim in axes or dim not in field.dims:
            known = ", ".join(str(other) for other in field.dims if other not in axes) or "no other"
            raise UserError(
                f"{name} has no dimension '{dim}' to select from; it has {known}: correct `select`."
            )
        number = _index(field, name, str(dim), value, nearest)
        if (taken := _listed(_values(field, dim)[[number]])) != _listed(np.array([value])):
            notes.append(f"{dim} is {taken}, the nearest to {value}.")
        field = field.isel({dim: number})
    if numbered:
        return field, notes
    others = [dim for dim in field.dims if dim not in axes]
    long = [dim for dim in others if field.sizes[dim] > 1]
    if long:
        choices = "; ".join(f"{dim} is {_listed(_values(field, dim))}" for dim in long)
        example = ", ".join(f"{dim}: {_listed(_values(field, dim)[:1])}" for dim in long)
        raise UserError(
            f"{name} has several fields at each time: {choices}; choose one with `select: {{{example}}}`."
        )
    return field.isel(dict.fromkeys(others, 0)), notes


def _index(field: xr.DataArray, name: str, dim: str, value: float | str, nearest: bool) -> int:
    values = _values(field, dim)
    numbers = values.dtype.kind in "iuf" and not isinstance(value, str)
    if numbers:
        distance = np.abs(values.astype(float) - float(value))
        if nearest or distance.min() <= EQUAL * abs(float(value)):
            return int(np.nanargmin(distance))
    elif (found := np.flatnonzero(values.astype(str) == str(value))).size:
        return int(found[0])
    remedy = "correct `select`" + (", or set `nearest: true`" if numbers else "")
    raise UserError(f"{name} has no {dim} {value}: it is {_listed(values)}; {remedy}.")


def _values(field: xr.DataArray, dim: Hashable) -> np.ndarray:
    """The values of a dimension's coordinate, text where they are bytes; 0, 1, ... where it has none."""
    values: Any = field.coords[dim].values if dim in field.coords else np.arange(field.sizes[dim])
    return np.char.decode(values) if values.dtype.kind == "S" else values


def _listed(values: np.ndarray) -> str:
    shown = ", ".join(f"{value:g}" if values.dtype.kind in "iuf" else str(value) for value in values[:SHOWN])
    return shown + (f", ... ({values.size} in all)" if values.size > SHOWN else "")
