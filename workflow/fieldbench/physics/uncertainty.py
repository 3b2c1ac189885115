"""How far an inferred field is from the true one, by any method: calibrated at wavelengths that it was inferred without.

A fold's own closed-form field is an unbiased, noisy look at the truth, independent of a field inferred without the fold.
Their mean squared difference, less the look's known variance, is the mean squared error of that field. Pixels of similar
strength share one scale, in units of the closed form's sigma.
"""

import numpy as np
import xarray as xr

from fieldbench.physics.weak_field import propagate

BINS = 6  # of pixels by the strength of the inferred field, equally many in each
DETECTED = 3.0  # sigma of B_Q and B_U from which the inferred direction is that of the field
LEAST = 0.1  # of the closed form's sigma: no calibration is believed to be better


def uncertain(field: xr.Dataset, problem: xr.Dataset) -> xr.Dataset:
    """B_los, B_T and azimuth with their 1-sigma uncertainties; see `weak_field.propagate`.

    Args:
        field: `field` (component, y, x), and `left_out` (fold, component, y, x), inferred without the wavelengths of each
            fold. Without folds the closed form's sigma is taken as it is.
        problem: see `weak_field.weak_field_problem`.
    """
    turns = field.get("fold", xr.DataArray([])).values
    if not len(turns):
        return propagate(field["field"], problem["sigma"])
    scales = _scales(field, problem, turns)
    isotropic = propagate(field["field"], problem["sigma"] * scales)
    across = propagate(field["field"], problem["sigma"] * _across(field, problem, turns))
    # Where noise rules, it turns the inferred direction towards itself, and errors across it look small.
    noise = DETECTED * np.hypot(*(problem["sigma"] * scales).values[1:]) / np.sqrt(2)
    detected = _strength(field)[1] > noise
    return isotropic.assign(azimuth_sigma=across["azimuth_sigma"].where(detected, isotropic["azimuth_sigma"]))


def _scales(field: xr.Dataset, problem: xr.Dataset, turns: np.ndarray) -> xr.DataArray:
    """(component, y, x) of every component; B_Q and B_U share theirs."""
    los, b_q, b_u = (_excess(field, problem, turns, _only(index)) for index in range(3))
    transverse = b_q[0] + b_u[0], b_q[1] + b_u[1]
    maps = [
        _scale(problem, *los, _strength(field)[0]),
        *[_scale(problem, *transverse, _strength(field)[1])] * 2,
    ]
    return problem["sigma"].copy(data=np.stack(maps))


def _across(field: xr.Dataset, problem: xr.Dataset, turns: np.ndarray) -> np.ndarray:
    """(y, x): the scale of errors across the inferred direction of (B_Q, B_U), which are the azimuth's."""
    _, b_q, b_u = field["field"].values
    phase = np.arctan2(b_u, b_q)
    weights = np.stack([np.zeros_like(phase), -np.sin(phase), np.cos(phase)])
    return _scale(problem, *_excess(field, problem, turns, weights), _strength(field)[1])


def _only(index: int) -> np.ndarray:
    return np.eye(3)[index][:, None, None]


def _strength(field: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    b_los, b_q, b_u = field["field"].values
    return np.abs(b_los), np.hypot(b_q, b_u)


def _excess(
    field: xr.Dataset, problem: xr.Dataset, turns: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """By pixel, of a sum of components: squared differences over the look's variance, less 1; and what sigma explains.

    Args:
        weights: (component, y, x), squares of which sum to 1.
    """
    noise = problem["noise_variance"].values[:, None, None]
    whole = problem["fold_slopes"].sum("fold").values
    excess, explained = np.zeros(whole.shape[1:]), np.zeros(whole.shape[1:])
    for fold in turns:
        slopes, cross = (problem[name].sel(fold=fold).values for name in ("fold_slopes", "fold_cross"))
        seen = np.where((weights != 0) & (slopes <= 0), 0.0, 1.0).min(axis=0)
        look = cross / np.where(slopes > 0, slopes, 1.0)
        difference = (weights * (field["left_out"].sel(fold=fold).values - look)).sum(axis=0)
        variance = (weights**2 * noise / np.where(slopes > 0, slopes, 1.0)).sum(axis=0)
        own = (weights**2 * noise / np.where(whole > 0, whole, 1.0)).sum(axis=0)
        excess += seen * (difference**2 / variance - 1)
        explained += seen * own / variance
    return excess, explained


def _scale(
    problem: xr.Dataset, excess: np.ndarray, explained: np.ndarray, strength: np.ndarray
) -> np.ndarray:
    """(y, x): the error in units of the closed form's sigma, of pixels of similar strength together.

    A field of all wavelengths is better than one without a fold: by the share of the data where noise rules, and not at all
    where smoothing does; the root of that share lies between.
    """
    observed = problem["training"].values
    edges = np.quantile(strength[observed], np.linspace(0, 1, BINS + 1)[1:-1])
    number = np.digitize(strength, edges)
    folds = problem.sizes["fold"]
    scales = np.ones_like(strength)
    for part in range(BINS):
        here = observed & (number == part)
        total = explained[here].sum()
        squared = excess[here].sum() / total if total > 0 else 1.0
        scales[number == part] = np.sqrt(max(squared * np.sqrt(1 - 1 / folds), LEAST**2))
    return scales
