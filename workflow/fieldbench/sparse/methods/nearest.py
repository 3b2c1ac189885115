"""The value of the nearest observation."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Problem


@dataclass(frozen=True)
class Nearest(FieldByField):
    """`points` are the coordinates (P, D) of all points."""

    points: np.ndarray

    def rebuild(self, index: np.ndarray, values: np.ndarray) -> Prediction:
        order = np.argsort(index)  # between two that are equally near, the order given must not decide
        return Prediction(values[order][KDTree(self.points[index[order]]).query(self.points)[1]])


def build(problem: Problem) -> Nearest:
    """Nothing is learned."""
    return Nearest(problem.coordinates)
