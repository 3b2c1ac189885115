"""What a NetCDF file says besides the values that are coded, as bytes and back, without loss.

Names, dimensions, attributes and texts are JSON; values of variables that are kept follow it as they are in memory.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
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


def write(packed: bytes, size: int, arrays: Mapping[tuple[str, str], np.ndarray], path: str) -> None:
    """A NetCDF file of what `pack` kept, `size` bytes inflated, and the coded arrays by group and name."""
    whole = entropy.inflate(packed, size)
    end = HEAD + int.from_bytes(whole[:HEAD], "little")
    about, body = json.loads(whole[HEAD:end]), whole[end:]
    texts = iter(about["texts"])
    with netCDF4.Dataset(path, "w", format=about["model"]) as file:
        for group_path, attributes, dimensions in about["groups"]:
            group = file if group_path == "/" else file.createGroup(group_path)
            group.setncatts(_restored(attributes))
            for name, length, unlimited in dimensions:
                group.createDimension(name, None if unlimited else length)
        for group_path, name, dtype, dimensions, shape, attributes in about["variables"]:
            group = file if group_path == "/" else file[group_path]
            attributes = _restored(attributes)
            variable = _created(group, name, dtype, dimensions, attributes)
            if (group_path, name) in arrays:
                values = arrays[group_path, name]
            elif dtype == "str":
                values = np.array(next(texts), object).reshape(shape)
            else:
                count = int(np.prod(shape, dtype=int))
                values = np.frombuffer(body, dtype, count).reshape(shape)
                body = body[count * np.dtype(dtype).itemsize :]
            if values.size:
                variable[...] = values if values.ndim else values.item()
            variable.setncatts(attributes)


def _created(group: Any, name: str, dtype: str, dimensions: list[str], attributes: dict[str, Any]) -> Any:
    """An empty variable, whose values are written as they are; a fill value is taken from the attributes."""
    if dtype == "str":
        attributes.pop("_FillValue", None)
        return group.createVariable(name, str, dimensions)
    packing = (
        {"zlib": True, "complevel": 1, "shuffle": True} if dimensions and np.dtype(dtype).kind != "S" else {}
    )
    fill = attributes.pop("_FillValue", None)
    variable = group.createVariable(name, dtype, dimensions, fill_value=fill, **packing)
    variable.set_auto_maskandscale(False)
    variable.set_auto_chartostring(False)
    return variable


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
