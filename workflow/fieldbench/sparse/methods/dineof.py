"""DINEOF: empirical orthogonal functions of a series with gaps, which are filled by them, by turns until nothing changes.

The functions are those of fields smoothed in time, so that neighbours in time help to fill; how much, and how many
functions, is what fills best what is held out. Spread: that of a normal prior with these functions, given a field's
observations (as in optimal interpolation), calibrated where the truth is known.

Source: Beckers and Rixen 2003, J. Atmos. Ocean. Technol. 20, 1839; the smoothing Alvera-Azcarate et al. 2009, Ocean
Science 5, 475; the error maps Beckers, Barth and Alvera-Azcarate 2006, Ocean Science 2, 183.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldbench.sparse.kriging import lacking, require_training
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import CLOUDS, Observations, Problem

MOST = 60  # functions
PATIENCE = 3  # numbers of functions tried beyond the best
TOLERANCE = 2e-3  # change of what is filled, in the values' standard deviation, that counts as none
TURNS = 30  # for one number of functions, at most


@dataclass(frozen=True)
class Dineof:
    """Functions are found anew from all fields that are to be filled.

    Attributes:
        mean: (P,), subtracted from all fields.
        others: (N, P) fields that the functions are found from besides.
        width: standard deviation of the smoothing in time, in steps of the series.
        modes: number of functions.
        factor: that standard deviations are multiplied by.
    """

    mean: np.ndarray
    others: np.ndarray
    width: float
    modes: int = 1
    factor: float = 1.0

    def reconstruct(self, seen: Observations) -> Prediction:
        """Fields (F, P), given what is measured of them."""
        gappy, smoother = self.gappy(seen), self.smoother(seen.time, len(seen))
        filled = np.nan_to_num(gappy)
        for count in range(1, self.modes + 1):
            filled = fill(gappy, filled, count, smoother)
        own = slice(len(self.others), None)
        return Prediction(self.mean + filled[own], self.factor * self._spread(gappy, filled, smoother)[own])

    def gappy(self, seen: Observations) -> np.ndarray:
        """All fields less the mean, (N + F, P), NaN where not known."""
        return np.concatenate([self.others, seen.on_points(len(self.mean))]) - self.mean

    def smoother(self, time: np.ndarray | None, count: int) -> np.ndarray:
        """The matrix (N + F, N + F) that smooths the observed fields in time."""
        whole = np.eye(len(self.others) + count)
        if self.width and time is not None and count > 1:
            away = (time[:, None] - time) / (self.width * np.median(np.diff(time)))
            weight = np.exp(-0.5 * away**2)
            whole[-count:, -count:] = weight / weight.sum(1, keepdims=True)
        return whole

    def _spread(self, gappy: np.ndarray, filled: np.ndarray, smoother: np.ndarray) -> np.ndarray:
        """Standard deviations (N + F, P) of a prior of the functions and of what they leave, given the observations."""
        known = ~np.isnan(gappy)
        times = functions_in_time(filled, self.modes, smoother)
        patterns = times.T @ filled
        left = (gappy - times @ patterns)[known].var()
        factor = patterns.T / np.sqrt(len(filled))  # of the covariance, (P, modes)
        spread = np.empty(gappy.shape)
        for field, there in enumerate(known):
            information = np.eye(self.modes) + factor[there].T @ factor[there] / left
            rotated = np.linalg.solve(np.linalg.cholesky(information), factor.T)
            spread[field] = np.sqrt((rotated**2).sum(0) + left)
        return np.where(known, 0.0, spread)


def fill(gappy: np.ndarray, start: np.ndarray, count: int, smoother: np.ndarray) -> np.ndarray:
    """`gappy` (F, P) with its gaps filled by `count` functions of the filled fields, from those of `start`."""
    missing = np.isnan(gappy)
    if not missing.any():
        return start
    filled, enough = start.copy(), TOLERANCE * np.nanstd(gappy)
    for _ in range(TURNS):
        times = functions_in_time(filled, count, smoother)
        smooth = (times @ (times.T @ filled))[missing]
        change = np.sqrt(np.mean((smooth - filled[missing]) ** 2))
        filled[missing] = smooth
        if change < enough:
            break
    return filled


def functions_in_time(fields: np.ndarray, count: int, smoother: np.ndarray) -> np.ndarray:
    """The leading orthonormal functions of time (F, count) of the smoothed `fields` (F, P)."""
    products = smoother @ (fields @ fields.T) @ smoother.T
    return np.linalg.eigh(products)[1][:, -count:]


def build(problem: Problem, widths: Sequence[float] = (0.0, 1.0, 2.0), most: int = MOST) -> Dineof:
    """Choose smoothing and number of functions on what is held out for validation.

    Args:
        problem: see `sparse.problem`.
        widths: standard deviations of the smoothing in time, in steps of the series; 0 is the method of 2003.
        most: functions.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "dineof", gaps=True)
    same = problem.mask == CLOUDS  # then the observations are all that is known of the series
    others = problem.train[:0] if same else problem.train
    mean = np.nan_to_num(np.nanmean(problem.train, axis=0, dtype=float))
    tried = [_with_best_number(Dineof(mean, others, width), problem, most) for width in dict.fromkeys(widths)]
    method = min(tried, key=lambda pair: pair[1])[0]
    unseen = np.isnan(problem.validation_observations.on_points(len(mean))) & ~np.isnan(problem.validation)
    found = method.reconstruct(problem.validation_observations)
    return replace(
        method, factor=lacking((found.mean - problem.validation)[unseen], found.known_spread[unseen])
    )


def _with_best_number(method: Dineof, problem: Problem, most: int) -> tuple[Dineof, float]:
    """The method with the number of functions that fills best, and its mean squared error."""
    seen = problem.validation_observations
    gappy, smoother = method.gappy(seen), method.smoother(seen.time, len(seen))
    errors, filled = [], np.nan_to_num(gappy)
    for count in range(1, min(most, len(gappy)) + 1):
        filled = fill(gappy, filled, count, smoother)
        rebuilt = method.mean + filled[len(method.others) :]
        errors.append(float(np.nanmean((rebuilt - problem.validation) ** 2)))
        if count - 1 - np.argmin(errors) >= PATIENCE:
            break
    best = int(np.argmin(errors))
    return replace(method, modes=best + 1), errors[best]
