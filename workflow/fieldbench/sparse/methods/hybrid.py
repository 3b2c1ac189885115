"""Kriging with a hybrid covariance: the training fields' own where it can be trusted, and a model besides.

    C_pq = share C^train_pq exp(-d^2 / (2 taper^2)) + (1 - share) sigma_p sigma_q exp(-d / length)

with d the distance of two points (the chord on the sphere) and sigma the training fields' standard deviation. The
taper removes what few fields make up between distant points; the model fills in what they miss.

Source: Hamill and Snyder 2000 (hybrid) and Houtekamer and Mitchell 2001 (taper), both from data assimilation.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.distance import cdist

from fieldbench.sparse.kriging import Covariance, Kriging, require_training, tuned
from fieldbench.sparse.methods.optimal_interpolation import moments
from fieldbench.sparse.problem import Problem


def build(
    problem: Problem,
    shares: Sequence[float] = (0.5, 0.7, 0.8, 0.9, 1.0),
    tapers: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.6, 1.0, np.inf),
    lengths: Sequence[float] = (0.1, 0.2, 0.4, 0.8),
    ridges: Sequence[float] = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1),
) -> Kriging:
    """Learn mean and covariance; validation fields choose one of each list.

    Args:
        problem: see `sparse.problem`.
        shares: of the training fields' covariance.
        tapers, lengths: distances, in radii on the sphere, else in units of the image's longer side.
        ridges: variance added to the diagonal, in units of the mean variance.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "hybrid")
    places = problem.coordinates

    def learn(fields: np.ndarray) -> Callable[..., Kriging]:
        learned = moments(fields)
        return lambda **chosen: kriging(learned, places, **chosen)

    return tuned(problem, learn, {"share": shares, "taper": tapers, "length": lengths, "ridge": ridges})


def kriging(
    moments: tuple[np.ndarray, np.ndarray, Covariance],
    places: np.ndarray,
    *,
    share: float,
    taper: float,
    length: float,
    ridge: float,
) -> Kriging:
    """The prior of one choice.

    Args:
        moments: mean (P,), variance (P,) and covariance of the fields that were learned from.
        places: (P, D).
        share, taper, length, ridge: as in `build`, one value each.
    """
    mean, variance, trained = moments
    sigma = np.sqrt(variance)

    def covariance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        distance = cdist(places[first], places[second])
        model = np.outer(sigma[first], sigma[second]) * np.exp(-distance / length)
        tapered = trained(first, second) * np.exp(-0.5 * (distance / taper) ** 2)
        return share * tapered + (1 - share) * model

    return Kriging(mean, variance, covariance, ridge * variance.mean())
