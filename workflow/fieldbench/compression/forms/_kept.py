"""What a NetCDF file says besides the values that are coded, as bytes and back, without loss.

Names, dimensions, attributes and texts are JSON; values of variables that are kept follow it as they are in memory.
"""

import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import netCDF4
import numpy as np

from fieldbench.compression import entropy

HEAD = 8  # bytes of the JSON's length


def pack(groups: Sequence[Any], variables: Sequence[Any], coded: Sequence[Any]) -> tuple[bytes, int]:
    """Groups from the root to the one that is coded, and in them `variables`; how long it is, deflated and not.

    Args:
        groups: netCDF4's, of which attributes and dimensions are kept.
        variables: netCDF4's; their values are kept unless they are `coded`.
    """
    about = {
        "model": groups[0].data_model,
        "groups": [
            [group.path, _attributes(group), [_dimension(one) for one in group.dimensions.values()]]
            for group in groups
        ],
        "variables": [_variable(variable) for variable in variables],
    }
    values = [variable[...] for variable in variables if variable not in coded]
    about["texts"] = [list(map(str, part.reshape(-1))) for part in values if part.dtype == object]
    head = json.dumps(about, separators=(",", ":")).encode()
    body = [np.ascontiguousarray(part).tobytes() for part in values if part.dtype != object]
    whole = len(head).to_bytes(HEAD, "little") + head + b"".join(body)
    return zlib.compress(whole, 9), len(whole)


def write(packed: bytes, size: int, coded: Mapping[tuple[str, str], np.ndarray], path: str) -> None:
    """A NetCDF file of what `pack` kept, `size` bytes inflated, and the coded arrays by group and name."""
    whole = entropy.inflate(packed, size)
    end = HEAD + int.from_bytes(whole[:HEAD], "little")
    about = json.loads(whole[HEAD:end])
    with netCDF4.Dataset(path, "w", format=about["model"]) as file:
        file.set_fill_off()  # every value is written
        for group_path, attributes, dimensions in about["groups"]:
            group = file if group_path == "/" else file.createGroup(group_path)
            group.setncatts(_restored(attributes))
            for name, length, unlimited in dimensions:
                group.createDimension(name, None if unlimited else length)
        for (group_path, name, dtype, dimensions, _, attributes), values in _valued(
            about, whole[end:], coded
        ):
            group = file if group_path == "/" else file[group_path]
            _write_variable(group, name, dtype, dimensions, values, _restored(attributes))


def _valued(
    about: Mapping[str, Any], body: bytes, coded: Mapping[tuple[str, str], np.ndarray]
) -> Iterator[tuple[list[Any], np.ndarray]]:
    """The entry of each variable with its values."""
    texts = iter(about["texts"])
    for entry in about["variables"]:
        group_path, name, dtype, _, shape, _ = entry
        if (group_path, name) in coded:
            yield entry, coded[group_path, name].view(dtype)
        elif dtype == "str":
            yield entry, np.array(next(texts), object).reshape(shape)
        else:
            count = math.prod(shape)
            yield entry, np.frombuffer(body, dtype, count).reshape(shape)
            body = body[count * np.dtype(dtype).itemsize :]


def _write_variable(
    group: Any, name: str, dtype: str, dimensions: list[str], values: np.ndarray, attributes: dict[str, Any]
) -> None:
    """A variable with its values as they are; a fill value is taken from the attributes.

    Raises:
        ValueError: its dimensions are not of its values' lengths.
    """
    axes = [_found(group, dimension) for dimension in dimensions]
    if [len(axis) for axis in axes if not axis.isunlimited()] != [
        length for axis, length in zip(axes, values.shape, strict=True) if not axis.isunlimited()
    ]:
        raise ValueError(f"{name} does not have the lengths of its dimensions")
    fill = attributes.pop("_FillValue", None)
    text = dtype == "str"
    packing = {} if text or not dimensions or np.dtype(dtype).kind == "S" else {"zlib": True, "complevel": 1}
    variable = group.createVariable(
        name, str if text else dtype, dimensions, fill_value=None if text else fill, **packing
    )
    variable.set_auto_maskandscale(False)
    variable.set_auto_chartostring(False)
    if values.size:
        variable[...] = values if values.ndim else values.item()
    variable.setncatts(attributes)


def _found(group: Any, dimension: str) -> Any:
    """A dimension of the group or of one around it."""
    return group.dimensions[dimension] if dimension in group.dimensions else _found(group.parent, dimension)


def _dimension(dimension: Any) -> list[Any]:
    return [dimension.name, len(dimension), dimension.isunlimited()]


def _variable(variable: Any) -> list[Any]:
    dtype = "str" if variable.dtype is str else np.dtype(variable.dtype).newbyteorder("=").str
    shape = [int(length) for length in variable.shape]
    group = variable.group().path
    return [group, variable.name, dtype, list(variable.dimensions), shape, _attributes(variable)]


def _attributes(owner: Any) -> dict[str, Any]:
    return {name: _plain(owner.getncattr(name)) for name in owner.ncattrs()}


def _plain(value: Any) -> Any:
    """Text or texts as they are, numbers with their type."""
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.dtype.kind in "UO":
        return list(map(str, array.reshape(-1)))
    return {array.dtype.str: array.tolist()}


def _restored(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(value) if isinstance(value, dict) else value for name, value in attributes.items()}


def _number(value: Mapping[str, Any]) -> Any:
    ((dtype, content),) = value.items()
    return np.array(content, dtype)[()]
