"""A mixture of Gaussians in the space of whole fields, each of low rank, conditioned on the observed points.

Training fields with like spectra form a class, whose mean and covariance make a Gaussian: a field is
`mean + factor w + e` with w standard normal and e white. Given the observations, each class interpolates linearly
(it is kriging with that class's covariance) and is weighted by how well it explains them.

Source: the piecewise linear estimators of Yu, Sapiro and Mallat 2012 (IEEE Trans. Image Process. 21, 2481), with
the weights of a mixture of probabilistic principal component analysers (Tipping and Bishop 1999).
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.sparse.linalg import svds
from scipy.special import logsumexp

from fieldbench.sparse.kriging import require_training
from fieldbench.sparse.methods._posterior import Posterior, moments
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem

FEWEST = 30  # fields that a class has on average
COMPONENTS = 32  # of the spectra, that tell classes apart
LEAST_WEIGHT = 1e-3  # classes below are left out of a field's mean and spread


@dataclass(frozen=True)
class Gaussians:
    """K Gaussians over P points, N(mean, factor factor^T + nugget I).

    Attributes:
        mean: (K, P).
        factor: (K, P, R).
        nugget: (K,) variance at a point that the factor leaves unexplained.
    """

    mean: np.ndarray
    factor: np.ndarray
    nugget: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Gaussians":
        return Gaussians(self.mean[chosen], self.factor[chosen], self.nugget[chosen])

    def evidence(self, index: np.ndarray, values: np.ndarray, noise: float) -> np.ndarray:
        """The log density (K,) of `values` (O,) at the points `index` (O,), measured with `noise`."""
        cholesky = self._cholesky(index, values, noise)
        diagonal = np.diagonal(cholesky, axis1=1, axis2=2)
        misfit = diagonal[:, -1] ** 2 - 1
        log_determinant = 2 * np.log(diagonal[:, :-1]).sum(axis=1)
        return -0.5 * (misfit + log_determinant + len(values) * np.log(2 * np.pi * self._white(noise)))

    def condition(self, index: np.ndarray, values: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
        """The mean and the variance (K, P) of the field, given `values` (O,) at the points `index` (O,)."""
        cholesky = self._cholesky(index, values, noise)
        rotated = np.linalg.inv(cholesky[:, :-1, :-1]) @ self.factor.transpose(0, 2, 1)
        mean = self.mean + np.einsum("kr,krp->kp", cholesky[:, -1, :-1], rotated)
        variance = np.einsum("krp,krp->kp", rotated, rotated) + self.nugget[:, None]
        # Of the white part, an observation tells what its own noise does not hide.
        told = (self.nugget / self._white(noise))[:, None]
        mean[:, index] += told * (values - mean[:, index])
        variance[:, index] -= self.nugget[:, None]
        variance[:, index] = (1 - told) ** 2 * variance[:, index] + told * noise**2
        return mean, variance

    def _white(self, noise: float) -> np.ndarray:
        """Variance (K,) of what is independent from one observation to the next."""
        return self.nugget + noise**2

    def _cholesky(self, index: np.ndarray, values: np.ndarray, noise: float) -> np.ndarray:
        """Cholesky factors (K, R + 1, R + 1) of I + [F d]^T [F d], F and d the whitened factor and innovation.

        The leading block factors the inverse covariance of w; the last row holds the innovation in its terms,
        and the last diagonal element squared is 1 + the Mahalanobis distance.
        """
        innovation = values - self.mean[:, index]
        bordered = np.concatenate([self.factor[:, index], innovation[..., None]], axis=2)
        bordered = bordered.astype(float) / np.sqrt(self._white(noise))[:, None, None]
        return np.linalg.cholesky(np.eye(bordered.shape[2]) + bordered.transpose(0, 2, 1) @ bordered)


@dataclass(frozen=True)
class GaussianMixture(FieldByField):
    """Classes of fields, their log frequencies (K,), and the standard deviation of the observations' noise."""

    classes: Gaussians
    log_frequency: np.ndarray
    noise: float

    def posterior(self, index: np.ndarray, values: np.ndarray) -> Posterior:
        """The moments of the mixture of the classes' conditionals, from `values` (O,) at `index` (O,)."""
        evidence = self.log_frequency + self.classes.evidence(index, values, self.noise)
        log_evidence = logsumexp(evidence)
        weight = np.exp(evidence - log_evidence)
        kept = np.flatnonzero(weight >= LEAST_WEIGHT * weight.max())
        means, variances = self.classes[kept].condition(index, values, self.noise)
        return Posterior(*moments(weight[kept], means, variances), float(log_evidence))

    def rebuild(self, seen: Observed) -> Prediction:
        return self.posterior(seen.index, seen.values).prediction


def build(
    problem: Problem, classes: int = 128, rank: int = 32, floor: float = 1e-3, seed: int = 0
) -> GaussianMixture:
    """Learn the classes from the training fields.

    Args:
        problem: `train`, `noise` and the image's geometry are used.
        classes: how many, or fewer where training fields are few.
        rank: of each covariance, at most.
        floor: the least standard deviation of the nugget, as a share of the training fields'.
        seed: starts the clustering.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "gaussian_mixture")
    count = max(1, min(classes, len(problem.train) // FEWEST))
    label = cluster(windowed_spectrum(problem), count, seed)
    members = [problem.train[label == k] for k in np.unique(label)]
    least = (floor * problem.train.std()) ** 2
    rank = min(rank, *problem.train.shape)
    parts = zip(*(low_rank(fields, rank, least) for fields in members), strict=True)
    frequency = np.array([len(fields) for fields in members]) / len(problem.train)
    return GaussianMixture(Gaussians(*map(np.stack, parts)), np.log(frequency), problem.noise)


def windowed_spectrum(problem: Problem) -> np.ndarray:
    """Magnitudes (F, Q) of the training fields' Fourier components under a Hann window, which hides the edges."""
    anomaly = problem.train - problem.train.mean(axis=1, keepdims=True)
    window = np.multiply.outer(*(np.hanning(length + 2)[1:-1] for length in problem.shape))
    images = np.nan_to_num(problem.image(anomaly)) * window.astype(np.float32)
    return np.abs(np.fft.rfft2(images)).reshape(len(images), -1)


def cluster(features: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Labels (F,) from k-means with `count` clusters on the principal components; clusters may stay empty."""
    if count == 1:
        return np.zeros(len(features), dtype=int)
    centred = features - features.mean(axis=0)
    kept = min(COMPONENTS, min(centred.shape) - 1)
    *_, axes = svds(centred, kept, v0=np.ones(min(centred.shape), dtype=centred.dtype))
    return kmeans2(centred @ axes.T, count, iter=20, minit="++", rng=np.random.default_rng(seed))[1]


def low_rank(fields: np.ndarray, rank: int, least: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean (P,), factor (P, rank) and nugget of the Gaussian of greatest likelihood, its nugget at least `least`.

    Where the fields are fewer than `rank`, the factor ends in zeros.
    """
    mean = fields.mean(axis=0)
    _, singular, axes = np.linalg.svd(fields - mean, full_matrices=False)
    variance = singular**2 / len(fields)
    left = variance[rank:].sum() / max(1, fields.shape[1] - rank)
    nugget = max(float(left), least)
    factor = np.zeros((fields.shape[1], rank), dtype=np.float32)
    scale = np.sqrt(np.maximum(variance[:rank] - nugget, 0))
    factor[:, : len(scale)] = axes[:rank].T * scale
    return mean, factor, nugget
