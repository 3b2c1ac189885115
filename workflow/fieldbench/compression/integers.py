"""Whole numbers on a grid as bytes, within a slack, by any of several coders.

A coder's place in `CODERS` is written to files. The first three are this program's and work in whole numbers, but for the
predictions of `predicted`, which are sums, products, quotients and roots of doubles in a fixed order. The others are
libraries, whose streams are read in a process apart (`foreign`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.compression import foreign
from fieldbench.compression.container import read_varint, varint
from fieldbench.compression.filling import filled
from fieldbench.kernels import interpolation_coder, raster_coder

LARGEST = 2**50  # magnitude that all coders take
DIGIT_BITS = 30  # of the digits of `magnitude`, whose numbers are below 2^31
MOST_DIGITS = 3
FREE, PER_BYTE = (
    2**20,
    2**10,
)  # numbers that any stream may hold, and more for each of its bytes: what bounds the work
ROUNDING = 0.49  # of a unit, which libraries may be off by besides the slack


class Unsuited(ValueError):
    """A coder cannot take such numbers, in words."""


@dataclass(frozen=True)
class Coder:
    """A way to write numbers.

    Attributes:
        encode: bytes of numbers (P, ny, nx) int64, of which those that are known matter (bool, alike), none off by more
            than the slack, a whole number. Raises Unsuited.
        decode: the numbers in such bytes, from which are known and the slack, in an array that may be changed; any
            where not known. Raises an error of any type.
    """

    encode: Callable[[np.ndarray, np.ndarray, int], bytes]
    decode: Callable[[bytes, np.ndarray, int], np.ndarray]


def encode(name: str, values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
    """Numbers (..., ny, nx) int64 as bytes by the coder of that name; see `Coder`."""
    planes = _planes(values), _planes(known)
    data = CODERS[name].encode(*planes, slack)
    _check_size(name, values.size, data)
    return data


def decode(name: str, data: bytes, known: np.ndarray, slack: int) -> np.ndarray:
    """The numbers that `encode` wrote, int64, of the shape of `known`; 0 where not known."""
    _check_size(name, known.size, data)
    found = CODERS[name].decode(data, _planes(known), slack).reshape(known.shape)
    found[~known] = 0
    return found


def _check_size(name: str, count: int, data: bytes) -> None:
    """Raise Unsuited where a stream would say more than its size explains, so that a crafted one makes little work."""
    if name != "magnitude" and count > FREE + PER_BYTE * len(data):
        raise Unsuited(f"{count:,} numbers in {len(data):,} bytes")


def _planes(values: np.ndarray) -> np.ndarray:
    values = np.atleast_2d(values)
    return np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]))


def rounded_quotient(values: np.ndarray, step: int) -> np.ndarray:
    """Whole numbers over an odd whole step, to the nearest."""
    half, least = int(step) // 2, np.iinfo(np.int64)
    return values if step == 1 else (values.clip(least.min + half, least.max - half) + half) // int(step)


def _check_range(values: np.ndarray, known: np.ndarray) -> None:
    inside = values[known]
    if inside.size and max(-int(inside.min()), int(inside.max())) >= LARGEST:
        raise Unsuited(f"numbers beyond {LARGEST:,}")


def _encode_magnitudes(values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
    steps = np.where(known, rounded_quotient(values, 2 * slack + 1), 0)
    count = 1 if np.array_equal(_digits(steps, 1)[0], steps) else MOST_DIGITS
    planes = np.concatenate(_digits(steps, count))
    return bytes([count]) + _magnitudes().encode(planes, np.concatenate([known] * count)).tobytes()


def _decode_magnitudes(data: bytes, known: np.ndarray, slack: int) -> np.ndarray:
    count = data[0]
    if count not in (1, MOST_DIGITS):
        raise ValueError(f"{count} digits")
    planes = _magnitudes().decode(np.frombuffer(data[1:], np.uint8), np.concatenate([known] * count))
    lowest, *higher = np.split(planes, count)
    steps = lowest.astype(np.int64)
    for place, digit in enumerate(higher, 1):
        steps += digit.astype(np.int64) << place * DIGIT_BITS
    steps *= 2 * slack + 1
    return steps


def _digits(steps: np.ndarray, count: int) -> list[np.ndarray]:
    """Signed digits, lowest first, whose sum by place is `steps` modulo 2^64."""
    half, digits = 2 ** (DIGIT_BITS - 1), []
    for _ in range(count):
        low = ((steps + half) & (2**DIGIT_BITS - 1)) - half
        steps = (steps - low) >> DIGIT_BITS
        digits.append(low.astype(np.int32))
    return digits


def _magnitudes() -> Any:
    from fieldbench.kernels import magnitude_coder  # compiled on first use, which most files do not need

    return magnitude_coder


def _encode_predicted(values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
    _check_range(values, known)
    return raster_coder.encode(rounded_quotient(np.where(known, values, 0), 2 * slack + 1), known)


def _decode_predicted(data: bytes, known: np.ndarray, slack: int) -> np.ndarray:
    steps = raster_coder.decode(data, known)
    steps *= 2 * slack + 1
    return steps


def _encode_interpolated(values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
    """The smallest stream by any sharpening, and where there are planes also without interpolation between them."""
    _check_range(values, known)
    deep = len(values) > 1
    ways = [(number, deep) for number in range(len(interpolation_coder.SHARPENING))]
    if slack == 0:
        ways = ways[:1]
    streams = {way: interpolation_coder.encode(values, known, slack, *way) for way in ways}
    if deep:
        best = min(streams, key=lambda way: len(streams[way]))
        streams[best[0], False] = interpolation_coder.encode(values, known, slack, best[0], False)
    (sharpening, deep), data = min(streams.items(), key=lambda item: len(item[1]))
    return bytes([sharpening << 1 | deep]) + data


def _decode_interpolated(data: bytes, known: np.ndarray, slack: int) -> np.ndarray:
    return interpolation_coder.decode(data[1:], known, slack, data[0] >> 1, bool(data[0] & 1))


def _encode_jpegxl(values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
    """Rounded numbers less the least, as one grey picture of all planes, or in colour where there are three."""
    _check_range(values, known)
    steps = rounded_quotient(np.rint(_filled(values, known)).astype(np.int64), 2 * slack + 1)
    steps = np.where(known, rounded_quotient(values, 2 * slack + 1), steps)
    least = int(steps.min())
    if int(steps.max()) - least > np.iinfo(np.uint16).max:
        raise Unsuited("more than 16 bits")
    deep = int(steps.max()) - least > np.iinfo(np.uint8).max
    picture = (steps - least).astype(np.uint16 if deep else np.uint8)
    head = varint(-2 * least - 1 if least < 0 else 2 * least)
    return head + foreign.encode("jpegxl", foreign.laid_out(picture))


def _decode_jpegxl(data: bytes, known: np.ndarray, slack: int) -> np.ndarray:
    folded, start = read_varint(data, 0)
    least = -(folded + 1) // 2 if folded % 2 else folded // 2
    if abs(least) > LARGEST:
        raise ValueError("a number beyond the largest")
    return (foreign.decode("jpegxl", data[start:], known.shape) + np.int64(least)) * (2 * slack + 1)


def _real(library: str) -> Coder:
    """A library that codes real numbers within an error."""

    def write(values: np.ndarray, known: np.ndarray, slack: int) -> bytes:
        _check_range(values, known)
        if slack == 0:
            raise Unsuited("no error is allowed")
        data = foreign.encode(library, _filled(values, known), slack + ROUNDING)
        found = np.rint(foreign.decoded(library, data, known.shape))
        if not (np.abs(found - values)[known] <= slack).all():
            raise Unsuited("it does not keep the bound")
        return data

    def read(data: bytes, known: np.ndarray, _slack: int) -> np.ndarray:
        return np.rint(foreign.decode(library, data, known.shape)).astype(np.int64)

    return Coder(write, read)


def _filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Numbers as doubles, smooth where they are unknown; (P, ny, nx)."""
    return np.asarray(filled(values.astype(np.float64), known), np.float64)


CODERS = {
    "magnitude": Coder(_encode_magnitudes, _decode_magnitudes),
    "interpolated": Coder(_encode_interpolated, _decode_interpolated),
    "predicted": Coder(_encode_predicted, _decode_predicted),
    "jpegxl": Coder(_encode_jpegxl, _decode_jpegxl),
    "sz3": _real("sz3"),
    "sperr": _real("sperr"),
}
