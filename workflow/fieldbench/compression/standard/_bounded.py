"""Compressors for arrays of floats that keep every error below a bound: what they share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldbench.compression import container
from fieldbench.compression.field import Field
from fieldbench.compression.filling import filled
from fieldbench.compression.header import describe, field_from, mask_section
from fieldbench.compression.standard._base import Standard
from fieldbench.errors import UserError


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
        bound = checked_bound(self.name, field, setting)
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


def checked_bound(name: str, field: Field, setting: float) -> float:
    """The bound in the field's unit.

    Raises:
        UserError: it is none, or the field has levels.
    """
    if field.levels:
        raise UserError(f"{name} codes continuous fields, not data of {field.levels} levels.")
    if not setting > 0:
        raise UserError(f"The error bound of {name} is {setting}; it must be positive.")
    return setting * field.peak
