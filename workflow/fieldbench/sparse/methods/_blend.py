"""One prediction from several methods: weights from their evidence, calibrated where the truth is known."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax
from scipy.stats import chi2

from fieldbench.sparse.methods._posterior import Posterior, joined, moments
from fieldbench.sparse.prediction import Prediction, stacked
from fieldbench.sparse.problem import Observations, Problem

TEMPERATURES = (0.02, 0.3)  # starts of the calibration
EXTREMES = (1e-5, 10.0)  # temperatures that it may end with
COVERED = 0.9  # probability of the intervals that set the inflation
FAVOUR = 5.0  # bias for one method, or none, in these starts
RIDGE = 1e-4  # holds the bias of a method that no field needs, and a temperature that changes nothing


@dataclass(frozen=True)
class Blend:
    """The weights of K methods are softmax(temperature evidence + bias).

    Evidence alone is not enough: methods differ in what they take as noise, and in having seen the data before.

    Attributes:
        bias: (K,).
        temperature: how much a nat of evidence counts.
        inflation: of the variance.
    """

    bias: np.ndarray
    temperature: float
    inflation: float = 1.0

    def weights(self, evidence: np.ndarray) -> np.ndarray:
        """Weights (..., K) from log evidences (..., K)."""
        return softmax(self.temperature * evidence + self.bias, axis=-1)

    def __call__(self, experts: list[Posterior]) -> Posterior:
        """What the K methods say together of one field."""
        each, evidence = joined(experts), np.array([expert.log_evidence for expert in experts])
        weight = self.weights(evidence)
        mean, variance = moments(weight, each.mean, each.variance)
        return Posterior(mean, self.inflation * variance, float(weight @ evidence))


class Panel(Protocol):
    """Several methods that see the same observations."""

    def experts(self, seen: Observations) -> list[list[Posterior]]:
        """What each of K methods says of each of F fields, given what is measured of them."""


@dataclass(frozen=True)
class Blended:
    """A method: a panel and its blend."""

    panel: Panel
    blend: Blend

    def reconstruct(self, seen: Observations) -> Prediction:
        """Fields (F, P), given what is measured of them."""
        return stacked(self.blend(experts).prediction for experts in self.panel.experts(seen))


def blended(panel: Panel, problem: Problem) -> Blended:
    """The panel with the blend that serves the problem's validation fields best."""
    seen = problem.validation_observations
    return Blended(panel, calibrate(panel.experts(seen), problem.validation))


def calibrate(experts: list[list[Posterior]], truth: np.ndarray) -> Blend:
    """The blend of greatest mean PSNR, and of intervals that hold their share, on fields whose truth is given.

    Args:
        experts: for each of F fields, what each of K methods says.
        truth: (F, P).
    """
    evidence = np.stack([joined(field).log_evidence for field in experts])
    products = np.stack([_error_products(*field) for field in zip(experts, truth, strict=True)])

    def loss(free: np.ndarray) -> float:
        weight = _blend(free).weights(evidence)
        logarithm = np.log(np.einsum("fi,fij,fj->f", weight, products, weight)).mean()
        return float(logarithm + RIDGE * (free**2).sum())

    count = evidence.shape[1]
    favours = FAVOUR * np.eye(count + 1, count)
    starts = [np.r_[np.log(start), favour] for start in TEMPERATURES for favour in favours]
    bounds = [tuple(np.log(EXTREMES)), *[(None, None)] * count]
    minima = [minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    blend = _blend(min(minima, key=lambda minimum: minimum.fun).x)
    return replace(blend, inflation=_inflation([blend(field) for field in experts], truth))


def _inflation(posteriors: list[Posterior], truth: np.ndarray) -> float:
    """What variances lack for the central intervals of probability `COVERED` to hold as much of the truth (F, P)."""
    together = joined(posteriors)
    unsure = together.variance > 0
    squares = (together.mean - truth)[unsure] ** 2 / together.variance[unsure]
    return float(np.quantile(squares, COVERED) / chi2.ppf(COVERED, 1)) if squares.size else 1.0


def _blend(free: np.ndarray) -> Blend:
    """From the logarithm of the temperature and the biases."""
    return Blend(free[1:], float(np.exp(free[0])))


def _error_products(experts: list[Posterior], truth: np.ndarray) -> np.ndarray:
    """The mean products (K, K) of two methods' errors."""
    errors = joined(experts).mean - truth
    return errors @ errors.T / truth.size
