"""Compressors for arrays of floats that keep every error below a bound: what they share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldbench.compression import container
from fieldbench.compression.field import Field
from fieldbench.compression.header import describe, field_from, mask_section
from fieldbench.compression.standard._base import Standard
from fieldbench.errors import UserError

SWEEPS = 16  # more make files of the sea's temperature no smaller


@dataclass(frozen=True)
class BoundedCodec(Standard):
    """A compressor of float arrays of two or three axes; its setting is the largest error as a share of the peak.

    Channels are coded one by one. Unknown samples are filled smoothly; the file says which they are. Every file is decoded
    at once, to see whether the bound was kept.

    Attributes:
        name: for messages and the file.
        write: the stream of an array (*space) float32 within an absolute error.
        read: the array in a stream, from its shape.
    """

    name: str
    write: Callable[[np.ndarray, float], bytes]
    read: Callable[[bytes, tuple[int, ...]], np.ndarray]

    def encode(self, field: Field, setting: float) -> bytes:
        if field.levels:
            raise UserError(f"{self.name} codes continuous fields, not data of {field.levels} levels.")
        if not setting > 0:
            raise UserError(f"The error bound of {self.name} is {setting}; it must be positive.")
        bound = setting * field.peak
        streams = {
            f"channel {number}": self.write(filled(values, field.known), bound)
            for number, values in enumerate(field.values)
        }
        data = container.pack(describe(field, self.name), {**mask_section(field), **streams})
        self._check(field, self.decode(data, field), bound)
        return data

    def decode(self, data: bytes, field: Field) -> Field:
        header, sections = container.unpack(data)
        streams = [content for name, content in sections.items() if name.startswith("channel")]
        values = np.stack([self.read(stream, tuple(header["shape"])) for stream in streams])
        return field_from(header, sections, values)

    def _check(self, field: Field, decoded: Field, bound: float) -> None:
        error = np.abs(decoded.values.astype(float) - field.values)[:, field.known].max()
        rounding = np.finfo(np.float32).eps * np.abs(field.values[:, field.known]).max()
        if not error <= bound + rounding:
            raise UserError(
                f"{self.name} left an error of {error:.6g} where {bound:.6g} was allowed; choose a larger bound."
            )


def filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`values` with unknown samples replaced so that the field stays smooth, about a solution of Laplace's equation.

    The field is halved along each axis, known samples averaged, until all is known; on the way back each size starts
    from the one before, and a few sweeps give unknown samples the mean of their neighbours.

    Args:
        values: (*space) float32.
        known: (*space); at least one is.
    """
    if known.all():
        return np.ascontiguousarray(values)
    total, count = values.astype(float) * known, known.astype(float)
    for axis, length in enumerate(values.shape):
        starts = np.arange(0, length, 2)
        total, count = (np.add.reduceat(array, starts, axis) for array in (total, count))
    guess = filled((total / np.maximum(count, 1)).astype(np.float32), count > 0)
    for axis, length in enumerate(values.shape):
        guess = np.repeat(guess, 2, axis).take(np.arange(length), axis)
    for _ in range(SWEEPS):
        guess = np.where(known, values, _mean_of_neighbours(guess))
    return guess.astype(np.float32)


def _mean_of_neighbours(values: np.ndarray) -> np.ndarray:
    """Mean of the two neighbours along each axis; beyond an edge the sample itself counts."""
    total = np.zeros(values.shape)
    for axis, length in enumerate(values.shape):
        lines = np.concatenate([values.take([0], axis), values, values.take([-1], axis)], axis)
        total += lines.take(np.arange(length), axis) + lines.take(np.arange(2, length + 2), axis)
    return total / (2 * values.ndim)
