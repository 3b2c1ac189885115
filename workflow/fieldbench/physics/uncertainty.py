"""How far an inferred field is from the true one, by any method: calibrated at wavelengths that it was inferred without.

A fold's own closed-form field, its look, is an unbiased, noisy look at the truth, independent of a field inferred without
the fold. Their mean squared difference, less the variance of looks, is the mean squared error of that field. So that this
holds,

- looks of all folds are put on one scale: at wavelengths at which the formula is off, all are too large or too small;
- the variance of looks is told by their own scatter where the field is weak, not by what the noise is said to be;
- pixels of similar strength share an error, and strength is that of the neighbourhood, without the fold: sorted by their
  own strength, pixels would be sorted by their noise.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter

from fieldbench.physics.weak_field import DETECTED, propagate

NEIGHBOURHOOD = 2.0  # pixels, standard deviation of the weights
WEAK = 2.0  # sigma; weaker neighbourhoods share one scale, stronger ones one per octave
FEWEST = 300  # pixels that share a scale
ENOUGH = 100  # detected pixels that tell whether folds are on one scale
LEAST = 0.1  # of the closed form's sigma: no calibration is believed to be better
GROUPS = {"b_los": ["b_los"], "b_qu": ["b_q", "b_u"]}


def uncertain(field: xr.Dataset, problem: xr.Dataset) -> xr.Dataset:
    """B_los, B_T and azimuth with their uncertainties; see `weak_field.propagate`.

    Args:
        field: `field` (component, y, x), and `left_out` (fold, component, y, x), inferred without the wavelengths of each
            fold. Without two folds the closed form's sigma is taken as it is.
        problem: see `weak_field.weak_field_problem`.
    """
    if not field.get("fold", xr.DataArray([])).size or problem.sizes["fold"] < 2:
        return propagate(field["field"], problem["sigma"])
    scales = {name: _scale(field, problem, group) for group, names in GROUPS.items() for name in names}
    by_component = [scales[name] for name in problem["component"].values]
    return propagate(field["field"], problem["sigma"] * np.stack(by_component))


class Looks(NamedTuple):
    """What each fold alone says of some components.

    Attributes:
        values, variance: (fold, component, y, x), by the noise that is assumed.
        whole: (component, y, x), the variance of the closed form of all wavelengths.
        known: (component, y, x), training pixels of which every fold says something.
    """

    values: np.ndarray
    variance: np.ndarray
    whole: np.ndarray
    known: np.ndarray


def _scale(field: xr.Dataset, problem: xr.Dataset, group: str) -> np.ndarray:
    """(y, x): the error in units of the closed form's sigma, of the components of a group."""
    looks = _looks(problem, GROUPS[group])
    strength = _strength(field["field"], problem, group)
    edges = _edges(strength[problem["training"].values])
    noise = _noise(looks, strength < (edges[0] if edges.size else np.inf))
    excess, explained = np.zeros(edges.size + 1), np.zeros(edges.size + 1)
    for fold in field["fold"].values:
        left = field["left_out"].sel(fold=fold)
        number = np.digitize(_strength(left, problem, group), edges)
        difference = looks.values[fold] - left.sel(component=GROUPS[group]).values
        for part, known in enumerate(looks.known):
            variance = looks.variance[fold, part][known]
            beyond = difference[part][known] ** 2 / variance - noise
            excess += np.bincount(number[known], beyond, excess.size)
            explained += np.bincount(number[known], looks.whole[part][known] / variance, excess.size)
    # A field of all wavelengths is better than one without a fold: by the share of the data where noise rules, and not at
    # all where smoothing does; the root of that share lies between.
    gained = np.sqrt(1 - 1 / problem.sizes["fold"])
    squared = np.divide(excess, explained, out=np.ones_like(excess), where=explained > 0) * gained
    return np.sqrt(np.maximum(squared, LEAST**2))[np.digitize(strength, edges)]


def _looks(problem: xr.Dataset, names: list[str]) -> Looks:
    part = problem.sel(component=names)
    noise = part["noise_variance"].values[:, None, None]
    slopes, cross = (
        part[name].transpose("fold", "component", "y", "x").values for name in ("fold_slopes", "fold_cross")
    )
    known = (slopes > 0).all(0) & part["training"].values
    slopes = np.where(known, slopes, 1.0)
    factors = _factors(slopes, cross, noise, known)[:, None, None, None]
    return Looks(cross / slopes / factors, noise / slopes / factors**2, noise / slopes.sum(0), known)


def _factors(slopes: np.ndarray, cross: np.ndarray, noise: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(fold,): by how much a fold's looks are too large against the closed form of all, where a field is detected."""
    made = np.ones(len(slopes))
    for fold in range(len(slopes)):
        rest = slopes.sum(0) - slopes[fold]
        others = (cross.sum(0) - cross[fold]) / rest
        squared = (others**2).sum(0)
        detected = known.all(0) & (squared > DETECTED**2 * (noise / rest).mean(0))
        if detected.sum() < ENOUGH:
            return np.ones(len(slopes))
        made[fold] = np.median(((cross / slopes)[fold] * others).sum(0)[detected] / squared[detected])
    shares = np.where(known, slopes, 0.0).sum((1, 2, 3))
    return made / (shares * made).sum() * shares.sum()


def _noise(looks: Looks, weak: np.ndarray) -> float:
    """How folds scatter about their mean in weak neighbourhoods, squared, in units of the variance that is assumed."""
    weights = 1 / looks.variance
    mean = (weights * looks.values).sum(0) / weights.sum(0)
    scatter = (weights * (looks.values - mean) ** 2).sum(0) / (len(weights) - 1)
    here = looks.known & weak
    return float(scatter[here].mean()) if here.any() else 1.0


def _strength(field: xr.DataArray, problem: xr.Dataset, group: str) -> np.ndarray:
    """(y, x): the neighbourhood's mean |B_los|, or for B_Q and B_U its mean B^2, in units of their typical sigma."""
    observed = problem["training"].values
    b_los, b_q, b_u = field.sel(component=["b_los", "b_q", "b_u"]).values
    strength = np.abs(b_los) if group == "b_los" else b_los**2 + np.hypot(b_q, b_u)
    unit = np.nanmedian(problem["sigma"].sel(component=GROUPS[group][0]).values[observed])
    total = gaussian_filter(np.where(observed, strength, 0.0), NEIGHBOURHOOD)
    share = gaussian_filter(observed.astype(float), NEIGHBOURHOOD)
    return total / np.maximum(share, np.finfo(float).tiny) / unit


def _edges(strength: np.ndarray) -> np.ndarray:
    """Octaves from WEAK on, those at either end left out beyond which too few pixels lie."""
    octaves = WEAK * 2.0 ** np.arange(64)
    above = strength.size - np.searchsorted(np.sort(strength), octaves)
    return octaves[(above >= FEWEST) & (strength.size - above >= FEWEST)]
