"""NumPy arrays in .npy files."""

import math
from pathlib import Path

import numpy as np

from fieldbench import files
from fieldbench.compression import samples
from fieldbench.compression.forms._content import Content, check_size, of_arrays
from fieldbench.compression.samples import Samples
from fieldbench.errors import UserError

HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read(path: Path, limit: int) -> Content:
    """An array of 1 to 4 dimensions of real or whole numbers.

    Raises:
        UserError: another array, or a larger one than the limit.
    """
    with path.open("rb") as file:
        shape, _, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    _check(path, shape, dtype)
    check_size(path, math.prod(shape), limit)
    return content(np.load(path, mmap_mode="r"), path)  # mapped: a file cut short is not made longer


def content(array: np.ndarray, path: Path) -> Content:
    """The content of an array; messages call it by its path. See `read`."""
    _check(path, array.shape, array.dtype)
    values = np.array(array, array.dtype.str[1:], order="C")
    form = {"form": "array", "dtype": array.dtype.str}
    return of_arrays([Samples(values, samples.finite(values))], path, form)


def restored(content: Content) -> np.ndarray:
    """The array of a content that `content` made, decoded: of its type and shape."""
    return content.arrays()[0].astype(samples.as_type(content.form["dtype"]))


def _check(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if (
        not 1 <= len(shape) <= samples.MOST_DIMENSIONS
        or dtype.str[1:] not in samples.TYPES
        or not math.prod(shape)
    ):
        raise UserError(f"{path} holds {dtype} of shape {shape}; give 1 to 4 dimensions of real numbers.")


def write(content: Content, path: Path) -> tuple[str, ...]:
    """An array of the type and shape that the file had; of other files the values, NaN where unknown.

    Of a NetCDF file these are measurements, unpacked; several variables lie along a first axis.
    """
    form = content.form.get("form")
    if form == "array":
        values = restored(content)
    elif form == "planes":
        values = np.stack(content.arrays(), axis=-1)
    elif form == "netcdf":
        parts = zip(content.arrays(), content.known(), content.form["packing"], strict=True)
        values = np.stack([_measured(*part) for part in parts])
        values = values[0] if len(values) == 1 else values
    else:
        values = np.where(content.field.known, content.field.values, np.float32(np.nan))
    with files.replacing(path) as temporary:
        np.save(temporary, values, allow_pickle=False)
    return ()


def _measured(stored: np.ndarray, known: np.ndarray, packing: tuple[float, float]) -> np.ndarray:
    scale, offset = packing
    return np.where(known, stored.astype(np.float64) * scale + offset, np.nan)
