"""How good an inferred field is: its misfit, its error against the truth, and its uncertainty's coverage."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from fieldbench.metrics.blocks import pseudo_values
from fieldbench.metrics.fields import azimuth_error, correlation, rmse
from fieldbench.physics import folds
from fieldbench.physics.uncertainty import uncertain

VECTOR = ("b_los", "b_transverse")
GROUPS = {"b_los": ["b_los"], "b_qu": ["b_q", "b_u"], "total": ["b_los", "b_q", "b_u"]}
WEAKEST_TRANSVERSE = 300.0  # G; below it an azimuth means little
WEAK = 500.0  # G; stronger fields leave the weak-field range of some lines


def metrics(field: xr.Dataset, problem: xr.Dataset, data: xr.Dataset) -> dict[str, float]:
    """All measures of one inferred field; names end in their unit.

    Args:
        field: `field` (component, y, x) in G, G^2, G^2.
        problem: see `physics.weak_field.weak_field_problem`.
        data: the dataset that `problem` was made from; its `*_true` maps are used where it has them.

    Returns:
        losses over training pixels; squared residuals in units of the noise at wavelengths left out, over observed
        pixels (`unseen_*`), and over held-out pixels (`held_out_*`); roughness, counts; and against the truth errors and
        coverage of the 68 % intervals over observed pixels, with the prefix `filled_` over held-out ones, with
        `valid_` over observed ones where the weak-field approximation holds. Azimuths are compared where the true
        B_T exceeds 300 G. Over observed pixels too, coverage where the true field is below 500 G (`weak_*`), and the share
        of pixels where B_T is not detected with its mean error there (`undetected_*`). A measure without pixels is left
        out.
    """
    return Inferred(field, problem, data).metrics()


def draws(field: xr.Dataset, problem: xr.Dataset, data: xr.Dataset) -> dict[str, dict[str, list[float]]]:
    """What each block of the map adds to misfits at held-out pixels and to errors against the truth; see `metrics`."""
    return Inferred(field, problem, data).draws()


class Inferred:
    """An inferred field beside the data and the truth.

    Args:
        field, problem, data: see `metrics`.
    """

    def __init__(self, field: xr.Dataset, problem: xr.Dataset, data: xr.Dataset):
        self.problem, self.data = problem, data
        self.estimate = uncertain(field, problem)
        self.training, self.held_out = problem["training"].values, problem["held_out"].values
        self.usable = self.training | self.held_out
        self.valid = problem["valid"].values & self.usable
        names = problem["component"].values
        difference = field["field"].sel(component=names).values - problem["optimum"].values
        self.residuals = {
            "floor": problem["floor"].values,
            "excess": problem["curvature"].values * difference**2,
        }
        self.residuals["loss"] = self.residuals["floor"] + self.residuals["excess"]
        self.left_out = _at_wavelengths_left_out(field, problem)

    def metrics(self) -> dict[str, float]:
        """All measures; see the function of that name."""
        return self.losses() | self.judged(self.usable) | self.counts()

    def draws(self) -> dict[str, dict[str, list[float]]]:
        """What each block of the map adds; see the function of that name."""
        return {name: {"block": values} for name, values in pseudo_values(self.judged, self.usable).items()}

    def losses(self) -> dict[str, float]:
        """Mean squared residuals (I_c^2) over training pixels."""
        measures = {}
        for kind, values in self.residuals.items():
            mean = self._by_component(values[:, self.training].mean(axis=1))
            for group, components in GROUPS.items():
                measures[f"{kind}_{group}_ic2"] = float(sum(mean[name] for name in components))
        return measures

    def judged(self, pixels: np.ndarray) -> dict[str, float]:
        """Misfits and errors over those of `pixels` (y, x) that each is about."""
        observed = pixels & self.training
        measures = self._unseen(observed) | self._misfits(pixels & self.held_out) | self._roughness(pixels)
        where = {"": observed, "filled_": pixels & self.held_out, "valid_": observed & self.valid}
        for prefix, part in where.items():
            errors = _errors(self.estimate, self.data, part)
            measures |= {f"{prefix}{name}": value for name, value in errors.items()}
        return measures | self._weak(observed) | self._undetected(observed)

    def _weak(self, pixels: np.ndarray) -> dict[str, float]:
        """Coverage of the intervals over `pixels` whose whole field is weak, as far as all of it is known."""
        known = [self.data[f"{name}_true"].values for name in VECTOR if f"{name}_true" in self.data]
        if len(known) < len(VECTOR) or "azimuth_true" not in self.data:
            return {}
        held = _held(self.estimate, self.data)
        weak = pixels & (np.hypot(*known) < WEAK)
        return {f"weak_{name}": float(here[weak].mean()) for name, here in held.items() if weak.any()}

    def _undetected(self, pixels: np.ndarray) -> dict[str, float]:
        """How many of `pixels` show no B_T beyond the noise, and the mean error of B_T there, as it is and debiased."""
        if not pixels.any() or np.isnan(self.estimate["b_transverse"].values[pixels]).all():
            return {}
        lost = pixels & ~self.estimate["detected"].values
        measures = {"undetected_fraction": float(lost.sum() / pixels.sum())}
        if "b_transverse_true" not in self.data or not lost.any():
            return measures
        truth = self.data["b_transverse_true"].values[lost]
        biases = {
            f"undetected_{name}_bias_gauss": float((self.estimate[name].values[lost] - truth).mean())
            for name in ("b_transverse", "b_transverse_debiased")
        }
        return measures | biases

    def _unseen(self, pixels: np.ndarray) -> dict[str, float]:
        """Squared residuals in units of the noise, of fields at the wavelengths that each was inferred without."""
        if self.left_out is None or not pixels.any():
            return {}
        mean = self._by_component(self.left_out[:, pixels].mean(axis=1))
        return self._by_group("unseen", mean)

    def _roughness(self, pixels: np.ndarray) -> dict[str, float]:
        """Rms of the Laplacian of B_los over pixels with four neighbours, in G; left out on maps that have none."""
        b_los = self.estimate["b_los"].values
        laplacian = (
            b_los[:-2, 1:-1] + b_los[2:, 1:-1] + b_los[1:-1, :-2] + b_los[1:-1, 2:] - 4 * b_los[1:-1, 1:-1]
        )
        inside = laplacian[pixels[1:-1, 1:-1] & np.isfinite(laplacian)]
        return {"b_los_roughness_gauss": float(np.sqrt(np.mean(inside**2)))} if inside.size else {}

    def _misfits(self, pixels: np.ndarray) -> dict[str, float]:
        """Mean squared residuals in units of the noise."""
        if not pixels.any():
            return {}
        chi2 = self.residuals["loss"][:, pixels].mean(axis=1) / self.problem["noise_variance"].values
        return self._by_group("held_out", self._by_component(chi2))

    def _by_group(self, kind: str, mean: dict[str, float]) -> dict[str, float]:
        """Of what was measured: where sigma is infinite, nothing was."""
        sigma = self._by_component(np.nanmin(self.problem["sigma"].values, axis=(1, 2)))
        return {
            f"{kind}_{group}_chi2": float(np.mean([mean[name] for name in GROUPS[group]]))
            for group in ("b_los", "b_qu")
            if all(np.isfinite(sigma[name]) for name in GROUPS[group])
        }

    def _by_component(self, values: np.ndarray) -> dict[str, float]:
        return dict(zip(self.problem["component"].values, values, strict=True))

    def counts(self) -> dict[str, float]:
        """Pixels that are used, and the share of those beyond the weak-field range."""
        return {
            "usable_count": float(self.usable.sum()),
            "masked_count": float((~self.usable).sum()),
            "invalid_fraction": float(1 - self.valid.sum() / self.usable.sum()),
        }


def _at_wavelengths_left_out(field: xr.Dataset, problem: xr.Dataset) -> np.ndarray | None:
    """(component, y, x): squared residuals there in units of the noise, a mean over all folds; None without folds.

    Folds differ in how well the approximation holds at their wavelengths. So a field that was inferred without some of them
    only is held against the closed form without the same ones, and its difference added to what that has over all.
    """
    turns = field.get("fold", xr.DataArray([])).values
    if not len(turns):
        return None
    names = problem["component"].values
    return np.stack([_left_out(field.sel(component=name), problem.sel(component=name)) for name in names])


def _left_out(field: xr.Dataset, problem: xr.Dataset) -> np.ndarray:
    """The same of one component, (y, x)."""
    by_pixel = {fold: folds.without(problem, fold)["optimum"] for fold in range(problem.sizes["fold"])}
    turns = field["fold"].values
    own = _misfit(problem, {fold: field["left_out"].sel(fold=fold) for fold in turns})
    same = _misfit(problem, {fold: by_pixel[fold] for fold in turns})
    return own - same + _misfit(problem, by_pixel)


def _misfit(problem: xr.Dataset, fields: Mapping[int, xr.DataArray]) -> np.ndarray:
    """(y, x): the mean squared residual of each field at the wavelengths of its fold."""
    first, *others = (folds.misfit(problem, field, fold) for fold, field in fields.items())
    residuals = sum(others, first)
    number = sum(folds.wavelengths(problem, fold) for fold in fields)
    return (residuals / number).transpose("y", "x").values


def _errors(estimate: xr.Dataset, data: xr.Dataset, pixels: np.ndarray) -> dict[str, float]:
    """Errors and coverage over `pixels` (y, x), for each part of the field whose truth is known."""
    measures = {}
    held = _held(estimate, data)
    for name in VECTOR:
        if f"{name}_true" in data and pixels.any():
            inferred, truth = _at(pixels, estimate[name], data[f"{name}_true"])
            measures[f"{name}_rmse_gauss"] = rmse(inferred, truth)
            if np.isfinite(alike := correlation(inferred, truth)):  # a single pixel has none
                measures[f"{name}_correlation"] = alike
            measures[f"{name}_coverage_fraction"] = float(held[f"{name}_coverage_fraction"][pixels].mean())
    if "azimuth_true" in data:
        strong = pixels & (data["b_transverse_true"].values > WEAKEST_TRANSVERSE)
        if strong.any():
            error = azimuth_error(*_at(strong, estimate["azimuth"], data["azimuth_true"]))
            measures["azimuth_median_error_degree"] = float(np.median(error))
            measures["azimuth_coverage_fraction"] = float(held["azimuth_coverage_fraction"][strong].mean())
    return measures


def _held(estimate: xr.Dataset, data: xr.Dataset) -> dict[str, np.ndarray]:
    """Metric of coverage -> where (y, x) the 68 % interval holds the truth, of each part whose truth is known."""
    made = {}
    if "b_los_true" in data:
        error = estimate["b_los"].values - data["b_los_true"].values
        made["b_los_coverage_fraction"] = np.abs(error) <= estimate["b_los_sigma"].values
    if "b_transverse_true" in data:
        lower, upper = (estimate[f"b_transverse_{end}"].values for end in ("lower", "upper"))
        truth = data["b_transverse_true"].values
        made["b_transverse_coverage_fraction"] = (lower <= truth) & (truth <= upper)
    if "azimuth_true" in data:
        error = azimuth_error(estimate["azimuth"].values, data["azimuth_true"].values)
        made["azimuth_coverage_fraction"] = error <= estimate["azimuth_sigma"].values
    return made


def _at(pixels: np.ndarray, *maps: xr.DataArray) -> list[np.ndarray]:
    return [values.values[pixels].astype(float) for values in maps]
