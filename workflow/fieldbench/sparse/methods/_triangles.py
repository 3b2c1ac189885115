"""Piecewise polynomials over the triangles between observations; beyond them, the nearest observation."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import griddata

from fieldbench.sparse.methods import nearest
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem


@dataclass(frozen=True)
class Triangles(FieldByField):
    """What `scipy.interpolate.griddata` makes of observations.

    Attributes:
        points: (P, 2), positions, or latitudes and longitudes in degrees.
        period: of the second coordinate; 0 where it has none.
        beyond: takes over outside all triangles.
        kind: "linear" or "cubic".
    """

    points: np.ndarray
    period: float
    beyond: nearest.Nearest
    kind: str

    def rebuild(self, seen: Observed) -> Prediction:
        inside = self._inside(seen.index, seen.values)
        return Prediction(np.where(np.isnan(inside), self.beyond.rebuild(seen).mean, inside))

    def _inside(self, index: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The field (P,), NaN beyond the triangles."""
        # Four points on a circle have two triangulations: the order given must not decide.
        order = np.argsort(index)
        index, values = index[order], values[order]
        turns = (-1, 0, 1) if self.period else (0,)
        places = np.concatenate([self.points[index] + [0, turn * self.period] for turn in turns])
        if np.linalg.matrix_rank(places - places[0]) < 2:  # no triangle
            return np.full(len(self.points), np.nan)
        return griddata(places, np.tile(values, len(turns)), self.points, method=self.kind)


def build(problem: Problem, kind: str) -> Triangles:
    """On the sphere, triangles are those of the map, closed across the date line."""
    beyond = nearest.build(problem)
    if problem.latitude is None or problem.longitude is None:
        return Triangles(problem.position, 0, beyond, kind)
    return Triangles(np.stack([problem.latitude, problem.longitude], axis=-1), 360, beyond, kind)
