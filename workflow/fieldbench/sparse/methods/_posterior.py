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
    log_evidence: float | np.ndarray

    @property
    def prediction(self) -> Prediction:
        """Mean and standard deviation."""
        return Prediction(self.mean, np.sqrt(self.variance))


def joined(posteriors: Iterable[Posterior]) -> Posterior:
    """K posteriors as one: means and variances (K, P), log evidences (K,)."""
    parts = zip(*((each.mean, each.variance, each.log_evidence) for each in posteriors), strict=True)
    return Posterior(*map(np.stack, parts))


def moments(weight: np.ndarray, means: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (P,) of a mixture of K distributions with positive `weight` (K,), moments (K, P)."""
    weight = weight / weight.sum()
    mean = weight @ means
    return mean, weight @ (variances + (means - mean) ** 2)
