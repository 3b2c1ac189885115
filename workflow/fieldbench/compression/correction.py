"""A bound on the largest error of any codec, or of none: what is left is written as whole numbers beside it.

The remainder is taken in units of a small part of the bound, and coded so that no known sample is off by more
(`integers`). Whole numbers have units of their own; and so have real ones whose bound their type cannot hold: their bits,
in order of size, are whole numbers too, and come back exactly. Whole numbers are added modulo 2^64, so that no difference
overflows.
"""

import struct
from dataclasses import replace

import numpy as np

from fieldbench.compression import integers
from fieldbench.compression.container import read_varint, varint
from fieldbench.compression.field import Field
from fieldbench.compression.search import Search
from fieldbench.errors import UserError

SECTION = "correction"
FINENESS = 2**12  # units in a bound, where that leaves numbers that all coders take
WIDEST = 2**62  # a larger range of 64-bit numbers is corrected exactly: differences have a sign to themselves
AT_ONCE = 2**20  # samples that are corrected at a time: 64 bits take much memory
WAYS = ("real", "whole", "ordered")
NAMES = tuple(integers.CODERS)


def correction(
    truth: np.ndarray, decoded: np.ndarray, known: np.ndarray, error: float, search: Search | None = None
) -> bytes:
    """The section that brings `decoded` within `error` of `truth` wherever samples are known.

    Args:
        truth, decoded: of one shape and one type, any whole or real one.
        known: which samples are; of their shape.
        error: largest absolute error, in the values' unit.
        search: what chooses the coder; it notes what each took.

    Raises:
        UserError: the bound is negative.
    """
    if not error >= 0:
        raise UserError(f"A largest error must not be negative; got {error}.")
    way, slack, unit = _way(truth[known], error)
    if way == "real":
        difference = np.where(known, truth.astype(np.float64) - decoded, 0.0)
        slack, unit = _units(unit, float(np.abs(difference).max()))
        steps = np.rint(difference / unit).astype(np.int64)
    else:
        steps = np.where(known, (_whole(truth) - _whole(decoded)).view(np.int64), 0)
    name, data = (search or Search()).smallest(steps, known, slack)
    head = bytes([NAMES.index(name) << 2 | WAYS.index(way)]) + varint(slack)
    return head + (struct.pack("<d", unit) if way == "real" else b"") + data


def corrected(decoded: np.ndarray, known: np.ndarray, section: bytes) -> np.ndarray:
    """`decoded` with the correction that the section holds, in its type."""
    name, way = NAMES[section[0] >> 2], WAYS[section[0] & 3]
    slack, place = read_varint(section, 1)
    if slack >= WIDEST:
        raise ValueError(f"a slack of {slack}")
    unit = 1.0
    if way == "real":
        unit, place = struct.unpack_from("<d", section, place)[0], place + 8
    steps = integers.decode(name, section[place:], known, slack).reshape(-1)
    found, before = np.empty(decoded.shape, decoded.dtype), decoded.reshape(-1)
    for start in range(0, steps.size, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        found.reshape(-1)[part] = _added(before[part], steps[part], way, unit)
    return found


def _added(decoded: np.ndarray, steps: np.ndarray, way: str, unit: float) -> np.ndarray:
    if way != "real":
        return _from_whole(_whole(decoded) + steps.view(np.uint64), decoded.dtype)
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # a sum beyond the type's largest is the encoder's to see
        return (decoded.astype(np.float64) + steps * unit).astype(decoded.dtype)


def correction_of(truth: Field, decoded: Field, error: float, search: Search | None = None) -> bytes:
    """The section that brings the field `decoded` within `error`, in the field's unit, of `truth`."""
    known = np.broadcast_to(truth.known, truth.values.shape)
    steps = truth.levels - 1 if truth.levels else 1
    allowed = error * steps * (1 + 1e-9 * bool(truth.levels))
    return correction(_plain(truth), _plain(decoded), known, allowed, search)


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


def _way(known: np.ndarray, error: float) -> tuple[str, int, float]:
    """How known values are corrected, the slack of whole ones, and the bound that is left to real ones."""
    if known.dtype.kind in "iu":
        span = int(known.max()) - int(known.min())
        return "whole", int(min(error, span)) if span < WIDEST else 0, 0.0
    largest = min(float(np.abs(known).max()) + error, float(np.finfo(known.dtype).max))
    spacing = float(np.spacing(np.asarray(largest, known.dtype)))
    # The sum is rounded twice, in double precision and to the type.
    return ("real", 0, (error - spacing) * (1 - 1e-12)) if error >= 2 * spacing else ("ordered", 0, 0.0)


def _units(bound: float, largest: float) -> tuple[int, float]:
    """A slack and a unit, so that a number within the slack of a rounded remainder is within the bound of it."""
    fineness = min(FINENESS, max(1, int(integers.LARGEST / 4 * min(bound / largest, 1)))) if largest else 1
    return fineness - 1, bound / (fineness - 0.5)


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
