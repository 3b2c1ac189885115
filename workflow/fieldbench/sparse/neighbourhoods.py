"""Kriging from many observations: every part of a map from those that lie near it.

Source: Haas 1990, Atmospheric Environment 24A, 1759 (moving windows). Here a window is that of a block of points, made
so small that the observations within it are few beside those of the window.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree
from threadpoolctl import threadpool_limits

from fieldbench.sparse.kriging import Kriging
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Observed

WHOLE = 1500  # observations up to which all take part everywhere
NEAR = 224  # nearest observations of a window
FAR = 32  # of every `THINNED`-th observation besides, for what lies beyond a cluster or a track
THINNED = 16
INSIDE = 56  # observations that a block of points may hold, at most: a quarter of the nearest
LARGEST = 1024  # points of a block


def condition(
    kriging: Kriging,
    places: np.ndarray,
    seen: Observed,
    points: np.ndarray,
    *,
    cores: int = 1,
    done: Callable[[int], None] = lambda count: None,
) -> Prediction:
    """One field at `points` (Q,), from all observations, or, where these are many, from those near each block of points.

    Args:
        kriging: the prior.
        places: (P, D), of every point that the prior knows of; near is what is near there.
        seen: the observations.
        points: (Q,).
        cores: threads, one block each.
        done: told how many points more are finished.
    """
    mean, spread = np.empty(len(points)), np.empty(len(points))
    windows = _Windows.of(places[seen.index])

    def fill(block: np.ndarray) -> None:
        near = seen.take(windows.around(places[points[block]]))
        part = kriging.condition(near, points[block])
        mean[block], spread[block] = part.mean, part.spread
        done(len(block))

    with threadpool_limits(1), ThreadPoolExecutor(cores) as pool:
        try:
            list(pool.map(fill, windows.blocks(places[points])))
        except BaseException:  # Ctrl-C waits for the blocks at hand, not for all that were planned
            pool.shutdown(cancel_futures=True)
            raise
    return Prediction(mean, spread)


@dataclass(frozen=True)
class _Windows:
    """Which observations speak for which points.

    Attributes:
        count: number of observations.
        near: all of them.
        far: every so-manieth, and their numbers in `thinned`.
    """

    count: int
    near: KDTree
    far: KDTree
    thinned: np.ndarray

    @classmethod
    def of(cls, places: np.ndarray) -> "_Windows":
        thinned = np.sort(np.random.default_rng(0).permutation(len(places))[: -(-len(places) // THINNED)])
        return cls(len(places), KDTree(places), KDTree(places[thinned]), thinned)

    def around(self, block: np.ndarray) -> np.ndarray:
        """Numbers of the observations that a block of places (B, D) is rebuilt from."""
        if self.count <= WHOLE:
            return np.arange(self.count)
        centre, _ = _ball(block)
        return np.union1d(self.near.query(centre, NEAR)[1], self.thinned[self.far.query(centre, FAR)[1]])

    def blocks(self, places: np.ndarray) -> list[np.ndarray]:
        """Numbers of the places (Q, D) of every block."""
        if not len(places):
            return []
        waiting, blocks = [np.arange(len(places))], []
        while waiting:
            block = waiting.pop()
            centre, radius = _ball(places[block])
            if radius and (len(block) > LARGEST or self._crowded(centre, radius)):
                waiting += halves(places, block)
            else:
                blocks.append(block)
        return blocks

    def _crowded(self, centre: np.ndarray, radius: float) -> bool:
        if self.count <= WHOLE:
            return False
        return self.near.query_ball_point(centre, radius, return_length=True) > INSIDE


def halves(places: np.ndarray, block: np.ndarray) -> list[np.ndarray]:
    """A block of numbers of places (P, D), split evenly across its longest axis."""
    axis = np.ptp(places[block], axis=0).argmax()
    order = block[np.argsort(places[block, axis], kind="stable")]
    return np.array_split(order, 2)


def _ball(block: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre (D,) and radius of a ball that holds places (B, D)."""
    centre = (block.min(0) + block.max(0)) / 2
    return centre, float(np.sqrt(((block - centre) ** 2).sum(1).max()))
