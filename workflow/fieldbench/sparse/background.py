"""What a history of fields tells of places that are not on its grid: what is to be expected there, and how it varies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from fieldbench.sparse.kriging import Covariance
from fieldbench.sparse.stationary import correlation

CELLS = 12  # of the history's grid that a place is interpolated from
LENGTH = 4.0  # of the interpolating kernel, in steps of the grid
NUGGET = 1e-9  # of the variance
BEYOND = 1.5  # steps from the next cell at which the history tells nothing
AT_ONCE = 20_000  # places


@dataclass(frozen=True)
class Background:
    """A history at P places.

    Attributes:
        weights: (P, H) of the H cells of the history; rows sum to 1.
        anomalies: (F, H).
        expected: (H,) field.
    """

    weights: csr_array
    anomalies: np.ndarray
    expected: np.ndarray

    @cached_property
    def mean(self) -> np.ndarray:
        """(P,)."""
        return self.weights @ self.expected

    @cached_property
    def variance(self) -> np.ndarray:
        """(P,) of the anomalies."""
        parts = [
            (self.at(np.arange(start, min(start + AT_ONCE, self.weights.shape[0]))) ** 2).sum(1)
            for start in range(0, self.weights.shape[0], AT_ONCE)
        ]
        return np.concatenate(parts) / (len(self.anomalies) - 1)

    @property
    def covariance(self) -> Covariance:
        """Between places, of the anomalies."""
        return lambda first, second: self.at(first) @ self.at(second).T / (len(self.anomalies) - 1)

    def at(self, points: np.ndarray) -> np.ndarray:
        """(Q, F) anomalies at points (Q,)."""
        return self.weights[points] @ self.anomalies.T


def reached(cells: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Whether places (P, D) lie among or next to cells (H, D) of a grid."""
    return KDTree(cells).query(places)[0] <= BEYOND * _step(cells)


def weights(cells: np.ndarray, places: np.ndarray) -> csr_array:
    """(P, H) of ordinary kriging from the nearest cells (H, D), which goes through their values.

    Args:
        cells: at least `CELLS` of them.
        places: (P, D).
    """
    tree, length = KDTree(cells), LENGTH * _step(cells)
    parts = []
    for start in range(0, len(places), AT_ONCE):
        part = places[start : start + AT_ONCE]
        near = tree.query(part, CELLS)[1]
        within = np.linalg.norm(cells[near][:, :, None] - cells[near][:, None], axis=-1)
        across = np.linalg.norm(cells[near] - part[:, None], axis=-1)
        covariance = correlation("matern32", within / length) + NUGGET * np.eye(CELLS)
        right = np.stack([correlation("matern32", across / length), np.ones_like(across)], axis=-1)
        solved, ones = np.moveaxis(np.linalg.solve(covariance, right), -1, 0)
        own = solved + ones * ((1 - solved.sum(1)) / ones.sum(1))[:, None]
        rows = np.repeat(np.arange(start, start + len(part)), CELLS)
        parts.append((own.ravel(), rows, near.ravel()))
    values, rows, columns = (np.concatenate(each) for each in zip(*parts, strict=True))
    return csr_array((values, (rows, columns)), shape=(len(places), len(cells)))


def _step(cells: np.ndarray) -> float:
    """Between neighbours where they are farthest apart: on the sphere meridians converge."""
    some = cells[:: 1 + len(cells) // AT_ONCE]
    return float(np.quantile(KDTree(cells).query(some, 2)[0][:, 1], 0.95))
