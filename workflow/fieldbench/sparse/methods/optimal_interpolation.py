"""Optimal interpolation: kriging with the training fields' own covariance."""

from collections.abc import Callable, Sequence

import numpy as np

from fieldbench.sparse.kriging import Covariance, Kriging, require_training, tuned
from fieldbench.sparse.problem import Problem

RIDGES = (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
TABULATED = 4096  # points up to which the whole covariance is kept: 128 MiB


def build(problem: Problem, ridges: Sequence[float] = RIDGES) -> Kriging:
    """Learn mean and covariance.

    Args:
        problem: see `sparse.problem`.
        ridges: variance added to the diagonal, in units of the mean variance, for what a covariance from few fields
            misses; validation fields choose.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "optimal_interpolation")

    def learn(fields: np.ndarray) -> Callable[..., Kriging]:
        mean, variance, covariance = moments(fields)
        return lambda ridge: Kriging(mean, variance, covariance, ridge * variance.mean())

    return tuned(problem, learn, {"ridge": ridges}, {"ridge": ridges[:1]})


def moments(fields: np.ndarray) -> tuple[np.ndarray, np.ndarray, Covariance]:
    """Mean (P,), variance (P,) and covariance of `fields` (F, P)."""
    mean = fields.mean(0, dtype=float)
    root: np.ndarray = np.linalg.qr((fields - mean) / np.sqrt(len(fields) - 1), mode="r")  # type: ignore[assignment] # stubs know no mode
    variance = (root**2).sum(0)
    if len(mean) > TABULATED:
        return mean, variance, lambda first, second: root[:, first].T @ root[:, second]
    table = root.T @ root
    return mean, variance, lambda first, second: table[np.ix_(first, second)]
