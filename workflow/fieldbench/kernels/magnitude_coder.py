"""Integer planes as bytes by an adaptive binary arithmetic coder; contexts are magnitudes around each sample.

Small numbers that cluster cost less where their neighbours are small. Both directions run the same loop over the
samples in raster order. Arithmetic coder with carry-less 32-bit bounds as in Mahoney's "Data Compression Explained",
section 3; two adaptation rates averaged, section 4.1.
"""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True)
CONTEXTS = 12  # classes of the neighbours' magnitude
UNARY = 14  # magnitudes up to this one are a chain of decisions of their own
LONGEST = 31  # bits of what exceeds it: a damaged stream must not lead beyond the table of decisions
DECISIONS = 1 + UNARY + LONGEST  # zero; the chain; the length of what exceeds it
FAST, SLOW = 4, 7  # a probability moves by 2^-rate of its error
ONE = 1 << 16
ROOM = 256  # bytes that one sample never exceeds


@compiled
def encode(values: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """Code planes of whole numbers, |value| < 2^31.

    Args:
        values: (P, ny, nx) int32.
        coded: (P, ny, nx) bool, which samples are; the decoder must have it too.

    Returns:
        uint8, at least 4 bytes.
    """
    return _code(np.zeros(1 << 12, np.uint8), np.where(coded, values, 0), coded, True)


@compiled
def decode(data: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """The (P, ny, nx) int32 values that `encode` wrote as uint8 `data`; 0 where none is coded.

    Raises:
        ValueError: the data end before the last of them.
    """
    values = np.zeros(coded.shape, np.int32)
    padded = np.zeros(len(data) + ROOM, np.uint8)
    padded[: len(data)] = data
    if not len(_code(padded, values, coded, False)):
        raise ValueError("a stream ends before its numbers")
    return values


@compiled
def _code(data, values, coded, encoding) -> np.ndarray:
    """Code all samples; `data` is the input of a decoder, and the first buffer of an encoder."""
    chances = np.full((2, CONTEXTS, DECISIONS), ONE // 2, np.int64)
    state = np.array([0, 0xFFFFFFFF, 0, 0], np.int64)  # lower bound, upper bound, place in data, window
    if not encoding:
        for _ in range(4):
            state[3] = state[3] << 8 | data[state[2]]
            state[2] += 1
    for p in range(values.shape[0]):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                if coded[p, y, x]:
                    if not encoding and state[2] > len(data) - ROOM:
                        return data[:0]
                    if encoding and state[2] + ROOM > len(data):
                        data = np.concatenate((data, np.zeros(len(data), np.uint8)))
                    context = _context(values, p, y, x)
                    values[p, y, x] = _sample(data, state, chances, context, values[p, y, x], encoding)
    if not encoding:
        return data
    for shift in (24, 16, 8, 0):
        data[state[2]] = state[0] >> shift & 255
        state[2] += 1
    return data[: state[2]]


@compiled
def _context(values, p, y, x) -> int:
    """The class of the magnitudes left, above, above right and in the plane before."""
    near = 0
    if x > 0:
        near += 2 * abs(values[p, y, x - 1])
    if y > 0:
        near += 2 * abs(values[p, y - 1, x])
        near += abs(values[p, y - 1, min(x + 1, values.shape[2] - 1)])
    if p > 0:
        near += abs(values[p - 1, y, x])
    if near < 6:
        return near
    context = 6
    while near >= 12 and context < CONTEXTS - 1:
        near >>= 1
        context += 1
    return context


@compiled
def _sample(data, state, chances, context, value, encoding) -> int:
    """Code one sample and return it."""
    size = abs(value)
    magnitude = 0
    while magnitude <= UNARY:
        if not _decision(data, state, chances, context, magnitude, size > magnitude, encoding):
            break
        magnitude += 1
    if magnitude > UNARY:
        magnitude += _excess(data, state, chances, context, size - magnitude, encoding)
    if magnitude and _even(data, state, value < 0, encoding):
        return -magnitude
    return magnitude


@compiled
def _excess(data, state, chances, context, excess, encoding) -> int:
    """Code a number >= 0: its length by decisions, the bits after its leading one as they are."""
    length = 0
    while length < LONGEST and _decision(
        data, state, chances, context, 1 + UNARY + length, (excess + 1) >> (length + 1) > 0, encoding
    ):
        length += 1
    number = 1
    for place in range(length - 1, -1, -1):
        number = number << 1 | _even(data, state, (excess + 1) >> place & 1, encoding)
    return number - 1


@compiled
def _decision(data, state, chances, context, number, bit, encoding) -> int:
    """Code a bit by its adaptive probability, and learn from it."""
    fast, slow = chances[0, context, number], chances[1, context, number]
    bit = _bit(data, state, max(32, min(ONE - 32, (fast + slow) >> 1)), bit, encoding)
    goal = ONE - 1 if bit else 0
    chances[0, context, number] += (goal - fast) >> FAST
    chances[1, context, number] += (goal - slow) >> SLOW
    return bit


@compiled
def _even(data, state, bit, encoding) -> int:
    """Code a bit whose values are equally likely."""
    return _bit(data, state, ONE // 2, bit, encoding)


@compiled
def _bit(data, state, chance, bit, encoding) -> int:
    """Code a bit that is 1 with probability chance / 2^16."""
    middle = state[0] + ((state[1] - state[0]) * chance >> 16)
    low = bit if encoding else state[3] <= middle
    if low:
        state[1] = middle
    else:
        state[0] = middle + 1
    while (state[0] ^ state[1]) & 0xFF000000 == 0:
        if encoding:
            data[state[2]] = state[1] >> 24
        else:
            state[3] = (state[3] << 8 & 0xFFFFFFFF) | data[min(state[2], len(data) - 1)]
        state[2] += 1
        state[0] = state[0] << 8 & 0xFFFFFFFF
        state[1] = (state[1] << 8 & 0xFFFFFFFF) | 255
    return 1 if low else 0
