"""Sums of plane waves: their number, wave vectors and amplitudes from the observations.

A parametric oracle: it is told that a field is a constant and a few waves, which the families `simple`,
`multi-frequency`, `interference` and the amplitude-modulated half of `modulated` are, and others are not.

Waves are added one at a time where a coarse grid of wave vectors promises most, and all are refined together after
each addition. The best few sums survive; the evidence (Laplace's approximation) weighs sums of different length and
different local minima. What is known of waves beforehand (`Prior`) comes from the training fields.

Source: Newtonized orthogonal matching pursuit, Mamandipoor, Ramasamy and Madhow 2016 (IEEE Trans. Signal Process.
64, 5066); the beam of candidates and the evidence are ours.
"""

from dataclasses import dataclass
from math import lgamma, log, pi
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from fieldbench.sparse.kriging import require_training
from fieldbench.sparse.methods import _plane_waves as waves
from fieldbench.sparse.methods._posterior import Posterior, moments
from fieldbench.sparse.methods._wave_prior import RARE, Prior, broad, periodogram
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem

APART = 0.75  # periods across the field between two candidates
TEACHER = 0.02  # standard deviation that a training field is held to have about its waves, as a share of the fields'
SPECTRA = 512  # training fields whose spectra say which wave vectors are usual
TAUGHT = 256  # points of a training field to which waves are fitted
NARROWEST = 0.02  # least spread of the learned constant and amplitudes, as a share of the fields'
LEAST_WEIGHT = 1e-3  # sums below, as against the best, are left out of mean and spread
PATIENCE = 10.0  # nats that the best longer sum may lie below the best sum before the search ends


@dataclass(frozen=True)
class Sum:
    """A constant and waves fitted to one field: parameters (T,), Hessian (T, T), log evidence, fit (O,)."""

    theta: np.ndarray
    hessian: np.ndarray
    log_evidence: float
    fitted: np.ndarray


class Atoms(NamedTuple):
    """The candidate waves at one field's observations.

    `values` (O, 2 G) are cosines and then sines; `products` (3, G) the sums over the observations of cosine squared,
    sine squared and cosine times sine.
    """

    values: np.ndarray
    products: np.ndarray

    @classmethod
    def at(cls, position: np.ndarray, vector: np.ndarray) -> "Atoms":
        """The waves with vectors (G, 2) at positions (O, 2)."""
        phase = position @ vector.T
        cosine, sine = np.cos(phase), np.sin(phase)
        products = ((cosine**2).sum(axis=0), (sine**2).sum(axis=0), (cosine * sine).sum(axis=0))
        return cls(np.concatenate([cosine, sine], axis=1), np.stack(products))


@dataclass(frozen=True)
class LineSpectrum(FieldByField):
    """The search for waves.

    Attributes:
        position: (P, 2), from the middle of the field.
        prior: what the training fields say of waves.
        vector: (G, 2) candidate wave vectors y, x in radians per unit of position.
        log_density: (G,) of these.
        variance: of an observation about a sum of waves.
        beam: sums that survive each round.
        branches: new waves tried for each of these.
    """

    position: np.ndarray
    prior: Prior
    vector: np.ndarray
    log_density: np.ndarray
    variance: float
    beam: int
    branches: int

    def rebuild(self, seen: Observed) -> Prediction:
        return self.posterior(seen.index, seen.values).prediction

    def posterior(self, index: np.ndarray, values: np.ndarray) -> Posterior:
        """The evidence-weighted moments of the sums that explain `values` (O,) at the points `index` (O,)."""
        sums = self.search(index, values)
        evidence = np.array([candidate.log_evidence for candidate in sums])
        weight = np.exp(evidence - evidence.max())
        kept = np.flatnonzero(weight >= LEAST_WEIGHT)
        means, variances = zip(*(self._moments(sums[k]) for k in kept), strict=True)
        return Posterior(
            *moments(weight[kept], np.stack(means), np.stack(variances)), float(logsumexp(evidence))
        )

    def search(self, index: np.ndarray, values: np.ndarray) -> list[Sum]:
        """All distinct sums that the search meets, the best first."""
        y, x = np.ascontiguousarray(self.position[index].T)
        values = values.astype(float)
        atoms = Atoms.at(self.position[index], self.vector)
        alive = [self._refine(np.array([values.mean()]), y, x, values)]
        sums = list(alive)
        for _ in range(1, len(self.prior.log_order)):
            starts = [start for shorter in alive for start in self._extend(shorter, atoms, y, x, values)]
            refined = [self._refine(start, y, x, values) for start in starts]
            alive = self._distinct(refined)[: self.beam]
            sums = self._distinct(sums + alive)
            if alive[0].log_evidence < sums[0].log_evidence - PATIENCE:
                break
        return sums

    def _refine(self, theta: np.ndarray, y: np.ndarray, x: np.ndarray, values: np.ndarray) -> Sum:
        theta, misfit, hessian = waves.fit(theta, y, x, values, self.variance, self.prior.normals)
        fitted = waves.evaluate(theta, y, x)[0]
        return Sum(theta, hessian, self._log_evidence(theta, misfit, hessian, values.size), fitted)

    def _log_evidence(self, theta: np.ndarray, misfit: float, hessian: np.ndarray, observed: int) -> float:
        """Laplace's approximation about a minimum; the order of the waves in `theta` is immaterial."""
        normals, wave = self.prior.normals, theta[1:].reshape(-1, 4)
        # Below the noise an amplitude is not told from zero, where the density in cosine and sine is singular.
        amplitude = np.maximum(np.hypot(wave[:, 0], wave[:, 1]), (self.variance / observed) ** 0.5)
        likelihood = -0.5 * observed * log(2 * pi * self.variance) - misfit
        constant = -0.5 * log(2 * pi * normals.constant_spread**2)
        amplitudes = -np.log((2 * pi) ** 1.5 * normals.amplitude_spread * amplitude).sum()
        volume = 0.5 * (theta.size * log(2 * pi) - np.linalg.slogdet(hessian)[1])
        order = self.prior.log_order[len(wave)] + lgamma(len(wave) + 1)
        return float(
            likelihood + constant + amplitudes + volume + order + self.prior.log_density_at(wave[:, 2:])
        )

    def _extend(
        self, shorter: Sum, atoms: Atoms, y: np.ndarray, x: np.ndarray, values: np.ndarray
    ) -> list[np.ndarray]:
        """First guesses: `shorter` with each of the `branches` most promising further waves."""
        basis = np.linalg.qr(waves.evaluate(shorter.theta, y, x)[1])[0]
        gain, coefficients = self._promise(values - shorter.fitted, basis, atoms)
        starts = []
        for _ in range(self.branches):
            best = int(gain.argmax())
            starts.append(np.concatenate([shorter.theta, coefficients[:, best], self.vector[best]]))
            near = ((self.vector - self.vector[best]) ** 2).sum(axis=1) < (2 * pi * APART) ** 2
            gain = np.where(near, -np.inf, gain)
        return starts

    def _promise(
        self, residual: np.ndarray, basis: np.ndarray, atoms: Atoms
    ) -> tuple[np.ndarray, np.ndarray]:
        """For each candidate the evidence (G,) that a further wave would add, and its cosine and sine (2, G).

        What the orthonormal `basis` (O, T) spans is left to the waves there already. Their misfit counts as noise.
        """
        variance = max(self.variance, float(np.mean(residual**2)))
        normals = self.prior.normals
        ridge = 2 * variance / (normals.amplitude**2 + normals.amplitude_spread**2)
        spanned = (basis.T @ atoms.values).reshape(basis.shape[1], 2, -1)
        cosine, sine = (residual @ atoms.values).reshape(2, -1)
        cc, ss, cs = (
            whole - np.einsum("tg,tg->g", spanned[:, i], spanned[:, j])
            for whole, i, j in zip(atoms.products, (0, 1, 0), (0, 1, 1), strict=True)
        )
        cc, ss = cc + ridge, ss + ridge
        determinant = cc * ss - cs**2
        coefficients = np.stack([ss * cosine - cs * sine, cc * sine - cs * cosine]) / determinant
        explained = (coefficients[0] * cosine + coefficients[1] * sine) / variance
        return 0.5 * (explained - np.log(determinant / ridge**2)) + self.log_density, coefficients

    def _distinct(self, sums: list[Sum]) -> list[Sum]:
        """The sums by falling evidence, without those that fit the observations as one before does."""
        kept: list[Sum] = []
        same = 0.05 * self.variance**0.5
        for candidate in sorted(sums, key=lambda candidate: -candidate.log_evidence):
            if all(np.abs(candidate.fitted - better.fitted).max() > same for better in kept):
                kept.append(candidate)
        return kept

    def _moments(self, fit: Sum) -> tuple[np.ndarray, np.ndarray]:
        mean, jacobian = waves.evaluate(fit.theta, *np.ascontiguousarray(self.position.T))
        return mean, (np.linalg.solve(fit.hessian, jacobian.T) * jacobian.T).sum(axis=0)


def build(
    problem: Problem,
    waves_at_most: int = 5,
    highest: float = 9.0,
    beam: int = 3,
    branches: int = 3,
    nugget: float = 1e-3,
    learned_from: int = 128,
    seed: int = 0,
) -> LineSpectrum:
    """Learn from training fields what their waves are like.

    Args:
        problem: `train`, `position` and `noise` are used.
        waves_at_most: in a sum.
        highest: wave number along either axis, in periods across the field.
        beam, branches: see `LineSpectrum`.
        nugget: standard deviation of a field about a sum of waves, as a share of the training fields'.
        learned_from: training fields that are fitted for the prior of constant, amplitudes and number of waves.
        seed: chooses their points.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "line_spectrum")
    position = problem.position - (problem.position.max(axis=0) + problem.position.min(axis=0)) / 2
    spread = float(problem.train.std())
    vector, power = periodogram(problem.train[:SPECTRA], position, highest)
    prior = broad(problem.train, vector, power, waves_at_most)
    usual = power > RARE * power.max()
    candidates = vector[usual], prior.log_density.ravel()[usual]

    teacher = LineSpectrum(position, prior, *candidates, (TEACHER * spread) ** 2, beam, branches)
    prior = learn(teacher, problem.train[:learned_from], seed)
    variance = (nugget * spread) ** 2 + problem.noise**2
    return LineSpectrum(position, prior, *candidates, variance, beam, branches)


def learn(teacher: LineSpectrum, fields: np.ndarray, seed: int) -> Prior:
    """The teacher's prior with the number of waves, the constant and the amplitudes found in `fields` (F, P)."""
    rng = np.random.default_rng(seed)
    points = min(TAUGHT, fields.shape[1])
    best = []
    for field in fields:
        index = rng.choice(fields.shape[1], points, replace=False)
        best.append(teacher.search(index, field[index])[0].theta)
    order = np.bincount([len(theta) // 4 for theta in best], minlength=len(teacher.prior.log_order))
    constant = np.array([theta[0] for theta in best])
    amplitude = np.concatenate([np.hypot(theta[1::4], theta[2::4]) for theta in best])
    least = NARROWEST * teacher.prior.normals.constant_spread
    normals = waves.Normals(
        float(constant.mean()),
        max(float(constant.std()), least),
        float(amplitude.mean()),
        max(float(amplitude.std()), least),
        teacher.prior.normals.vector_spread,
    )
    log_order = np.log((order + 0.5) / (order + 0.5).sum())
    return Prior(teacher.prior.log_density, log_order, normals)
