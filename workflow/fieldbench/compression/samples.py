"""Arrays of any real or whole type as a field, and back without a finite value, a missing one or a type lost.

A field holds single precision and one mask for all of its channels. What it cannot hold stands beside it in sections:
missing values as they were (NaN, infinities, fills), which of them are missing, the correction that keeps a bound, and
single values that would be off nevertheless, or be taken for missing.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.compression import correction, entropy
from fieldbench.compression.field import Field, make
from fieldbench.compression.masks import decode_mask, encode_mask
from fieldbench.compression.search import Search
from fieldbench.errors import UserError

TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
MOST_DIMENSIONS = 4
LARGEST = 2**64 - 2**11  # double precision below 2^64


@dataclass(frozen=True)
class Samples:
    """One array as its file has it.

    Attributes:
        values: of one of `TYPES` in the machine's order of bytes; as stored, where the file packs them.
        known: which of them are measurements; finite.
        unit: of the measurements.
        scale, offset: a measurement is scale times the stored value plus offset.
    """

    values: np.ndarray
    known: np.ndarray
    unit: str = "1"
    scale: float = 1.0
    offset: float = 0.0

    def bound(self, error: float) -> float:
        """The largest error of stored values that keeps measurements within `error`."""
        if (self.scale, self.offset) == (1, 0):
            return error
        largest = np.abs(self.values[self.known].astype(np.float64)).max() * abs(self.scale) + abs(
            self.offset
        )
        return max(error - 4 * float(np.spacing(largest)), 0.0) / abs(
            self.scale
        )  # less what unpacking rounds

    def error(self, restored: np.ndarray) -> float:
        """Largest error of restored values, in the measurements' unit."""
        return float(_distance(self.values, restored)[self.known].max(initial=0.0)) * abs(self.scale)


def as_type(name: str) -> np.dtype:
    """The type that a header names; ValueError where it is none of `TYPES`."""
    if name[1:] not in TYPES:
        raise ValueError(f"{name:.40} is no type of samples")
    return np.dtype(name)


def finite(values: np.ndarray) -> np.ndarray:
    """Which values are finite, for any type."""
    return np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)


def to_field(parts: Sequence[Samples]) -> tuple[Field, list[dict[str, Any]]]:
    """Arrays of one shape as a field with values in [0, 1], and what the header must say to restore them.

    Arrays of one unit share their scale, others have each their own range.

    Raises:
        UserError: too many dimensions; nothing is known; or values that span more than double precision holds.
    """
    shape = parts[0].values.shape
    if not 1 <= len(shape) <= MOST_DIMENSIONS:
        raise UserError(f"has {len(shape)} dimensions; give 1 to {MOST_DIMENSIONS}.")
    if not all(part.known.any() for part in parts):
        raise UserError("has no known value: all are missing; choose another variable.")
    ends = [_ends(part) for part in parts]
    spans = [abs(part.scale) * (high - low) for part, (low, high) in zip(parts, ends, strict=True)]
    if len({part.unit for part in parts}) == 1:
        spans = [max(spans)] * len(parts)
    sizes = [float(span / abs(part.scale)) or 1.0 for part, span in zip(parts, spans, strict=True)]
    if not np.isfinite([*spans, *sizes]).all():
        raise UserError("has values that span more than double precision holds; divide them by 2.")
    entries = [
        {"dtype": part.values.dtype.str, "low": low, "high": high, "size": size}
        for part, (low, high), size in zip(parts, ends, sizes, strict=True)
    ]
    scaled = [_scaled(part, entry) for part, entry in zip(parts, entries, strict=True)]
    some = np.any(_spread([part.known for part in parts]), axis=0)
    values = np.where(some, _spread(scaled), np.nan).astype(np.float32)
    names = tuple(str(number) for number in range(len(values)))
    kind = "variable" if values.ndim == 3 else "volume"
    return make(values, kind=kind, units="1", peak=1.0, levels=0, channels=names), entries


def beside(
    parts: Sequence[Samples],
    entries: Sequence[Mapping[str, Any]],
    field: Field,
    error: float | None,
    search: Search | None = None,
) -> dict[str, bytes]:
    """The sections that restore the arrays from the decoded `field`, within `error` of the measurements' unit.

    Without an error single measurements may be off by anything, as the codec leaves them. The search chooses coders.
    """
    sections: dict[str, bytes] = {}
    shape = parts[0].values.shape
    decoded = _arrays(field, entries, shape)
    for number, (part, (values, known)) in enumerate(zip(parts, decoded, strict=True)):
        if not np.array_equal(known, part.known):
            sections[f"known{number}"] = encode_mask(part.known)
        missing = part.values[~part.known]
        if missing.size:
            sections[f"missing{number}"] = _pack_distinct(missing)
        if error is not None:
            bound = part.bound(error)
            section = correction.correction(part.values, values, part.known, bound, search)
            sections[f"correction{number}"] = section
            values = _inside(correction.corrected(values, part.known, section), entries[number])
        off = np.isin(values, missing)
        if error is not None:
            off |= _distance(part.values, values) > bound
        if (off & part.known).any():
            sections[f"exact{number}"] = _pack_exact(off & part.known, part.values)
    return sections


def restored(
    field: Field, entries: Sequence[Mapping[str, Any]], shape: Sequence[int], sections: Mapping[str, bytes]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The arrays in a decoded field and the sections beside it, each of `shape` and its own type, and what is known."""
    arrays = []
    for number, (values, known) in enumerate(_arrays(field, entries, tuple(shape))):
        if f"known{number}" in sections:
            known = decode_mask(sections[f"known{number}"], values.shape)
        if f"correction{number}" in sections:
            found = correction.corrected(values, known, sections[f"correction{number}"])
            values = _inside(found, entries[number])
        if f"missing{number}" in sections:
            values[~known] = _unpack_distinct(sections[f"missing{number}"], values.dtype, (~known).sum())
        if f"exact{number}" in sections:
            _put_exact(sections[f"exact{number}"], values)
        arrays.append((values, known))
    return arrays


def like(
    field: Field, parts: Sequence[Samples], arrays: Sequence[np.ndarray], entries: Sequence[Any]
) -> Field:
    """The field of restored `arrays`, on the scale of `field`, which was made of `parts`."""
    again = [
        _scaled(Samples(values, part.known), entry)
        for values, part, entry in zip(arrays, parts, entries, strict=True)
    ]
    return Field(**{**vars(field), "values": _spread(again).astype(np.float32)})


def _ends(part: Samples) -> tuple[Any, Any]:
    """Lowest and highest known stored value, as plain numbers, exactly."""
    known = part.values[part.known]
    return known.min().item(), known.max().item()


def _spread(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays of one shape as channels (C, y, x) or (C, z, y, x): lengths of 1 go, a fourth dimension becomes channels."""
    stacked = np.stack(arrays)
    sizes = [size for size in stacked.shape[1:] if size > 1]
    sizes = [1] * (2 - len(sizes)) + sizes
    return stacked.reshape(-1, *sizes[-3:])


def _scaled(part: Samples, entry: Mapping[str, Any]) -> np.ndarray:
    """Values less the lowest in units of the range, float64; missing ones are in its middle."""
    low = np.asarray(entry["low"], part.values.dtype)
    inside = np.where(part.known, part.values, low)
    if inside.dtype.kind == "f":
        above = inside.astype(np.float64) - float(low)
    else:  # modulo 2^64, since the difference may exceed the type
        above = (inside.astype(_wide(inside)) - low.astype(_wide(inside))).view(np.uint64).astype(np.float64)
    return np.where(part.known, above / entry["size"], 0.5)


def _arrays(
    field: Field, entries: Sequence[Mapping[str, Any]], shape: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each array the values as the field has them, in its type, and which the field knows."""
    known = np.broadcast_to(field.known, field.values.shape).reshape(len(entries), *shape)
    for entry, values, those in zip(entries, field.values.reshape(known.shape), known, strict=True):
        dtype = as_type(entry["dtype"])
        low, high = (np.asarray(entry[end], dtype) for end in ("low", "high"))
        above = values.astype(np.float64) * entry["size"]
        if dtype.kind == "f":
            found = (float(low) + above).clip(float(low), float(high)).astype(dtype)
        else:
            span = entry["high"] - entry["low"]
            whole = np.rint(above.clip(0, min(span, LARGEST))).astype(np.uint64).clip(0, np.uint64(span))
            found = (whole + low.astype(_wide(low)).view(np.uint64)).astype(dtype)
        yield found, those


def _inside(values: np.ndarray, entry: Mapping[str, Any]) -> np.ndarray:
    """Values no lower and no higher than any known one: a valid range that ends there is not left."""
    return values.clip(*(np.asarray(entry[end], values.dtype) for end in ("low", "high")))


def _wide(values: np.ndarray) -> type:
    return np.int64 if values.dtype.kind == "i" else np.uint64


def _distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Absolute differences, in double precision after a whole subtraction where values are whole."""
    if one.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return np.abs(one.astype(np.float64) - other)
    wide = _wide(one)
    one, other = one.astype(wide), other.astype(wide)
    return np.where(one > other, (one - other).view(np.uint64), (other - one).view(np.uint64)).astype(float)


def _pack_distinct(values: np.ndarray) -> bytes:
    """Values with few different bit patterns: how many, and deflated these and the number of each value."""
    patterns, numbers = np.unique(values.view(f"u{values.dtype.itemsize}"), return_inverse=True)
    which = numbers.astype(_number_type(len(patterns))).tobytes() if len(patterns) > 1 else b""
    return len(patterns).to_bytes(4, "little") + zlib.compress(patterns.tobytes() + which, 9)


def _unpack_distinct(data: bytes, dtype: np.dtype, count: int) -> np.ndarray:
    size = int.from_bytes(data[:4], "little")
    number, end = _number_type(size), min(size, count) * dtype.itemsize
    content = entropy.inflate(data[4:], end + (count * number.itemsize if size > 1 else 0))
    patterns = np.frombuffer(content[:end], dtype)
    return patterns[np.frombuffer(content[end:], number)] if size > 1 else np.repeat(patterns, count)


def _number_type(size: int) -> np.dtype:
    """The smallest type that numbers so many patterns."""
    return np.dtype(np.uint8 if size <= 2**8 else np.uint16 if size <= 2**16 else np.uint32)


def _pack_exact(which: np.ndarray, values: np.ndarray) -> bytes:
    """Single values: a mask and they themselves."""
    mask = encode_mask(which)
    return len(mask).to_bytes(8, "little") + mask + values[which].tobytes()


def _put_exact(data: bytes, values: np.ndarray) -> None:
    end = 8 + int.from_bytes(data[:8], "little")
    which = decode_mask(data[8:end], values.shape)
    values[which] = np.frombuffer(data[end:], values.dtype)
