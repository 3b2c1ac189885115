"""Gappy POD: the principal components of the training fields, fitted to the observations by least squares.

Source: Everson and Sirovich 1995, Journal of the Optical Society of America A 12, 1657.
"""

from dataclasses import dataclass

import numpy as np

from fieldbench.sparse.kriging import JUDGES, require_training
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem

CANDIDATES = 40  # numbers of components that are tried, in even ratios


@dataclass(frozen=True)
class GappyPod(FieldByField):
    """`mean` (P,) and `modes` (R, P), orthonormal; fewer of them than there are observations."""

    mean: np.ndarray
    modes: np.ndarray

    def rebuild(self, seen: Observed) -> Prediction:
        amplitudes = np.linalg.lstsq(self.modes[:, seen.index].T, seen.values - self.mean[seen.index])[0]
        return Prediction(self.mean + amplitudes @ self.modes)


def build(problem: Problem) -> GappyPod:
    """Learn the components of the training fields; validation fields choose how many are used.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "gappy_pod")
    mean = problem.train.mean(0, dtype=float)
    modes = np.linalg.svd(problem.train - mean, full_matrices=False)[2]
    seen = problem.validation_observations
    most = min(len(modes), seen.index.shape[1])
    ranks = np.unique(np.geomspace(1, most, CANDIDATES).round().astype(int))

    def error(pod: GappyPod) -> float:
        rebuilt = pod.reconstruct(seen[:JUDGES]).mean
        return float((((rebuilt - problem.validation[:JUDGES]) ** 2) * problem.weight).mean())

    return min((GappyPod(mean, modes[:rank]) for rank in ranks), key=error)
