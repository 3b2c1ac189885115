"""Where networks see the points of a problem: on a plane as they lie there, on the sphere without a seam or a pole."""

import numpy as np
from scipy.spatial import cKDTree

from fieldbench.sparse.problem import Problem


def seen(problem: Problem) -> np.ndarray:
    """(P, C) in [0, 1]: y and x on a plane; on the sphere the points' unit vectors, moved and scaled alike along all axes.

    So the meridian where a file begins is no border, turning it by 360 degrees changes nothing, and what is near in these
    coordinates is near along the great circle. A region is enlarged until it fills the cube along its longest side.
    """
    vectors = problem.coordinates
    if vectors.shape[1] == 2:
        return vectors
    return (vectors - vectors.min(0)) / np.ptp(vectors, axis=0).max()


def nyquist(places: np.ndarray) -> float:
    """Cycles per unit that points (P, C) can carry: half of the inverse of what lies between the nearest, in the median."""
    apart, _ = cKDTree(places).query(places, 2)
    return float(0.5 / np.median(apart[:, 1]))


def closes(problem: Problem) -> bool:
    """Whether the columns go round the globe: the step from the last to the first is one like the others."""
    if problem.longitude is None:
        return False
    east = np.unique(np.round(problem.longitude % 360, 3))
    return east.size > 2 and 360 - np.ptp(east) < 1.5 * np.diff(east).max()
