"""What a Bayesian method says of one field, and the mixture of several such statements."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fieldbench.sparse.prediction import Prediction


@dataclass(frozen=True)
class Posterior:
    """Mean and variance (P,) of a field given its observations, and the log density of these observations."""

    mean: np.ndarray
    variance: np.ndarray
    log_evidence: float


def moments(weight: np.ndarray, means: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (P,) of a mixture of K distributions with positive `weight` (K,), moments (K, P)."""
    weight = weight / weight.sum()
    mean = weight @ means
    return mean, weight @ (variances + (means - mean) ** 2)


def collect(posteriors: Iterable[Posterior]) -> Prediction:
    """Means and standard deviations (F, P) of F fields."""
    found = list(posteriors)
    mean = np.stack([one.mean for one in found])
    return Prediction(mean, np.sqrt(np.stack([one.variance for one in found])))
