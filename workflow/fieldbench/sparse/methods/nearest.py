"""The value of the nearest observation."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from fieldbench.sparse.geometry import coordinates
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Problem


@dataclass(frozen=True)
class Nearest:
    """`points` are the coordinates (P, D) of all points."""

    points: np.ndarray

    def reconstruct(self, index: np.ndarray, values: np.ndarray) -> Prediction:
        """Whole fields (F, P) from `values` (F, O) at `index` (F, O)."""
        return Prediction(np.stack([self._one(*field) for field in zip(index, values, strict=True)]))

    def _one(self, index: np.ndarray, values: np.ndarray) -> np.ndarray:
        order = np.argsort(index)  # between two that are equally near, the order given must not decide
        return values[order][KDTree(self.points[index[order]]).query(self.points)[1]]


def build(problem: Problem) -> Nearest:
    """Nothing is learned."""
    return Nearest(coordinates(problem.position, problem.latitude, problem.longitude))
