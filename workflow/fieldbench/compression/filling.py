"""Values for unknown samples that leave a field smooth, for compressors that cannot leave samples out."""

import numpy as np

SWEEPS = 16  # more make files of the sea's temperature no smaller


def filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`values` with unknown samples replaced so that the field stays smooth, about a solution of Laplace's equation.

    The field is halved along each axis, known samples averaged, until all is known; on the way back each size starts
    from the one before, and a few sweeps give unknown samples the mean of their neighbours.

    Args:
        values: (*space) float32.
        known: (*space); at least one is.
    """
    if known.all():
        return np.ascontiguousarray(values)
    total, count = values.astype(float) * known, known.astype(float)
    for axis, length in enumerate(values.shape):
        starts = np.arange(0, length, 2)
        total, count = (np.add.reduceat(array, starts, axis) for array in (total, count))
    guess = filled((total / np.maximum(count, 1)).astype(np.float32), count > 0)
    for axis, length in enumerate(values.shape):
        guess = np.repeat(guess, 2, axis).take(np.arange(length), axis)
    for _ in range(SWEEPS):
        guess = np.where(known, values, _mean_of_neighbours(guess))
    return guess.astype(np.float32)


def _mean_of_neighbours(values: np.ndarray) -> np.ndarray:
    """Mean of the two neighbours along each axis; beyond an edge the sample itself counts."""
    total = np.zeros(values.shape)
    for axis, length in enumerate(values.shape):
        lines = np.concatenate([values.take([0], axis), values, values.take([-1], axis)], axis)
        total += lines.take(np.arange(length), axis) + lines.take(np.arange(2, length + 2), axis)
    return total / (2 * values.ndim)
