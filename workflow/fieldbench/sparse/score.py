"""How well fields were rebuilt, and the lines that any method must beat.

Lengths of error are in the data's unit, which the data set states: such metrics end in `_data`.
"""

import numpy as np
from scipy.stats import norm

from fieldbench.metrics.images import psnr
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Problem

COVERED = 0.9  # nominal probability of the central intervals
POLAR = 60.0  # degrees: beyond it lie sea ice and few measurements


def metrics(prediction: Prediction, problem: Problem) -> dict[str, float]:
    """Scores over all test fields and all their points; coverage over the points that were not observed.

    `psnr_mean_db` is the mean of the fields' PSNR, `psnr_pooled_db` the PSNR of their mean squared error: the first
    hides rare failures, the second shows little else. CRPS (`crps`) of a method without spread is its mean absolute error.
    """
    error = prediction.mean.astype(float) - problem.test
    squared, each = error**2, by_field(prediction, problem)
    scores = {
        "psnr_mean_db": each.mean(),
        "psnr_median_db": np.median(each),
        "psnr_minimum_db": each.min(),
        "psnr_pooled_db": psnr(squared.mean(), problem.peak),
        "rmse_data": np.sqrt(squared.mean()),
        "mae_data": np.abs(error).mean(),
    }
    if problem.latitude is not None:
        scores["rmse_area_weighted_data"] = np.sqrt((squared * problem.weight).mean())
        if (low := np.abs(problem.latitude) < POLAR).any():
            scores["rmse_below_60_degrees_data"] = np.sqrt(squared[:, low].mean())
    scores["crps_data"] = crps(error, prediction.spread).mean()
    unseen = ~observed(problem.test_observations.index, error.shape[1])
    if prediction.spread is not None and unseen.any():
        scores["coverage90_fraction"] = covered(error, prediction.spread)[unseen].mean()
    return {name: float(value) for name, value in scores.items()}


def by_field(prediction: Prediction, problem: Problem) -> np.ndarray:
    """(F,) PSNR of every test field in dB: what `psnr_mean_db` is the mean of."""
    squared = (prediction.mean.astype(float) - problem.test) ** 2
    return psnr(squared.mean(1), problem.peak)


def references(problem: Problem) -> dict[str, float]:
    """What ignoring every observation gives, as PSNR of the test fields' mean squared error.

    `constant_mean_db`: the mean over the fields to learn from. `independent_draw_db`: the expectation for random values
    from all those fields' values. Without fields to learn from, the test fields take their place.
    """
    fields = problem.train if problem.train.size else problem.test
    mean, variance = fields.mean(dtype=float), fields.var(dtype=float)
    constant = ((problem.test - mean) ** 2).mean(dtype=float)
    return {
        "constant_mean_db": float(psnr(constant, problem.peak)),
        "independent_draw_db": float(psnr(constant + variance, problem.peak)),
    }


def crps(error: np.ndarray, spread: np.ndarray | None) -> np.ndarray:
    """Continuous ranked probability score of normal predictions, in the data's unit; |error| where the spread is 0.

    Source: Gneiting et al. 2005, Monthly Weather Review 133, 1098, equation 5.
    """
    if spread is None:
        return np.abs(error)
    certain = spread <= 0
    z = error / np.where(certain, 1, spread)
    score = spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    return np.where(certain, np.abs(error), score)


def covered(error: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Whether the truth lies in the central 90 % interval."""
    return np.abs(error) <= norm.ppf(0.5 + COVERED / 2) * spread


def observed(index: np.ndarray, points: int) -> np.ndarray:
    """(F, P), true where a field was observed, from its index (F, O)."""
    seen = np.zeros((len(index), points), dtype=bool)
    np.put_along_axis(seen, index, True, axis=1)
    return seen
