"""A Gaussian process whose amplitude, length and nugget each field's own observations choose, by maximum likelihood.

Source: Rasmussen and Williams 2006, section 5.4.1 (type II maximum likelihood), as scikit-learn does it.
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, Matern, Sum, WhiteKernel

from fieldbench.errors import UserError
from fieldbench.sparse.kriging import Kriging, spread_factor
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem

SMOOTHNESS = {"matern12": 0.5, "matern32": 1.5, "matern52": 2.5}  # nu of the kernels that are not "rbf"
MOST = 300  # observations that choose the parameters; all take part in the prediction
# First guess, in units of the mean distance to the next observation (others end in the same place), and its bounds.
LENGTH, LENGTHS = 2.0, (0.2, 100.0)
NUGGETS = (1e-9, 1.0)  # bounds, of the values' variance; the first keeps a smooth kernel positive definite


@dataclass(frozen=True)
class GaussianProcess(FieldByField):
    """Fitted to every field anew.

    Attributes:
        points: (P, D), coordinates.
        kernel: "rbf" or a key of `SMOOTHNESS`.
        factor: that standard deviations are multiplied by.
    """

    points: np.ndarray
    kernel: str
    factor: float = 1.0

    def rebuild(self, seen: Observed) -> Prediction:
        return self._fitted(seen).rebuild(seen)

    def _fitted(self, seen: Observed) -> Kriging:
        """The prior that one field's observations make most likely, about their mean; certain where all are equal."""
        values = seen.values
        level, variance = values.mean(dtype=float), values.var(dtype=float)
        flat = np.full(len(self.points), level)
        if variance == 0:
            return Kriging(flat, 0 * flat, _nothing, np.finfo(float).tiny)
        error = seen.error / np.sqrt(variance)
        kernel = self._most_likely(self.points[seen.index], (values - level) / np.sqrt(variance), error)
        amplitude = variance * kernel.k1.k1.constant_value

        def covariance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return amplitude * kernel.k1.k2(self.points[first], self.points[second])

        nugget = max(variance * kernel.k2.noise_level, NUGGETS[0] * amplitude)
        return Kriging(flat, amplitude + 0 * flat, covariance, nugget, self.factor)

    def _most_likely(self, places: np.ndarray, values: np.ndarray, error: np.ndarray) -> Sum:
        chosen = np.random.default_rng(0).permutation(len(places))[:MOST]
        places, values, error = places[chosen], values[chosen], error[chosen]
        spacing = KDTree(places).query(places, k=2)[0][:, 1].mean() if len(places) > 1 else 1.0
        first = ConstantKernel() * self._shape(spacing) + WhiteKernel(1e-3, NUGGETS)
        fit = GaussianProcessRegressor(first, alpha=error.astype(float) ** 2 + NUGGETS[0])
        with warnings.catch_warnings():  # a parameter at its bound is a result
            warnings.simplefilter("ignore", ConvergenceWarning)
            return fit.fit(places, values).kernel_

    def _shape(self, spacing: float) -> Kernel:
        low, high = LENGTHS
        scale = {
            "length_scale": LENGTH * spacing,
            "length_scale_bounds": (low * spacing, high * spacing),
        }
        return RBF(**scale) if self.kernel == "rbf" else Matern(nu=SMOOTHNESS[self.kernel], **scale)


def _nothing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.zeros((len(first), len(second)))


def build(problem: Problem, kernel: str = "rbf") -> GaussianProcess:
    """Nothing is learned but, where there are validation fields, the factor on the standard deviations.

    Args:
        problem: see `sparse.problem`.
        kernel: rbf, matern12, matern32 or matern52.

    Raises:
        UserError: unknown kernel.
    """
    if kernel != "rbf" and kernel not in SMOOTHNESS:
        raise UserError(
            f"Unknown `kernel` '{kernel}' of gaussian_process; known: rbf, {', '.join(SMOOTHNESS)}."
        )
    process = GaussianProcess(problem.coordinates, kernel)
    if not len(problem.validation):
        return process
    return replace(process, factor=spread_factor(process, problem))
