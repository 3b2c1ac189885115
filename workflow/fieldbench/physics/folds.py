"""Wavelengths in turns: what a field is worth at observed pixels, judged by wavelengths that it was not inferred from.

The wavelengths that a scheme uses for a component are dealt into folds, each of which samples the whole line. Sums over a
fold's wavelengths hold all that a fit without it needs, and a judgement by it: the misfit is a parabola in the field. No
truth enters.
"""

import numpy as np
import xarray as xr

MOST_FOLDS = 4
SUMS = ("fold_slopes", "fold_cross", "fold_squares")


def count(wavelengths: int) -> int:
    """Folds that so many wavelengths are dealt into; none where a single one would be left for nothing."""
    return min(MOST_FOLDS, wavelengths) if wavelengths > 1 else 0


def sums(observed: np.ndarray, slope: np.ndarray, folds: int) -> dict[str, np.ndarray]:
    """By fold the sums over its wavelengths of slope², slope times observed, and observed², each (fold, y, x).

    Args:
        observed, slope: (y, x, W) a Stokes parameter, and its derivative with respect to the field.
        folds: their number.
    """
    parts = [(slope[..., fold::folds], observed[..., fold::folds]) for fold in range(folds)]
    products = {
        "fold_slopes": [(s * s).sum(-1) for s, _ in parts],
        "fold_cross": [(s * o).sum(-1) for s, o in parts],
        "fold_squares": [(o * o).sum(-1) for _, o in parts],
    }
    return {name: np.reshape(values, (folds, *observed.shape[:2])) for name, values in products.items()}


def without(problem: xr.Dataset, fold: int) -> xr.Dataset:
    """The problem of the wavelengths outside a fold: `curvature`, `optimum`, `floor` and `wavelengths_used` of these.

    Misfits stay means over as many wavelengths as there were, so that a smoothness weighs the same.

    Args:
        problem: see `weak_field.weak_field_problem`.
    """
    rest = {name: problem[name].sum("fold") - problem[name].isel(fold=fold) for name in SUMS}
    used = problem["wavelengths_used"]
    slopes = rest["fold_slopes"].where(rest["fold_slopes"] > 0)
    optimum = (rest["fold_cross"] / slopes).fillna(0.0)
    floor = (rest["fold_squares"] - rest["fold_cross"] * optimum) / used
    left = {"curvature": rest["fold_slopes"] / used, "optimum": optimum, "floor": floor.clip(min=0)}
    return problem.drop_vars(SUMS).assign(left)


def misfit(problem: xr.Dataset, field: xr.DataArray, fold: int) -> xr.DataArray:
    """(component, y, x): the squared residuals of a field at a fold's wavelengths, summed, in units of the noise.

    Args:
        field: (component, y, x) in G, G^2, G^2.
    """
    slopes, cross, squares = (problem[name].isel(fold=fold) for name in SUMS)
    return (squares - 2 * cross * field + slopes * field**2) / problem["noise_variance"]


def wavelengths(problem: xr.Dataset, fold: int) -> xr.DataArray:
    """(component,): the number of wavelengths in a fold."""
    return xr.apply_ufunc(
        lambda used: np.maximum(0, (used - fold - 1) // problem.sizes["fold"] + 1),
        problem["wavelengths_used"],
    )
