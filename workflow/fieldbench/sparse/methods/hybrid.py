"""Kriging with a hybrid covariance: the training fields' own where it can be trusted, and a model besides.

    C_pq = share C^train_pq exp(-d^2 / (2 taper^2)) + (1 - share) sigma_p sigma_q R(d / length)

with d the distance of two points (the chord on the sphere), R a Matérn correlation of smoothness 3/2 and sigma the
training fields' standard deviation. The taper removes what few fields make up between distant points; the model fills in
what they miss. A constant that only the observations tell is added, for fields that are all warmer, say, than those
that were learned from.

Source: Hamill and Snyder 2000 (hybrid) and Houtekamer and Mitchell 2001 (taper), both from data assimilation.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from fieldbench.sparse.kriging import Covariance, Kriging, require_training, tuned
from fieldbench.sparse.methods.optimal_interpolation import moments
from fieldbench.sparse.problem import Observations, Problem
from fieldbench.sparse.stationary import correlation

MODEL = "matern32"  # on the validation months of sea-surface temperature 1 % better than an exponential
SPACINGS = tuple(0.5 * 2 ** (step / 4) for step in range(29))  # 0.5 to 64


def build(
    problem: Problem,
    shares: Sequence[float] = (0.0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0),
    tapers: Sequence[float] = (*SPACINGS, np.inf),
    lengths: Sequence[float] = SPACINGS,
    ridges: Sequence[float] = (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 2e-2, 0.03, 0.1, 0.3, 1.0),
) -> Kriging:
    """Learn mean and covariance; validation fields choose one of each list.

    Args:
        problem: see `sparse.problem`.
        shares: of the training fields' covariance.
        tapers, lengths: distances, in mean distances from one observation to the next.
        ridges: variance added to the diagonal, in units of the mean variance.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "hybrid")
    places = problem.coordinates
    step = spacing(problem.validation_observations, places)
    grid = {
        "share": shares,
        "taper": [step * taper for taper in tapers],
        "length": [step * length for length in lengths],
        "ridge": ridges,
    }

    def learn(fields: np.ndarray) -> Callable[..., Kriging]:
        learned = moments(fields)
        return lambda **chosen: kriging(learned, places, **chosen)

    return tuned(problem, learn, grid, {"share": (0.0, 1.0), "taper": (np.inf,), "ridge": ridges[:1]})


def spacing(seen: Observations, places: np.ndarray) -> float:
    """The mean distance from an observation to the next of its field, over all fields, between places (P, D)."""
    fields = [places[field.index] for field in seen if len(field.index) > 1]
    nearest = [KDTree(field).query(field, k=2)[0][:, 1] for field in fields]
    return float(np.concatenate(nearest).mean()) if nearest else float(np.ptp(places, axis=0).max())


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
        share, ridge: as in `build`, one value each.
        taper, length: in radii on the sphere, else in units of the image's longer side.
    """
    mean, variance, trained = moments
    sigma = np.sqrt(variance)

    def covariance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        distance = cdist(places[first], places[second])
        model = np.outer(sigma[first], sigma[second]) * correlation(MODEL, distance / length)
        tapered = trained(first, second) * np.exp(-0.5 * (distance / taper) ** 2)
        return share * tapered + (1 - share) * model

    return Kriging(mean, variance, covariance, ridge * variance.mean(), ordinary=True)
