"""Errors of an inferred field against the true one. Arrays of equal shape; numpy only."""

import numpy as np


def rmse(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Root mean squared error, in the arrays' unit."""
    return float(np.sqrt(np.mean((estimate - truth) ** 2)))


def correlation(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Pearson's correlation; NaN where either array is constant."""
    first, second = estimate - np.mean(estimate), truth - np.mean(truth)
    scale = np.sqrt(np.sum(first**2) * np.sum(second**2))
    return float(np.sum(first * second) / scale) if scale > 0 else float("nan")


def azimuth_error(estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Unsigned difference of two azimuths in degrees, folded at 180: at most 90, and 2 between 179 and 1."""
    return np.abs((estimate - truth + 90) % 180 - 90)
