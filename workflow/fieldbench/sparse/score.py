"""How well fields were rebuilt, and the lines that any method must beat.

Lengths of error are in the data's unit, which the data set states: such metrics end in `_data`.
"""

import numpy as np
from scipy.stats import norm

from fieldbench.metrics.images import psnr
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import Problem

NARROW, COVERED = 0.68, 0.9  # nominal probabilities of the central intervals
POLAR = 60.0  # degrees: beyond it lie sea ice and few measurements


def metrics(prediction: Prediction, problem: Problem) -> dict[str, float]:
    """Scores over all test fields and all their points whose truth is known; coverage over those that were not observed.

    `psnr_mean_db` is the mean of the fields' PSNR, `psnr_pooled_db` the PSNR of their mean squared error: the first
    hides rare failures, the second shows little else. CRPS (`crps`) of a method without spread is its mean absolute error.
    """
    error = prediction.mean.astype(float) - problem.test
    squared, each = error**2, by_field(prediction, problem)
    judged = ~np.isnan(problem.test)
    scores = {
        "psnr_mean_db": each.mean(),
        "psnr_median_db": np.median(each),
        "psnr_minimum_db": each.min(),
        "psnr_pooled_db": psnr(squared[judged].mean(), problem.peak),
        "rmse_data": np.sqrt(squared[judged].mean()),
        "mae_data": np.abs(error[judged]).mean(),
    }
    if problem.latitude is not None:
        weight = np.broadcast_to(problem.weight, judged.shape)[judged]
        scores["rmse_area_weighted_data"] = np.sqrt(np.average(squared[judged], weights=weight))
        if (low := judged & (np.abs(problem.latitude) < POLAR)).any():
            scores["rmse_below_60_degrees_data"] = np.sqrt(squared[low].mean())
    scores["crps_data"] = crps(error, prediction.spread)[judged].mean()
    unseen = judged & ~observed(problem.test_observations.index, error.shape[1])
    if prediction.spread is not None and unseen.any():
        for name, probability in {"coverage68_fraction": NARROW, "coverage90_fraction": COVERED}.items():
            scores[name] = covered(error, prediction.spread, probability)[unseen].mean()
    return {name: float(value) for name, value in scores.items()}


def by_field(prediction: Prediction, problem: Problem) -> np.ndarray:
    """(F,) PSNR in dB of every test field of which anything is judged: what `psnr_mean_db` is the mean of."""
    squared = (prediction.mean.astype(float) - problem.test) ** 2
    judged = ~np.isnan(problem.test)
    fields = judged.any(1)
    return np.asarray(psnr(squared[fields].mean(1, where=judged[fields]), problem.peak))


def references(problem: Problem) -> dict[str, float]:
    """What ignoring every observation gives, as PSNR of the test fields' mean squared error.

    `climatology_db`: the mean field of those to learn from. `constant_mean_db`: the mean over the fields to learn
    from. `independent_draw_db`: the expectation for random values from all those fields' values. Without fields to
    learn from, the test fields take their place.
    """
    fields = problem.train if problem.train.size else problem.test
    mean, variance = np.nanmean(fields, dtype=float), np.nanvar(fields, dtype=float)
    constant = np.nanmean((problem.test - mean) ** 2, dtype=float)
    return {
        "climatology_db": float(
            psnr(np.nanmean((problem.test - mean_field(fields)) ** 2, dtype=float), problem.peak)
        ),
        "constant_mean_db": float(psnr(constant, problem.peak)),
        "independent_draw_db": float(psnr(constant + variance, problem.peak)),
    }


def mean_field(fields: np.ndarray) -> np.ndarray:
    """(P,) mean of what is known at each point, and of all where nothing is."""
    known = ~np.isnan(fields)
    total = np.where(known, fields, 0).sum(0, dtype=float)
    return np.where(known.any(0), total / np.maximum(known.sum(0), 1), np.nanmean(fields, dtype=float))


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


def covered(error: np.ndarray, spread: np.ndarray, probability: float) -> np.ndarray:
    """Whether the truth lies in the central interval of that probability."""
    return np.abs(error) <= norm.ppf(0.5 + probability / 2) * spread


def observed(index: np.ndarray, points: int) -> np.ndarray:
    """(F, P), true where a field was observed, from its index (F, O), in which -1 is none."""
    seen = np.zeros((len(index), points + 1), dtype=bool)
    np.put_along_axis(seen, index, True, axis=1)
    return seen[:, :points]
