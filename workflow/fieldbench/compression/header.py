"""What the header and the mask of a file say about a field, whatever the codec: from a field, and back to one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fieldbench.compression import limits
from fieldbench.compression.field import DIMENSIONS, Field, rounded
from fieldbench.compression.masks import decode_mask, encode_mask

AT_ONCE = 2**20  # samples that are scaled at a time


def describe(field: Field, codec: str) -> dict[str, Any]:
    """The header entries that `field_from` needs."""
    entries = {name: getattr(field, name) for name in ("kind", "units", "peak", "levels")}
    entries |= {"codec": codec, "shape": list(field.shape), "channels": list(field.channels)}
    entries["mask"] = not field.known.all()
    return {**entries, **({"attributes": dict(field.attributes)} if field.attributes else {})}


def check(header: Mapping[str, Any], limit: float) -> None:
    """Check what `describe` says, before anything is made of it.

    Raises:
        ValueError: it describes no field.
        TooLarge: its samples are more than the limit.
    """
    shape, channels = header["shape"], header["channels"]
    kinds = [
        *map(type, shape),
        *map(type, channels),
        *(type(header[name]) for name in ("units", "mask", "levels")),
    ]
    wanted = [*[int] * len(DIMENSIONS[header["kind"]]), *[str] * len(channels), str, bool, int]
    if kinds != wanted or not channels or min(shape) < 1 or not 0 <= header["levels"] <= 2**16:
        raise ValueError("the header describes no field")
    if not 0 < float(header["peak"]) < float("inf"):
        raise ValueError(f"peak is {header['peak']!r:.40}")
    for value in header.get("attributes", {}).values():
        float(value)
    limits.check(math.prod(shape) * len(channels), limit)


def mask_section(field: Field) -> dict[str, bytes]:
    """The section that says which samples are known; none where all are."""
    return {} if field.known.all() else {"mask": encode_mask(field.known)}


def known_samples(header: Mapping[str, Any], sections: Mapping[str, bytes]) -> np.ndarray:
    """Which samples (*space) of a file's field are known."""
    shape = tuple(header["shape"])
    return decode_mask(sections["mask"], shape) if header["mask"] else np.ones(shape, bool)


def field_from(header: Mapping[str, Any], sections: Mapping[str, bytes], values: np.ndarray) -> Field:
    """The decoded field, rounded to its levels, from decoded values (C, *space) or (C, N)."""
    known = known_samples(header, sections)
    about = {name: header[name] for name in ("kind", "units", "peak", "levels")}
    values = values.reshape(-1, *known.shape).astype(np.float32, copy=False)
    channels, attributes = tuple(header["channels"]), header.get("attributes", {})
    return rounded(Field(values, known, channels=channels, attributes=attributes, **about))


def scaled(output: np.ndarray, peak: float, offsets: Sequence[float]) -> np.ndarray:
    """Decoded float32 values (C, ...) in units of the peak times it, plus each channel's offset; overwrites them."""
    for values, offset in zip(output.reshape(len(offsets), -1), offsets, strict=True):
        for start in range(0, values.size, AT_ONCE):  # double precision takes twice the memory
            part = values[start : start + AT_ONCE]
            part[:] = offset + peak * part.astype(np.float64)
    return output
