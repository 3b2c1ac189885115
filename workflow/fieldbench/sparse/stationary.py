"""Covariances that depend on distance alone, and their choice by restricted likelihood.

Source: Rasmussen and Williams 2006, section 4.2 (kernels); Patterson and Thompson 1971, Biometrika 58, 545 (restricted
likelihood, which an unknown mean does not bias); Varin, Reid and Firth 2011, Statistica Sinica 21, 5 (sum over blocks).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.optimize import minimize
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

KERNELS = ("rbf", "matern12", "matern32", "matern52")
ORDERS = {"matern32": 3, "matern52": 5}  # twice the smoothness
WHOLE = 500  # observations up to which one likelihood is taken of all
BLOCKS, IN_BLOCK = 12, 140  # beyond: so many blocks of so many neighbours
LENGTHS = (0.3, 30.0)  # of distances: the least in mean distances to the next point, the most in extents
STARTS = (0.03, 0.3)  # lengths that the search begins at, in extents
VARIANCES = (1e-4, 1e3)  # of that of the values
NUGGETS = (1e-7, 10.0)  # of the variance; the first keeps a smooth kernel positive definite
STRETCH, STRETCHES = 1.5, 8  # steps by which one axis is stretched, and how many of them either way at most


@dataclass(frozen=True)
class Stationary:
    """A covariance of places (D,).

    Attributes:
        kernel: one of `KERNELS`.
        length: of the kernel, in the unit of the places.
        variance: of the field, in the squared unit of the values.
        nugget: variance that is independent from point to point, and beyond `variance`.
        stretch: what the last coordinate is multiplied by before distances are taken: on the sphere the axis of the Earth,
            so that fields may vary faster from south to north; on a plane x.
        likelihood: logarithm of the restricted likelihood that it was chosen by.
    """

    kernel: str
    length: float
    variance: float
    nugget: float
    stretch: float = 1.0
    likelihood: float = np.nan

    def stretched(self, places: np.ndarray) -> np.ndarray:
        """Places (..., D) between which distance is what the covariance depends on."""
        return _stretched(places, self.stretch)

    def covariance(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """(A, B) of places (A, D) and (B, D), without the nugget."""
        distance = cdist(self.stretched(first), self.stretched(second))
        return self.variance * correlation(self.kernel, distance / self.length)


def correlation(kernel: str, distance: np.ndarray) -> np.ndarray:
    """Correlation at distances in units of the length."""
    if kernel == "rbf":
        return np.exp(-0.5 * distance**2)
    if kernel == "matern12":
        return np.exp(-distance)
    scaled = np.sqrt(ORDERS[kernel]) * distance
    return (1 + scaled + (scaled**2 / 3 if kernel == "matern52" else 0)) * np.exp(-scaled)


def slope(kernel: str, distance: np.ndarray) -> np.ndarray:
    """Derivative of the correlation by the logarithm of the length."""
    if kernel == "rbf":
        return distance**2 * np.exp(-0.5 * distance**2)
    if kernel == "matern12":
        return distance * np.exp(-distance)
    scaled = np.sqrt(ORDERS[kernel]) * distance
    return scaled**2 * ((1 + scaled) / 3 if kernel == "matern52" else 1) * np.exp(-scaled)


def most_likely(
    places: np.ndarray, values: np.ndarray, error: np.ndarray, kernels: Sequence[str] = KERNELS
) -> Stationary:
    """The kernel, length, variance and nugget that make observations most likely, whatever their mean is.

    Args:
        places: (O, D), all different.
        values: (O,).
        error: (O,) standard deviation of the noise of each, known; what the nugget is beyond.
        kernels: that are tried.
    """
    if np.ptp(values) == 0:  # a constant tells of no variation
        return Stationary(
            kernels[0], float(np.ptp(places)) or 1.0, np.finfo(float).tiny, np.finfo(float).tiny
        )
    problem = _Problem.of(places, values, error, stretch=1.0)
    fits = [problem.fit(kernel, start) for kernel in kernels for start in problem.starts]
    return max(fits, key=lambda fit: fit.likelihood)


def stretched(model: Stationary, places: np.ndarray, values: np.ndarray, error: np.ndarray) -> Stationary:
    """The most likely model of the same kernel in which the last axis may count more, or less, than the others.

    It is stretched step by step, as long as that makes the observations more likely.
    """
    if np.ptp(values) == 0:
        return model
    best = model
    for step in (STRETCH, 1 / STRETCH):
        if best is not model:  # the first way was the right one
            break
        for _ in range(STRETCHES):
            problem = _Problem.of(places, values, error, best.stretch * step)
            further = problem.fit(model.kernel, best.length)
            if further.likelihood <= best.likelihood:
                break
            best = further
    return best


def _stretched(places: np.ndarray, stretch: float) -> np.ndarray:
    return places * np.array([1.0] * (places.shape[-1] - 1) + [stretch])


@dataclass(frozen=True)
class _Problem:
    """Blocks of observations, each with its distances (n, n), values (n,) and variances of the noise (n,)."""

    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    variance: float
    spacing: float
    extent: float
    stretch: float

    @classmethod
    def of(cls, places: np.ndarray, values: np.ndarray, error: np.ndarray, stretch: float) -> "_Problem":
        """Blocks are the same whatever the stretch is, so that likelihoods compare."""
        tree = KDTree(places)
        members = [np.arange(len(places))]
        if len(places) > WHOLE:
            centres = np.random.default_rng(0).choice(len(places), BLOCKS, replace=False)
            members = list(tree.query(places[centres], k=IN_BLOCK)[1])
        between = _stretched(places, stretch)
        blocks = [(cdist(between[each], between[each]), values[each], error[each] ** 2) for each in members]
        spacing = float(np.median(tree.query(places, k=2)[0][:, 1]))
        extent = float(np.ptp(places, axis=0).max())
        return cls(blocks, float(np.var(values)), max(spacing, 1e-6 * extent), extent, stretch)

    @property
    def starts(self) -> list[float]:
        return [share * self.extent for share in STARTS]

    def fit(self, kernel: str, start: float) -> Stationary:
        low = [LENGTHS[0] * self.spacing, VARIANCES[0] * self.variance, NUGGETS[0]]
        high = [LENGTHS[1] * self.extent, VARIANCES[1] * self.variance, NUGGETS[1]]
        first = np.clip(np.log([start, self.variance, 0.1]), np.log(low), np.log(high))
        found = minimize(
            self._loss, first, args=(kernel,), jac=True, method="L-BFGS-B",
            bounds=list(zip(np.log(low), np.log(high), strict=True)),
        )  # fmt: skip
        length, variance, ratio = np.exp(found.x)
        return Stationary(
            kernel, float(length), float(variance), float(ratio * variance), self.stretch, float(-found.fun)
        )

    def _loss(self, logarithms: np.ndarray, kernel: str) -> tuple[float, np.ndarray]:
        """Minus the logarithm of the restricted likelihood, and its gradient."""
        length, variance, ratio = np.exp(logarithms)
        total, gradient = 0.0, np.zeros(3)
        for distance, values, noise in self.blocks:
            nugget = ratio * variance
            field = variance * correlation(kernel, distance / length)
            field[np.diag_indices_from(field)] += nugget
            slopes = (variance * slope(kernel, distance / length), field, nugget)
            part, change = _restricted(field + np.diag(noise), values, slopes)
            total, gradient = total + part, gradient + change
        return total, gradient


def _restricted(
    covariance: np.ndarray, values: np.ndarray, slopes: tuple[np.ndarray, np.ndarray, float]
) -> tuple[float, np.ndarray]:
    """Minus the logarithm of one block's restricted likelihood, and its gradient along changes of the covariance.

    The last of `slopes` is that of the diagonal alone.
    """
    try:
        lower = cholesky(covariance, lower=True, check_finite=False)
    except LinAlgError:
        return 1e12, np.zeros(3)
    inverse = cho_solve((lower, True), np.eye(len(values)), check_finite=False)
    ones = inverse.sum(1)
    projector = inverse - np.outer(ones, ones) / ones.sum()
    weights = projector @ values
    loss = np.log(np.diag(lower)).sum() + 0.5 * np.log(ones.sum()) + 0.5 * values @ weights
    inner = projector - np.outer(weights, weights)
    gradient = [0.5 * (inner * slope).sum() for slope in slopes[:2]]
    return float(loss), np.array([*gradient, 0.5 * slopes[2] * np.trace(inner)])
