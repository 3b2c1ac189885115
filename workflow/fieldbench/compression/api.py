"""Compressed arrays from Python: `encode` and `decode`, the same files as those of the command `fieldbench encode`.

    from fieldbench.compression.api import decode, encode

    data = encode(temperature, max_error=0.05)  # a DataArray or a NumPy array; bytes
    again = decode(data)                        # a DataArray

No network is trained, and torch is not loaded.
"""

import math
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from fieldbench.compression import limits, plain, samples
from fieldbench.compression.decoding import sound
from fieldbench.compression.forms import arrays, netcdf
from fieldbench.compression.forms._content import Content
from fieldbench.compression.search import ALL, Search
from fieldbench.compression.whole_files import complete, opened
from fieldbench.errors import UserError

WHAT = Path("the array")  # what messages call it
UNNAMED = "__xarray_dataarray_variable__"  # xarray's name for an array without one


def encode(
    array: xr.DataArray | np.ndarray,
    *,
    max_error: float,
    seconds: float = math.inf,
    search: Search | None = None,
) -> bytes:
    """An array as a small file, none of whose finite values is off by more than `max_error` when it is decoded.

    A DataArray keeps type, dimensions, coordinates, attributes and name; values that are NaN or infinite stay as they are.
    The smallest of several coders is taken, the same one on every call where no time is set.

    Args:
        array: 1 to 4 dimensions of real or whole numbers, at least two of them.
        max_error: largest absolute error, in the array's unit; 0 for none.
        seconds: after which no further coder is tried.
        search: which coders are tried, in place of all, and in `seconds`; it holds what each took afterwards.

    Raises:
        UserError: another array, or a negative error.
    """
    if search is None:
        search = Search(ALL, seconds)
    content = _content(array) if isinstance(array, xr.DataArray) else arrays.content(np.asarray(array), WHAT)
    return complete(content, plain.encode(content.field), max_error, search)[0]


def decode(data: bytes, limit: int | None = None) -> xr.DataArray:
    """The array in a file of one array or variable; of a NumPy array its values, without coordinates.

    Args:
        limit: values that the file may hold; None for as many as its size makes plausible.

    Raises:
        UserError: it is damaged, says that it holds more than the limit, or holds a picture or several variables.
    """
    content = opened(data, "the file", limit or limits.decoding(len(data)))
    with sound("the file"):
        if content.form.get("form") == "array":
            return xr.DataArray(arrays.restored(content))
        if content.form.get("form") != "netcdf" or len(content.form["variables"]) != 1:
            raise UserError("The file holds no single array; write what it holds by `fieldbench decode`.")
        return _read(content)


def _content(array: xr.DataArray) -> Content:
    """The content of a DataArray, by way of the NetCDF file that it would be."""
    if array.dtype.str[1:] not in samples.TYPES or array.dtype == np.float16:
        raise UserError(f"The array holds {array.dtype}; give real or whole numbers, no half precision.")
    if array.size < 2:
        raise UserError(f"The array holds {'a single value' if array.size else 'nothing'}; give two or more.")
    array = array.drop_encoding()  # packing of the file that it came from would round it
    name = UNNAMED if array.name is None else str(array.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.nc"
        try:
            array.to_netcdf(path)
        except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
            raise UserError(
                f"The array has coordinates or attributes that NetCDF cannot hold: {error}"
            ) from error
        return netcdf.read(path, [name], limits.READING)


def _read(content: Content) -> xr.DataArray:
    group, name = content.form["variables"][0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "array.nc"
        netcdf.write(content, path)
        with xr.open_dataset(path, group=group, engine="netcdf4") as opened_file:
            array = opened_file[name].load()
    if group == "/" and name == UNNAMED:
        array.name = None
    return array.drop_encoding()
