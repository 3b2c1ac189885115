"""Radial basis functions: a sum of equal Gaussians about the observations, as wide as leave-one-out tests say.

Source: Rippa 1999, Advances in Computational Mathematics 11, 193, for the leave-one-out errors in closed form.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist, squareform

from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem

WIDTHS = np.geomspace(0.5, 20, 14)  # of the Gaussians, in units of the mean distance to the next observation
LEAST_SMOOTHING = 1e-10  # relative to the values' variance: keeps flat Gaussians apart in double precision


@dataclass(frozen=True)
class RadialBasis(FieldByField):
    """`points` are the coordinates (P, D)."""

    points: np.ndarray

    def rebuild(self, seen: Observed) -> Prediction:
        values = seen.values.astype(float)
        level, variance = values.mean(), values.var()
        if variance == 0:
            return Prediction(np.full(len(self.points), level))
        places = self.points[seen.index]
        smoothing = np.maximum(seen.error.astype(float) ** 2 / variance, LEAST_SMOOTHING)
        width = best_width(places, values - level, smoothing)
        fit = RBFInterpolator(
            places, values - level, kernel="gaussian", epsilon=1 / width, smoothing=smoothing, degree=-1
        )
        return Prediction(level + fit(self.points))


def best_width(places: np.ndarray, values: np.ndarray, smoothing: np.ndarray) -> float:
    """The width of exp(-(d / width)^2) with the least leave-one-out error, for `values` (O,) at `places` (O, D).

    `smoothing` (O,) is added to the diagonal.
    """
    if len(places) < 2:
        return 1.0
    spacing = KDTree(places).query(places, k=2)[0][:, 1].mean()
    squared = squareform(pdist(places, "sqeuclidean"))
    errors = {}
    for width in spacing * WIDTHS:
        inverse = np.linalg.inv(np.exp(-squared / width**2) + np.diag(smoothing))
        errors[width] = ((inverse @ values / np.diag(inverse)) ** 2).sum()
    return min(errors, key=errors.__getitem__)


def build(problem: Problem) -> RadialBasis:
    """Nothing is learned: every field's own observations choose the width."""
    return RadialBasis(problem.coordinates)
