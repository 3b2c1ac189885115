"""Entropy coding of whole numbers, each by a Laplace model that a small network reads from those already coded.

Network, probabilities and coder work in whole numbers alone, so that encoder and decoder agree to the bit on any
machine. The coder is range asymmetric numeral systems (Duda 2013) with a state of 63 bits and words of 32; as it
returns symbols in reverse, the encoder first walks through the values in the decoder's order and notes intervals.
"""

from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True)
WEIGHT_BITS = 12  # fraction of a weight
ACTIVATION_BITS = 8  # fraction of a hidden neuron's value
MEAN_BITS = 6  # fraction of a mean and of the logarithm of a scale
SCALE_STEPS = 8  # per octave of the Laplace scale
SCALE_OCTAVES = (-5, 13)  # least and largest log2 of the scale
TOTAL_BITS = 24  # frequencies add up to 2^24
TOTAL = 1 << TOTAL_BITS
LOWEST = 1 << 31  # the coder's state lies in [2^31, 2^63)
WORD = 32  # bits

# exp(-n / 64) in units of 2^-30, and 2^26 over each scale, from whole numbers: no library rounds otherwise
_DECAY_STEP = 18160753814917686419  # exp(-1/64) 2^64
_ROOTS = (67108864, 61539100, 56431603, 51748008, 47453133, 43514715, 39903169, 36591368)  # 2^(26 - n/8)


def _decay() -> np.ndarray:
    values, exact = [], 1 << 94
    while exact >> 64:
        values.append(exact >> 64)
        exact = exact * _DECAY_STEP >> 64
    return np.array([*values, 0, 0], np.int64)


def _inverse_scales() -> np.ndarray:
    """2^26 / scale for scales of 2^-5, 2^(-5 + 1/8) ... 2^13."""
    least, largest = SCALE_OCTAVES
    steps = range((largest - least) * SCALE_STEPS + 1)
    return np.array([(_ROOTS[n % 8] << 5) >> n // 8 for n in steps], np.int64)


DECAY = _decay()
INVERSE_SCALES = _inverse_scales()


class Network(NamedTuple):
    """Three layers with ReLU between them, in whole numbers.

    Attributes:
        first: (I, H), transposed; first_bias: (H,); second: (H, H), transposed; second_bias: (H,);
        last: (H, 2), transposed; last_bias: (2,). Weights are in units of 2^-12, a bias in those of its layer's
            sums: 2^-12 in the first, whose inputs are whole, and 2^-20 in the others.
    """

    first: np.ndarray
    first_bias: np.ndarray
    second: np.ndarray
    second_bias: np.ndarray
    last: np.ndarray
    last_bias: np.ndarray


class Grid(NamedTuple):
    """One level of one tile, in a flat array whose padding is zero.

    Attributes:
        values: (N,) int32, the latents amid their padding.
        positions: (M,) int64, where in `values` the coded latents are, in the order of coding.
        offsets: (K,) int64, how far before a latent each neighbour of its context lies.
        parents: (M,) int32, for each coded latent the co-located one of the next coarser level.
        least, largest: range of the latents.
    """

    values: np.ndarray
    positions: np.ndarray
    offsets: np.ndarray
    parents: np.ndarray
    least: int
    largest: int


@compiled
def _layer(inputs, matrix, bias, shift, out) -> None:
    """out = (matrix^T inputs + bias) / 2^shift, rounded down; inputs that are 0, most of them, cost nothing."""
    for o in range(out.size):
        out[o] = bias[o]
    for i in range(inputs.size):
        value = inputs[i]
        if value != 0:
            row = matrix[i]
            for o in range(out.size):
                out[o] += value * row[o]
    for o in range(out.size):
        out[o] >>= shift


@compiled
def _predict(grid, n, network, inputs, hidden, deeper, result) -> None:
    """Mean, in units of 2^-MEAN_BITS, and number of the scale for the latent `n`; written to `result`."""
    position = grid.positions[n]
    for k in range(grid.offsets.size):
        inputs[k] = grid.values[position - grid.offsets[k]]
    inputs[grid.offsets.size] = grid.parents[n]
    _layer(inputs, network.first, network.first_bias, WEIGHT_BITS - ACTIVATION_BITS, hidden)
    for h in range(hidden.size):
        hidden[h] = max(hidden[h], 0)
    _layer(hidden, network.second, network.second_bias, WEIGHT_BITS, deeper)
    for h in range(hidden.size):
        deeper[h] = max(deeper[h], 0)
    _layer(deeper, network.last, network.last_bias, WEIGHT_BITS + ACTIVATION_BITS - MEAN_BITS, result)
    middle = 1 << MEAN_BITS
    result[0] = min(max(result[0], grid.least * middle), grid.largest * middle)
    # log2 of the scale comes with the mean's fraction
    step = (result[1] - SCALE_OCTAVES[0] * middle) * SCALE_STEPS + middle // 2 >> MEAN_BITS
    result[1] = min(max(step, 0), INVERSE_SCALES.size - 1)


@compiled
def _cumulative(value, mean, scale, least, largest) -> int:
    """Frequency, of TOTAL, of all values below `value`; each in least .. largest has a frequency of 1 at least."""
    if value <= least:
        return 0
    if value > largest:
        return TOTAL
    distance = (2 * value - 1 << MEAN_BITS - 1) - mean
    # in units of 2^-18; a step of DECAY is 2^-6
    exponent = abs(distance) * INVERSE_SCALES[scale] >> MEAN_BITS + 8
    index, part = min(exponent >> 12, DECAY.size - 2), exponent & 4095
    tail = (DECAY[index] * (4096 - part) + DECAY[index + 1] * part) >> 13
    below = tail if distance < 0 else (1 << 30) - tail
    return (below * (TOTAL - (largest - least + 1)) >> 30) + value - least


@compiled
def intervals(grid, network, starts, sizes) -> None:
    """The interval of TOTAL that each latent of the grid has under its model; written to `starts` and `sizes` (M,)."""
    width = network.first.shape[1]
    inputs, result = np.empty(grid.offsets.size + 1, np.int64), np.empty(2, np.int64)
    hidden, deeper = np.empty(width, np.int64), np.empty(width, np.int64)
    for n in range(grid.positions.size):
        _predict(grid, n, network, inputs, hidden, deeper, result)
        value = grid.values[grid.positions[n]]
        starts[n] = _cumulative(value, result[0], result[1], grid.least, grid.largest)
        sizes[n] = _cumulative(value + 1, result[0], result[1], grid.least, grid.largest) - starts[n]


@compiled
def _find(target, mean, scale, least, largest) -> int:
    """The value whose interval holds `target`: at the mean or else by halving."""
    middle = min(max((mean + (1 << MEAN_BITS - 1)) >> MEAN_BITS, least), largest)
    low, high = least, largest + 1  # cumulative(low) <= target < cumulative(high)
    if _cumulative(middle, mean, scale, least, largest) <= target:
        low, reach = middle, 1
        while _cumulative(low + reach, mean, scale, least, largest) <= target:
            low, reach = low + reach, 2 * reach
        high = min(low + reach, high)
    else:
        high, reach = middle, 1
        while _cumulative(high - reach, mean, scale, least, largest) > target:
            high, reach = high - reach, 2 * reach
        low = max(high - reach, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _cumulative(middle, mean, scale, least, largest) <= target:
            low = middle
        else:
            high = middle
    return low


@compiled
def decode_grid(grid, network, words, state, cursor) -> tuple[int, int]:
    """Write the latents into `grid.values`; returns the coder's state and how many words it has read."""
    width = network.first.shape[1]
    inputs, result = np.empty(grid.offsets.size + 1, np.int64), np.empty(2, np.int64)
    hidden, deeper = np.empty(width, np.int64), np.empty(width, np.int64)
    for n in range(grid.positions.size):
        _predict(grid, n, network, inputs, hidden, deeper, result)
        target = state & (TOTAL - 1)
        value = _find(target, result[0], result[1], grid.least, grid.largest)
        start = _cumulative(value, result[0], result[1], grid.least, grid.largest)
        size = _cumulative(value + 1, result[0], result[1], grid.least, grid.largest) - start
        grid.values[grid.positions[n]] = value
        state = size * (state >> TOTAL_BITS) + target - start
        if state < LOWEST:
            state = state << WORD | (np.int64(words[cursor]) if cursor < words.size else 0)
            cursor += 1
    return state, cursor


@compiled
def _push(starts, sizes, words) -> tuple[int, int]:
    """Code intervals, the last first; returns the state and the number of words written."""
    state, count = LOWEST, 0
    for n in range(starts.size - 1, -1, -1):
        size = np.int64(sizes[n])
        if state >> (63 - TOTAL_BITS) >= size:
            words[count] = state & 0xFFFFFFFF
            state >>= WORD
            count += 1
        state = (state // size << TOTAL_BITS) + state % size + starts[n]
    return state, count


def encode_intervals(starts: np.ndarray, sizes: np.ndarray) -> bytes:
    """The stream that leads a decoder through these intervals of TOTAL, (M,) each, in their order."""
    words = np.empty(len(starts) + 2, np.uint32)
    state, count = _push(starts, sizes, words)
    return int(state).to_bytes(8, "little") + words[:count][::-1].astype("<u4").tobytes()


def read_stream(data: bytes) -> tuple[np.ndarray, int]:
    """Words and first state of a stream; an empty one holds no latent."""
    return np.frombuffer(data[8:], "<u4").astype(np.uint32), int.from_bytes(data[:8], "little")
