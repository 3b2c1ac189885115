"""Tensors of a network as they are in a file: little-endian, in single or half precision."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

DTYPES = {"float32": "<f4", "float16": "<f2"}


def arrays(tensors: Iterable[Tensor]) -> list[np.ndarray]:
    """Tensors on the CPU as arrays."""
    return [tensor.detach().numpy() for tensor in tensors]


def restore(parameters: Iterable[Tensor], stored: Sequence[np.ndarray]) -> None:
    """Give a network's parameters the values that `stored` holds."""
    for parameter, values in zip(parameters, stored, strict=True):
        parameter.data = torch.from_numpy(values)


def to_bytes(tensors: Sequence[np.ndarray], precision: str) -> bytes:
    """Tensors one after another; `precision` is a key of `DTYPES`."""
    return b"".join(np.ascontiguousarray(tensor, DTYPES[precision]).tobytes() for tensor in tensors)


def from_bytes(data: bytes, shapes: Sequence[tuple[int, ...]], precision: str) -> list[np.ndarray]:
    """The tensors that `to_bytes` wrote, float32."""
    sizes = [math.prod(shape) for shape in shapes]
    parts = np.split(np.frombuffer(data, DTYPES[precision]), np.cumsum(sizes)[:-1])
    return [part.reshape(shape).astype(np.float32) for part, shape in zip(parts, shapes, strict=True)]
