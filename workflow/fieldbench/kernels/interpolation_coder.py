"""Integer volumes as bytes within a bound: each number is interpolated between those of a coarser grid.

Grids are halved one axis at a time, new samples predicted by cubics along that axis from samples as a decoder has them
(SZ3: Zhao et al. 2021, "Optimizing error-bounded lossy compression for scientific data by dynamic spline interpolation").
Coarser grids, on which all finer ones rest, may be kept to smaller errors (QoZ: Liu et al. 2022). Remainders in units of
just under twice the bound are coded by mixed contexts (`mixing`). All arithmetic is of whole numbers.
"""

import numba
import numpy as np

from fieldbench.kernels.mixing import (
    activity,
    begin,
    choose_slots,
    exhausted,
    finish,
    new_model,
    number,
    roomy,
)

compiled = numba.njit(nogil=True, cache=True)
CONTEXTS, SLOTS, SELECTORS = 9, 1 << 14, 12
FINEST = 4  # levels that have contexts of their own
MOST = 100  # magnitude of a remainder as contexts know it
# By how much the bound of a level is smaller than that of the next finer one, and of any than the finest's; in per cent.
SHARPENING = ((100, 100), (110, 150), (125, 200))


def encode(values: np.ndarray, coded: np.ndarray, slack: int, sharpening: int, deep: bool) -> bytes:
    """Code whole numbers, |value| < 2^50, so that none is off by more than `slack`, below 2^40.

    Args:
        values: (P, ny, nx) int64.
        coded: (P, ny, nx) bool, which samples are; the decoder must have it too.
        sharpening: row of `SHARPENING`.
        deep: whether to interpolate between planes too.
    """
    how = np.array([slack, *SHARPENING[sharpening], deep], np.int64)
    return _code(np.zeros(1 << 12, np.uint8), values.copy(), coded, how, True)[0].tobytes()


def decode(data: bytes, coded: np.ndarray, slack: int, sharpening: int, deep: bool) -> np.ndarray:
    """The (P, ny, nx) int64 values that `encode` wrote as `data`, called alike; smooth where none is coded.

    Raises:
        ValueError: the data end before or after the last of them.
    """
    values = np.zeros(coded.shape, np.int64)
    how = np.array([slack, *SHARPENING[sharpening], deep], np.int64)
    if not _code(np.frombuffer(data, np.uint8).copy(), values, coded, how, False)[1]:
        raise ValueError("a stream does not end with its numbers")
    return values


@compiled
def _code(data, values, coded, how, encoding) -> tuple[np.ndarray, bool]:
    """Code all samples, leaving `values` as a decoder has them; see `raster_coder._code`."""
    model = new_model(CONTEXTS, SLOTS, SELECTORS)
    begin(model, data, encoding)
    planes = len(values) if how[3] else 1
    longest, levels = max(planes, max(values.shape[1], values.shape[2])), 0
    while 1 << levels < longest:
        levels += 1
    rest, contexts = np.zeros(values[:planes].size, np.int8), np.zeros(CONTEXTS, np.int64)
    for first in range(0, len(values), planes):
        block = values[first : first + planes]
        part = block.reshape(-1), coded[first : first + planes].reshape(-1), rest
        rest[:] = 0
        for level in range(levels, -1, -1):
            unit = 2 * (how[0] * 100 // max(min(_power(how[1], level), how[2]), 100)) + 1
            for axis in range(2 if level == levels else 0, 3):
                data, whole = _refine(
                    model, data, part, block.shape, contexts, unit, level, axis, level < levels, encoding
                )
                if not whole:
                    return data, False
    return finish(model, data, encoding)


@compiled
def _power(per_cent, exponent) -> int:
    """A power of a share of at least 1, in per cent, up to where none is told apart."""
    found = 100
    for _ in range(min(exponent, 20)):
        found = found * per_cent // 100
    return found


@compiled
def _refine(model, data, part, shape, contexts, unit, level, axis, inside, encoding):
    """Code the samples half-way along an axis, or the first of all; the buffer, and whether the stream was long enough."""
    values, coded, rest = part
    step = 1 << level
    strides = step << (axis == 0), step << (axis <= 1), 2 * step
    starts = step * (axis == 0), step * (axis == 1), step * (axis == 2) * inside
    width = (shape[1] * shape[2], shape[2], 1)[axis] * step
    selector = min(level, FINEST - 1) * 3 + axis
    for z in range(starts[0], shape[0], strides[0]):
        for y in range(starts[1], shape[1], strides[1]):
            for x in range(starts[2], shape[2], strides[2]):
                at = (z * shape[1] + y) * shape[2] + x
                guess, line = 0, 0
                if inside:
                    guess, line = _interpolated(
                        values, at, width, (z, y, x)[axis] // step, (shape[axis] - 1) // step
                    )
                if not coded[at]:
                    values[at] = guess
                    continue
                data = roomy(model, data, encoding)
                if exhausted(model, data, encoding):
                    return data, False
                near = _contexts(
                    values,
                    rest,
                    contexts,
                    (z, y, x),
                    starts,
                    strides,
                    shape,
                    at,
                    width,
                    axis,
                    selector,
                    guess,
                    line,
                    unit,
                )
                choose_slots(model, contexts)
                wanted = (values[at] - guess + unit // 2) // unit if encoding else 0
                found = number(model, data, wanted, near, selector, encoding)
                values[at] = guess + found * unit
                rest[at] = min(max(found, -MOST), MOST)
    return data, True


@compiled
def _interpolated(values, at, width, place, last) -> tuple[int, int]:
    """What a cubic and a line through the neighbours along an axis predict, fewer of them near its ends.

    Args:
        width: distance of the nearest ones.
        place, last: of the sample and of the axis's end, in such distances.
    """
    one = values[at - width]
    if place + 1 > last:
        return one + (one - values[at - 3 * width] >> 1) if place > 2 else one, one
    other = values[at + width]
    line = one + other >> 1
    if place > 2 and place + 3 <= last:
        return 9 * (one + other) - values[at - 3 * width] - values[at + 3 * width] + 8 >> 4, line
    if place > 2:
        return 6 * one + 3 * other - values[at - 3 * width] + 4 >> 3, line
    if place + 3 <= last:
        return 6 * other + 3 * one - values[at + 3 * width] + 4 >> 3, line
    return line, line


@compiled
def _clip(value, most) -> int:
    return min(max(value, -most), most)


@compiled
def _contexts(
    values, rest, contexts, spot, starts, strides, shape, at, width, axis, selector, guess, line, unit
) -> int:
    """Write the contexts of a remainder, and return the class of the remainders around it."""
    z, y, x = spot
    row, plane = strides[1] * shape[2], strides[0] * shape[1] * shape[2]
    west = np.int64(rest[at - strides[2]]) if x >= starts[2] + strides[2] else 0
    north = np.int64(rest[at - row]) if y >= starts[1] + strides[1] else 0
    east = 0
    if y >= starts[1] + strides[1] and x + strides[2] < shape[2]:
        east = np.int64(rest[at - row + strides[2]])
    below = abs(np.int64(rest[at - plane])) if z >= starts[0] + strides[0] else 0
    ends, corners, slope = 0, 0, 15
    if x + y + z > 0:
        ends = abs(np.int64(rest[at - width]))
        if spot[axis] + starts[axis] < shape[axis]:
            ends += abs(np.int64(rest[at + width]))
            slope = min(abs(_clip(values[at + width] - values[at - width], 1 << 50) * 2 // unit), 15)
        if axis == 2:
            corners = _corners(rest, at, y, x, starts[2], shape)
    bend = _clip(_clip(guess - line, 1 << 50) * 4 // unit, 15)
    beside = abs(west) + abs(north)
    near = activity(2 * beside + abs(east) + ends + corners + 2 * below)
    coarse, sign = min(near, 11), (bend > 0) - (bend < 0) + 1
    contexts[0] = selector * 16 + coarse
    contexts[1] = (min(abs(west), 3) * 4 + min(abs(north), 3)) * 8 + min(ends, 7)
    contexts[2] = selector * 16 + abs(bend)
    contexts[3] = ((_clip(west, 2) + 2) * 5 + _clip(north, 2) + 2) * 3 + sign
    contexts[4] = min(corners, 7) * 16 + min(beside, 15)
    contexts[5] = (_clip(bend, 7) + 7) * 12 + coarse
    contexts[6] = slope * 16 + min(beside + ends, 15)
    contexts[7] = selector * 3 + sign
    contexts[8] = min(below, 7) * 16 + min(ends, 15)
    return near


@compiled
def _corners(rest, at, y, x, step, shape) -> int:
    """Sum of the magnitudes at the four diagonal neighbours."""
    total = 0
    for down in (-step, step):
        if 0 <= y + down < shape[1]:
            total += abs(np.int64(rest[at + down * shape[2] - step]))
            if x + step < shape[2]:
                total += abs(np.int64(rest[at + down * shape[2] + step]))
    return total
