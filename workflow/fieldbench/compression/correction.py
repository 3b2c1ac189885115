"""A bound on the largest error of any codec: what the codec leaves is quantized and stored beside it.

The remainder is rounded to multiples of just under twice the bound, so that no known sample is off by more than it. Whole
numbers are corrected in whole steps; and so are real ones whose bound their type cannot hold: their bits, in order of
size, are whole numbers too, and come back exactly. Whole numbers are added modulo 2^64, so that no difference overflows.
"""

import struct
from dataclasses import replace
from typing import Any

import numpy as np

from fieldbench.compression.field import Field
from fieldbench.errors import UserError

SECTION = "correction"
DIGIT_BITS = 30  # steps are stored as signed digits of so many bits, since the coder takes numbers below 2^31
MOST_DIGITS = 3
WIDEST = 2**62  # a larger range of 64-bit numbers is corrected exactly: differences have a sign to themselves
HEAD = {"real": "<Bd", "whole": "<BQ", "ordered": "<BQ"}  # number of digits and way, step
WAYS = tuple(HEAD)


def correction(truth: np.ndarray, decoded: np.ndarray, known: np.ndarray, error: float) -> bytes:
    """The section that brings `decoded` within `error` of `truth` wherever samples are known.

    Args:
        truth, decoded: of one shape and one type, any whole or real one.
        known: which samples are; of their shape.
        error: largest absolute error, in the values' unit.

    Raises:
        UserError: the bound is negative.
    """
    if not error >= 0:
        raise UserError(f"A largest error must not be negative; got {error}.")
    way, step = _way(truth[known], error)
    if way == "real":
        difference = np.where(known, truth.astype(np.float64) - decoded, 0.0)
        steps = np.rint(difference / step).astype(np.int64)
    else:
        difference = (_whole(truth) - _whole(decoded)).view(np.int64)
        steps = np.where(known, _rounded_quotient(difference, step), 0)
    digits = 1 if np.array_equal(_digits(steps, 1)[0], steps) else MOST_DIGITS
    head = struct.pack(HEAD[way], digits << 2 | WAYS.index(way), step)
    planes = np.concatenate([_planes(digit) for digit in _digits(steps, digits)])
    return head + _coder().encode(planes, _planes_known(known, digits)).tobytes()


def corrected(decoded: np.ndarray, known: np.ndarray, section: bytes) -> np.ndarray:
    """`decoded` with the correction that the section holds, in its type."""
    digits, way = section[0] >> 2, WAYS[section[0] & 3]
    if digits not in (1, MOST_DIGITS):
        raise ValueError(f"a correction of {digits} digits")
    size = struct.calcsize(HEAD[way])
    _, step = struct.unpack(HEAD[way], section[:size])
    planes = _coder().decode(np.frombuffer(section[size:], np.uint8), _planes_known(known, digits))
    steps = np.zeros(decoded.shape, np.int64)
    for place, digit in enumerate(np.split(planes, digits)):
        steps += digit.reshape(decoded.shape).astype(np.int64) << place * DIGIT_BITS
    if way == "real":
        with np.errstate(over="ignore"):  # a sum beyond the type's largest is the encoder's to see
            return (decoded.astype(np.float64) + steps * step).astype(decoded.dtype)
    return _from_whole(_whole(decoded) + steps.view(np.uint64) * np.uint64(step), decoded.dtype)


def correction_of(truth: Field, decoded: Field, error: float) -> bytes:
    """The section that brings the field `decoded` within `error`, in the field's unit, of `truth`."""
    known = np.broadcast_to(truth.known, truth.values.shape)
    steps = truth.levels - 1 if truth.levels else 1
    return correction(_plain(truth), _plain(decoded), known, error * steps * (1 + 1e-9 * bool(truth.levels)))


def corrected_field(decoded: Field, section: bytes) -> Field:
    """`decoded` with the correction that the section of its file holds."""
    known = np.broadcast_to(decoded.known, decoded.values.shape)
    values = corrected(_plain(decoded), known, section)
    if decoded.levels:
        scale = decoded.levels - 1
        values = values.clip(0, scale).astype(np.float32) / np.float32(scale)
    return replace(decoded, values=values)


def largest_error(truth: Field, decoded: Field) -> float:
    """Largest absolute difference over known samples, in the field's unit."""
    return float(np.abs(truth.values.astype(np.float64) - decoded.values)[:, truth.known].max())


def _plain(field: Field) -> np.ndarray:
    """Whole levels, which may be passed on either side, or values as they are; (C, *space)."""
    if not field.levels:
        return field.values
    return np.rint(field.values * np.float64(field.levels - 1)).astype(np.int32)


def _way(known: np.ndarray, error: float) -> tuple[str, float]:
    """How known values are corrected, and the step."""
    if known.dtype.kind in "iu":
        span = int(known.max()) - int(known.min())
        return "whole", 2 * int(min(error, span)) + 1 if span < WIDEST else 1
    largest = min(float(np.abs(known).max()) + error, float(np.finfo(known.dtype).max))
    spacing = float(np.spacing(np.asarray(largest, known.dtype)))
    # The sum is rounded twice, in double precision and to the type.
    return ("real", 2 * (error - spacing) * (1 - 1e-12)) if error >= 2 * spacing else ("ordered", 1)


def _whole(values: np.ndarray) -> np.ndarray:
    """Values as uint64: whole ones modulo 2^64, of real ones the bits as numbers in the values' order."""
    if values.dtype.kind == "f":
        values = np.ascontiguousarray(values).view(f"i{values.dtype.itemsize}")
        values = _in_order(values)
    return values.astype(np.int64 if values.dtype.kind == "i" else np.uint64).view(np.uint64)


def _in_order(bits: np.ndarray) -> np.ndarray:
    """Bits of real numbers, as signed whole numbers, made to rise with the number; and back."""
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


def _from_whole(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """What `_whole` made uint64 of; a sum beyond the ends of a type of up to 32 bits is clipped to them."""
    if dtype.kind == "f":
        whole = values.view(np.int64).astype(f"i{dtype.itemsize}")
        return _in_order(whole).view(dtype)
    if dtype.itemsize < 8:
        ends = np.iinfo(dtype)
        return values.view(np.int64).clip(ends.min, ends.max).astype(dtype)
    return values.view(dtype)


def _rounded_quotient(values: np.ndarray, step: float) -> np.ndarray:
    """Whole numbers over an odd whole step, to the nearest."""
    half, least = int(step) // 2, np.iinfo(np.int64)
    return values if step == 1 else (values.clip(least.min + half, least.max - half) + half) // int(step)


def _digits(steps: np.ndarray, count: int) -> list[np.ndarray]:
    """Signed digits, lowest first, whose sum by place is `steps` modulo 2^64."""
    half, digits = 2 ** (DIGIT_BITS - 1), []
    for _ in range(count):
        low = ((steps + half) & (2**DIGIT_BITS - 1)) - half
        steps = (steps - low) >> DIGIT_BITS
        digits.append(low.astype(np.int32))
    return digits


def _planes(values: np.ndarray) -> np.ndarray:
    values = np.atleast_2d(values)
    return np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]))


def _planes_known(known: np.ndarray, digits: int) -> np.ndarray:
    return np.concatenate([_planes(known)] * digits)


def _coder() -> Any:
    from fieldbench.kernels import magnitude_coder  # compiled on first use, which most files do not need

    return magnitude_coder
