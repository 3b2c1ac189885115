"""Whole numbers as binary decisions, each coded by a mixture of what several contexts predict.

A context's prediction is an adaptive probability. Predictions are mixed in the logistic domain by weights that learn from
each bit (Mahoney 2005, "Adaptive weighing of context models for lossless data compression"; lpaq1); two sets of weights,
chosen by two selectors, are averaged. All arithmetic is of whole numbers, so both sides agree on any machine. Coder of
bits: carry-less 32-bit bounds (Mahoney, "Data Compression Explained", section 3), probabilities of 20 bits.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True)
UNARY = 16  # magnitudes up to this one are a chain of decisions of their own
LONGEST = 52  # bits of what exceeds it, less than a double's mantissa
DECISIONS = 32  # zero, sign, the chain; a power of 2
ONE = 1 << 16  # of a context's probability
HALF = 1 << 19  # of the coder's, which are shares of 2^20
LEAST = 16  # share of 2^20 that no mixture goes below
AHEAD = 4  # bytes in a decoder's window
LIMIT = 250  # bits after which a probability adapts no more slowly
UNSURE = 4  # bits before which a context's voice is not full
LEARNING = 3  # a weight moves by its input times the error times so many 2^-19
ROOM = 512  # bytes that one number never exceeds
CLASSES = 96  # of magnitudes around a number, two per octave
COARSE = 12  # classes that choose weights


def _stretched() -> np.ndarray:
    """log(p / (1 - p)) in units of 2^-8 for p in steps of 2^-12, from whole numbers where it is rounded."""
    shares = (np.arange(4096) + 0.5) / 4096
    return np.array([round(256 * math.log(share / (1 - share))) for share in shares], np.int64)


def _squashed() -> np.ndarray:
    """2^20 / (1 + exp(-x)) for x from -12 to 12 in steps of 3/512."""
    return np.array([round(2**20 / (1 + math.exp(-3 * (n - 2048) / 512))) for n in range(4096)], np.int64)


STRETCH, SQUASH = _stretched(), _squashed()
RATES = np.array([int(65536 / (count + 1.6)) for count in range(LIMIT + 1)], np.int64)


class Model(NamedTuple):
    """What coder and decoder learn alike.

    Attributes:
        chances: (C S,) int32, of a 1, in units of 2^-16, S slots per context; counts: uint8, bits seen.
        first, second: (sets, C + 1) int64, weights in units of 2^-16.
        lengths: (CLASSES, LONGEST) int32, chances that what exceeds the chain is longer.
        slots: (C,) int64, where each context's decisions begin in `chances`.
        inputs: (C + 1,) int64.
        state: (4,) int64: lower and upper bound, place in the data, window.
    """

    chances: np.ndarray
    counts: np.ndarray
    first: np.ndarray
    second: np.ndarray
    lengths: np.ndarray
    slots: np.ndarray
    inputs: np.ndarray
    state: np.ndarray


@compiled
def new_model(contexts, slots, selectors) -> Model:
    """A model that knows nothing.

    Args:
        contexts: their number.
        slots: decisions that each may remember, a power of 2.
        selectors: values of a number's second selector.
    """
    weight = ONE * 3 // contexts + ONE // 32
    first = np.full((DECISIONS * COARSE, contexts + 1), weight, np.int64)
    second = np.full((DECISIONS * selectors, contexts + 1), weight, np.int64)
    first[:, contexts] = 0
    second[:, contexts] = 0
    return Model(
        np.full(contexts * slots, ONE // 2, np.int32),
        np.zeros(contexts * slots, np.uint8),
        first,
        second,
        np.full((CLASSES, LONGEST), ONE // 2, np.int32),
        np.zeros(contexts, np.int64),
        np.zeros(contexts + 1, np.int64),
        np.array([0, 0xFFFFFFFF, 0, 0], np.int64),
    )


@compiled
def begin(model, data, encoding) -> None:
    """Fill a decoder's window."""
    for _ in range(0 if encoding else AHEAD):
        _next(model.state, data)


@compiled
def finish(model, data, encoding) -> tuple[np.ndarray, bool]:
    """An encoder's bytes, and whether a decoder has read all of its own and no more.

    One byte between the bounds tells them apart from all that follows: a decoder reads zeros after it.
    """
    place = model.state[2]
    if encoding:
        data[place] = ((model.state[0] + 0xFFFFFF) >> 24) & 255
        return data[: place + 1], True
    return data, place == len(data) + AHEAD - 1


@compiled
def exhausted(model, data, encoding) -> bool:
    """Whether a decoder has read beyond the stream, which no stream of an encoder lets it do."""
    return not encoding and model.state[2] > len(data) + AHEAD - 1


@compiled
def roomy(model, data, encoding) -> np.ndarray:
    """An encoder's buffer, or a larger one with the same bytes."""
    if not encoding or model.state[2] + ROOM <= len(data):
        return data
    larger = np.zeros(2 * len(data), np.uint8)
    for place in range(len(data)):
        larger[place] = data[place]
    return larger


@compiled
def choose_slots(model, contexts) -> None:
    """Where the decisions of the next number are remembered, from its contexts (C,)."""
    slots = len(model.chances) // len(contexts)
    for number in range(len(contexts)):
        model.slots[number] = number * slots + ((contexts[number] * DECISIONS) & (slots - 1))


@compiled
def activity(size) -> int:
    """The class of a sum of magnitudes: its own up to 3, then two per octave."""
    if size < 4:
        return max(size, 0)
    octave = 2
    while octave < 45 and size >> octave > 1:
        octave += 1
    return 2 * octave + (size >> (octave - 1) & 1)


@compiled
def number(model, data, value, around, selector, encoding) -> int:
    """Code a whole number, |value| < 2^52, and return it.

    Args:
        around: class of the magnitudes around it.
        selector: chooses weights, below the model's `selectors`.
    """
    coarse = min(around, COARSE - 1)
    if _decision(model, data, 0, coarse, selector, value == 0, encoding):
        return 0
    negative = _decision(model, data, 1, coarse, selector, value < 0, encoding)
    size, magnitude = abs(value), 1
    while magnitude <= UNARY:
        if not _decision(model, data, magnitude + 1, coarse, selector, size > magnitude, encoding):
            break
        magnitude += 1
    if magnitude > UNARY:
        magnitude += _excess(model, data, size - magnitude, min(around, CLASSES - 1), encoding)
    return -magnitude if negative else magnitude


@compiled
def _excess(model, data, excess, around, encoding) -> int:
    """Code a number >= 0: its length by decisions, the bits after its leading one as they are."""
    length = 0
    while length < LONGEST - 1:
        chance = model.lengths[around, length]
        share = min(max(np.int64(chance) << 4, LEAST << 6), (HALF << 1) - (LEAST << 6))
        longer = _bit(model.state, data, share, (excess + 1) >> (length + 1) > 0, encoding)
        model.lengths[around, length] += ((ONE - 1 if longer else 0) - chance) >> 5
        if not longer:
            break
        length += 1
    found = 1
    for place in range(length - 1, -1, -1):
        found = found << 1 | _bit(model.state, data, HALF, (excess + 1) >> place & 1, encoding)
    return found - 1


@compiled
def _decision(model, data, decision, coarse, selector, bit, encoding) -> int:
    """Code a bit by the mixture of all contexts, and learn from it."""
    contexts = len(model.slots)
    first, second = model.first[decision * COARSE + coarse], model.second[selector * DECISIONS + decision]
    inputs, one, other = model.inputs, 0, 0
    for n in range(contexts):
        slot = model.slots[n] + decision
        voice, seen = STRETCH[model.chances[slot] >> 4], np.int64(model.counts[slot])
        inputs[n] = voice if seen >= UNSURE else voice * (seen + 1) // (UNSURE + 1)
        one += first[n] * inputs[n]
        other += second[n] * inputs[n]
    inputs[contexts] = 256
    one = (one + first[contexts] * 256) >> 16
    other = (other + second[contexts] * 256) >> 16
    bit = _bit(model.state, data, _squash((one + other) >> 1), bit, encoding)
    one_error, other_error = (bit << 20) - _squash(one), (bit << 20) - _squash(other)
    for n in range(contexts + 1):
        first[n] += inputs[n] * one_error * LEARNING >> 19
        second[n] += inputs[n] * other_error * LEARNING >> 19
    _learn(model, decision, bit)
    return bit


@compiled
def _learn(model, decision, bit) -> None:
    """Move each context's probability towards a bit, the more slowly the more it has seen."""
    for n in range(len(model.slots)):
        slot = model.slots[n] + decision
        seen, goal = model.counts[slot], ONE - 1 if bit else 0
        model.chances[slot] += (goal - np.int64(model.chances[slot])) * RATES[seen] >> 16
        if seen < LIMIT:
            model.counts[slot] = seen + 1


@compiled
def _squash(stretched) -> int:
    """The share of 2^20 of a 1."""
    place = min(max((stretched * 2) // 3 + 2048, 0), 4095)
    return min(max(SQUASH[place], LEAST), (HALF << 1) - LEAST)


@compiled
def _bit(state, data, share, bit, encoding) -> int:
    """Code a bit that is 1 with probability share / 2^20."""
    middle = state[0] + ((state[1] - state[0]) * share >> 20)
    low = bit if encoding else state[3] <= middle
    if low:
        state[1] = middle
    else:
        state[0] = middle + 1
    while (state[0] ^ state[1]) & 0xFF000000 == 0:
        if encoding:
            data[state[2]] = state[1] >> 24
            state[2] += 1
        else:
            _next(state, data)
        state[0] = state[0] << 8 & 0xFFFFFFFF
        state[1] = (state[1] << 8 & 0xFFFFFFFF) | 255
    return 1 if low else 0


@compiled
def _next(state, data) -> None:
    """Read a byte; zeros follow the stream."""
    state[3] = (state[3] << 8 & 0xFFFFFFFF) | (data[state[2]] if state[2] < len(data) else 0)
    state[2] += 1
