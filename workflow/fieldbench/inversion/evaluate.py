"""How good an inferred field is: its misfit, its error against the truth, and its uncertainty's coverage."""

import numpy as np
import xarray as xr

from fieldbench.metrics.fields import azimuth_error, correlation, coverage, rmse
from fieldbench.physics.weak_field import propagate

GROUPS = {"b_los": ["b_los"], "b_qu": ["b_q", "b_u"], "total": ["b_los", "b_q", "b_u"]}
WEAKEST_TRANSVERSE = 300.0  # G; below it an azimuth means little


def metrics(field: xr.Dataset, problem: xr.Dataset, data: xr.Dataset) -> dict[str, float]:
    """All measures of one inferred field; names end in their unit.

    Args:
        field: `field` (component, y, x) in G, G^2, G^2.
        problem: see `physics.weak_field.weak_field_problem`.
        data: the dataset that `problem` was made from; its `*_true` maps are used where it has them.

    Returns:
        losses over training pixels, reduced chi^2 over held-out pixels, counts, and against the truth errors
        and coverage of the 1-sigma uncertainties over usable pixels, the same with the prefix `valid_` over
        those where the weak-field approximation holds. Azimuths are compared where the true B_T exceeds 300
        G. A measure that has no pixels is left out.
    """
    usable = (problem["training"] | problem["held_out"]).values
    valid = problem["valid"].values & usable
    estimate = propagate(field["field"], problem["sigma"])
    against_truth = _errors(estimate, data, usable)
    where_valid = {f"valid_{name}": value for name, value in _errors(estimate, data, valid).items()}
    return _misfits(field, problem) | against_truth | where_valid | _counts(usable, valid)


def _misfits(field: xr.Dataset, problem: xr.Dataset) -> dict[str, float]:
    """Mean squared residuals (I_c^2) over training pixels, and over held-out pixels in units of the noise."""
    names = problem["component"].values
    estimate, optimum = field["field"].sel(component=names).values, problem["optimum"].values
    excess, floor = problem["curvature"].values * (estimate - optimum) ** 2, problem["floor"].values
    training, held_out = problem["training"].values, problem["held_out"].values
    measures = {}
    for kind, values in {"floor": floor, "excess": excess, "loss": floor + excess}.items():
        mean = dict(zip(names, values[:, training].mean(axis=1), strict=True))
        for group, components in GROUPS.items():
            measures[f"{kind}_{group}_ic2"] = float(sum(mean[name] for name in components))
    if held_out.any():
        chi2 = (floor + excess)[:, held_out].mean(axis=1) / problem["noise_variance"].values
        mean = dict(zip(names, chi2, strict=True))
        for group in ("b_los", "b_qu"):
            measures[f"held_out_{group}_chi2"] = float(np.mean([mean[name] for name in GROUPS[group]]))
    return measures


def _errors(estimate: xr.Dataset, data: xr.Dataset, pixels: np.ndarray) -> dict[str, float]:
    """Errors and coverage over `pixels` (y, x), for each part of the field whose truth is known."""
    measures = {}
    for name in ("b_los", "b_transverse"):
        if f"{name}_true" in data and pixels.any():
            inferred, truth, sigma = _at(
                pixels, estimate[name], data[f"{name}_true"], estimate[f"{name}_sigma"]
            )
            measures[f"{name}_rmse_gauss"] = rmse(inferred, truth)
            measures[f"{name}_correlation"] = correlation(inferred, truth)
            measures[f"{name}_coverage_fraction"] = coverage(inferred - truth, sigma)
    if "azimuth_true" in data:
        strong = pixels & (data["b_transverse_true"].values > WEAKEST_TRANSVERSE)
        inferred, truth, sigma = _at(
            strong, estimate["azimuth"], data["azimuth_true"], estimate["azimuth_sigma"]
        )
        if strong.any():
            error = azimuth_error(inferred, truth)
            measures["azimuth_median_error_degree"] = float(np.median(error))
            measures["azimuth_coverage_fraction"] = coverage(error, sigma)
    return measures


def _at(pixels: np.ndarray, *maps: xr.DataArray) -> list[np.ndarray]:
    return [values.values[pixels].astype(float) for values in maps]


def _counts(usable: np.ndarray, valid: np.ndarray) -> dict[str, float]:
    return {
        "usable_count": float(usable.sum()),
        "masked_count": float((~usable).sum()),
        "invalid_fraction": float(1 - valid.sum() / usable.sum()),
    }
