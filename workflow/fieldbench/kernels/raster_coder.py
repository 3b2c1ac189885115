"""Integer planes as bytes: each number is predicted from those before it by weights that learn as it goes.

The prediction is a recursive least-squares fit of a sample to its causal neighbours, in its plane and in the two before
(as in Ye and Hou 2005, "Lossless image coding with context-adaptive least squares"), its remainder is coded by mixed
contexts (`mixing`). Samples in raster order. Predictions are sums, products, quotients and roots of doubles, which
IEEE 754 rounds alike everywhere; all else is of whole numbers.
"""

import math

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
MARGIN = 3  # samples around a plane, which repeat its edge
FLAT, DEEP = 10, 16  # neighbours in a plane, and with those of the planes before
MEMORY = 0.998  # of the fit, from sample to sample
RIDGE, LEAST = 2e-3, 1e-3  # what is added to the fit's diagonal, as a share of it and at least
WARM = 20  # samples before the first fit
CONTEXTS, SLOTS = 12, 1 << 16
PARTS = 16  # of a unit, in which a prediction's place between whole numbers is told
LARGEST = 2.0**51  # of a prediction


def encode(values: np.ndarray, coded: np.ndarray) -> bytes:
    """Code planes of whole numbers, |value| < 2^50.

    Args:
        values: (P, ny, nx) int64.
        coded: (P, ny, nx) bool, which samples are; the decoder must have it too.
    """
    return _code(np.zeros(1 << 12, np.uint8), values, coded, True)[0].tobytes()


def decode(data: bytes, coded: np.ndarray) -> np.ndarray:
    """The (P, ny, nx) int64 values that `encode` wrote as `data`; any value where none is coded.

    Raises:
        ValueError: the data end before or after the last of them.
    """
    values = np.zeros(coded.shape, np.int64)
    if not _code(np.frombuffer(data, np.uint8).copy(), values, coded, False)[1]:
        raise ValueError("a stream does not end with its numbers")
    return values


@compiled
def _code(data, values, coded, encoding) -> tuple[np.ndarray, bool]:
    """Code all samples: an encoder's bytes, and whether a decoder's end with the samples."""
    planes, ny, nx = values.shape
    model = new_model(CONTEXTS, SLOTS, PARTS)
    begin(model, data, encoding)
    count = DEEP if planes > 1 else FLAT
    known = np.zeros((3, ny + MARGIN, nx + 2 * MARGIN))  # of this plane and the two before, in turns
    left = np.zeros((2, ny + 1, nx + 2 * MARGIN), np.int64)  # remainders, likewise
    sums, factor = np.zeros((count + 2, count)), np.zeros((count, count))  # see `_learn`
    sums[count + 1, 0], sums[count + 1, 1], sums[count + 1, 2] = 0.75, 0.75, -0.5
    around, contexts, seen = np.zeros(count), np.zeros(CONTEXTS, np.int64), 0
    for p in range(planes):
        for y in range(ny):
            _edge(known, p, y, 0, known[p % 3, y + MARGIN - 1, MARGIN])
            for x in range(nx):
                base = _gather(known, p, y, x, ny, around)
                value = _guess(around, base, sums[count + 1], p > 0)
                left[p % 2, y + 1, x + MARGIN] = 0
                if coded[p, y, x]:
                    whole = np.int64(math.floor(value + 0.5))
                    near, part = _contexts(left, p, y, x, around, base, value, whole, contexts)
                    choose_slots(model, contexts)
                    data = roomy(model, data, encoding)
                    if exhausted(model, data, encoding):
                        return data, False
                    rest = number(model, data, values[p, y, x] - whole, near, part, encoding)
                    left[p % 2, y + 1, x + MARGIN] = rest
                    values[p, y, x] = whole + rest
                    value = np.float64(whole + rest)
                    seen += 1
                    _learn(sums, factor, around, value - base, seen)
                known[p % 3, y + MARGIN, x + MARGIN] = value
            _edge(known, p, y, nx + MARGIN, known[p % 3, y + MARGIN, nx + MARGIN - 1])
    return finish(model, data, encoding)


@compiled
def _edge(known, p, y, start, value) -> None:
    """Repeat a value in the margin beside a row."""
    for x in range(start, start + MARGIN):
        known[p % 3, y + MARGIN, x] = value


@compiled
def _gather(known, p, y, x, ny, around) -> float:
    """Write the causal neighbours less the mean of left and above, which is returned, to `around`."""
    plane, row, column = known[p % 3], y + MARGIN, x + MARGIN
    base = (plane[row, column - 1] + plane[row - 1, column]) * 0.5
    around[0], around[1] = plane[row, column - 1], plane[row - 1, column]
    around[2], around[3] = plane[row - 1, column - 1], plane[row - 1, column + 1]
    around[4], around[5] = plane[row, column - 2], plane[row - 2, column]
    around[6], around[7] = plane[row - 1, column + 2], plane[row - 2, column + 1]
    around[8], around[9] = plane[row - 2, column - 1], plane[row, column - 3]
    if len(around) > FLAT:
        if p:
            before = known[(p - 1) % 3]
            around[10], around[11] = before[row, column], before[row, column - 1]
            around[12] = before[row - 1, column]
            around[13] = before[row, column + 1]
            around[14] = before[min(row + 1, ny + MARGIN - 1), column]
            around[15] = known[(p - 2) % 3][row, column] if p > 1 else before[row, column]
        else:
            for n in range(FLAT, DEEP):
                around[n] = around[0]
    for n in range(len(around)):
        around[n] -= base
    return base


@compiled
def _guess(around, base, weights, deep) -> float:
    """The prediction, not far outside the range of its nearest neighbours."""
    change = 0.0
    for n in range(len(around)):
        change += weights[n] * around[n]
    low = min(min(around[0], around[1]), min(around[2], around[3]))
    high = max(max(around[0], around[1]), max(around[2], around[3]))
    if deep:
        low, high = min(low, around[FLAT]), max(high, around[FLAT])
    reach = 2.0 + high - low
    guess = base + min(max(change, low - reach), high + reach)
    return guess if abs(guess) < LARGEST else 0.0


@compiled
def _clip(value, most) -> int:
    return min(max(value, -most), most)


@compiled
def _steps(difference) -> int:
    """A difference as a whole number, within what contexts tell apart."""
    return np.int64(math.floor(min(max(difference, -64.0), 64.0) + 0.5))


@compiled
def _contexts(left, p, y, x, around, base, guess, whole, contexts) -> tuple[int, int]:
    """Write the contexts of a remainder; the class of the remainders around it, and the prediction's place in its unit."""
    rest, column, row = left[p % 2], x + MARGIN, y + 1
    west, north = rest[row, column - 1], rest[row - 1, column]
    east, corner, far = rest[row - 1, column + 1], rest[row - 1, column - 1], rest[row, column - 2]
    below = left[(p - 1) % 2, row, column] if p else 0
    near = activity(2 * abs(west) + 2 * abs(north) + abs(east) + abs(corner) + abs(far) + 2 * abs(below))
    coarse = min(near, 11)
    part = min(max(np.int64(math.floor((guess - whole + 0.5) * PARTS)), 0), PARTS - 1)
    shift = base - whole
    w, n = _steps(around[0] + shift), _steps(around[1] + shift)
    nw, ne = _steps(around[2] + shift), _steps(around[3] + shift)
    ww, nn = _steps(around[4] + shift), _steps(around[5] + shift)
    before = _steps(around[FLAT] + shift) if p else 0
    low = min(min(around[0], around[1]), min(around[2], around[3]))
    high = max(max(around[0], around[1]), max(around[2], around[3]))
    slope = around[0] + around[1] - around[2]
    median = min(max(slope, min(around[0], around[1])), max(around[0], around[1])) + shift
    contexts[0] = coarse * PARTS + part
    contexts[1] = (_clip(west, 3) + 3) * 49 + (_clip(north, 3) + 3) * 7 + _clip(east, 3) + 3
    contexts[2] = ((_clip(w, 3) + 3) * 7 + _clip(n, 3) + 3) * 49 + (_clip(nw, 3) + 3) * 7 + _clip(ne, 3) + 3
    contexts[3] = (_clip(w, 1) * 3 + _clip(n, 1)) * 81 + (_clip(nw, 1) * 3 + _clip(ne, 1)) * 9
    contexts[3] += _clip(ww, 1) * 3 + _clip(nn, 1) + 364
    contexts[4] = (_clip(_steps(median * 4), 12) + 12) * 12 + coarse
    contexts[5] = min(_steps((high - low) * 2), 15) * PARTS + part
    contexts[6] = (_clip(before, 4) + 4) * 49 + (_clip(below, 3) + 3) * 7 + _clip(west, 3) + 3
    contexts[7] = (_clip(w, 4) + 4) * 27 + (_clip(n, 4) + 4) * 3 + (0 if part < 6 else 1 if part < 10 else 2)
    if p:
        contexts[8] = (_clip(before, 1) + 1) * 9 + (_clip(w, 1) + 1) * 3 + _clip(n, 1) + 1
    else:
        contexts[8] = (_clip(ww, 2) + 2) * 25 + (_clip(nn, 2) + 2) * 5 + _clip(w, 2) + 2
    contexts[9] = part
    contexts[10] = min(abs(west) + abs(north), 15) * 16 + min(abs(below) + abs(east), 15)
    contexts[11] = (_clip(_steps((median + whole - guess) * 2), 4) + 4) * PARTS + part
    return near, part


@compiled
def _learn(sums, factor, around, change, seen) -> None:
    """Let the fit forget a little and see one more sample; solve it again.

    Args:
        sums: (N + 2, N): mean products of neighbours, lower half; in the last rows those with the sample, and the weights.
        factor: (N, N), room for Cholesky's.
    """
    count = len(around)
    for i in range(count):
        for j in range(i + 1):
            sums[i, j] = MEMORY * sums[i, j] + (1 - MEMORY) * around[i] * around[j]
        sums[count, i] = MEMORY * sums[count, i] + (1 - MEMORY) * around[i] * change
    if seen > WARM and (count == FLAT or seen % 2 == 0):
        _solve(sums, factor, count)


@compiled
def _solve(sums, factor, count) -> None:
    """Weights by Cholesky's factor of the sums with a ridge; as they were where it does not exist."""
    for i in range(count):
        for j in range(i + 1):
            rest = sums[i, j]
            if i == j:
                rest += RIDGE * sums[i, i] + LEAST
            for k in range(j):
                rest -= factor[i, k] * factor[j, k]
            if i > j:
                factor[i, j] = rest / factor[j, j]
            elif rest > 1e-9:
                factor[i, i] = math.sqrt(rest)
            else:
                return
    weights = sums[count + 1]
    for i in range(count):
        rest = sums[count, i]
        for k in range(i):
            rest -= factor[i, k] * weights[k]
        weights[i] = rest / factor[i, i]
    for i in range(count - 1, -1, -1):
        rest = weights[i]
        for k in range(i + 1, count):
            rest -= factor[k, i] * weights[k]
        weights[i] = rest / factor[i, i]
