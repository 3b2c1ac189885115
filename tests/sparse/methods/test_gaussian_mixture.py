"""Conditioning and evidence against dense algebra; one class is kriging; observations and spreads."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.sparse.methods import gaussian_mixture
from fieldbench.sparse.methods._posterior import moments
from fieldbench.sparse.methods.gaussian_mixture import Gaussians
from scipy.stats import multivariate_normal

from tests.sparse.methods.wave_problem import mean_psnr, wave_problem

NOISE = 0.3
INDEX = np.array([4, 0, 7])
VALUES = np.array([0.2, -1.0, 0.7])


@pytest.fixture
def gaussians():
    rng = np.random.default_rng(0)
    return Gaussians(rng.normal(size=(2, 9)), rng.normal(size=(2, 9, 4)), np.array([0.1, 0.4]))


def dense(gaussians, k):
    return gaussians.factor[k] @ gaussians.factor[k].T + gaussians.nugget[k] * np.eye(9)


def krige(mean, covariance, index, values, noise):
    """Textbook conditional mean and variance."""
    observed = covariance[np.ix_(index, index)] + noise**2 * np.eye(len(index))
    gain = np.linalg.solve(observed, covariance[index]).T
    return mean + gain @ (values - mean[index]), np.diag(covariance - gain @ covariance[index])


def test_evidence_is_the_multivariate_normal_density(gaussians):
    found = gaussians.evidence(INDEX, VALUES, NOISE)
    for k in range(2):
        covariance = dense(gaussians, k)[np.ix_(INDEX, INDEX)] + NOISE**2 * np.eye(3)
        known = multivariate_normal(gaussians.mean[k, INDEX], covariance).logpdf(VALUES)
        assert found[k] == pytest.approx(known, rel=1e-10)


def test_condition_is_kriging_with_the_dense_covariance(gaussians):
    means, variances = gaussians.condition(INDEX, VALUES, NOISE)
    for k in range(2):
        mean, variance = krige(gaussians.mean[k], dense(gaussians, k), INDEX, VALUES, NOISE)
        np.testing.assert_allclose(means[k], mean, rtol=1e-10)
        np.testing.assert_allclose(variances[k], variance, rtol=1e-10)


def test_one_class_of_full_rank_is_kriging_with_the_empirical_covariance():
    problem = wave_problem(noise=0.1, train=29)
    method = gaussian_mixture.build(problem, classes=1, rank=29, floor=0.05)
    seen = problem.test_observations[:3]
    index, values = seen.index, seen.values
    found = method.reconstruct(seen)
    nugget = (0.05 * problem.train.std()) ** 2
    values_, axes = np.linalg.eigh(np.cov(problem.train.astype(float).T, bias=True))
    covariance = (axes * np.maximum(values_, nugget)) @ axes.T
    for f in range(3):
        mean, variance = krige(problem.train.mean(0), covariance, index[f], values[f], 0.1)
        np.testing.assert_allclose(found.mean[f], mean, atol=1e-4)
        np.testing.assert_allclose(found.spread[f] ** 2, variance, atol=1e-5)


def test_the_class_that_explains_the_observations_rules(gaussians):
    apart = replace(gaussians, mean=np.stack([np.zeros(9), np.full(9, 50.0)]))
    method = gaussian_mixture.GaussianMixture(apart, np.log([0.999, 0.001]), NOISE)
    found = method.posterior(INDEX, np.full(3, 50.0))
    np.testing.assert_allclose(
        found.mean, apart[np.array([1])].condition(INDEX, np.full(3, 50.0), NOISE)[0][0]
    )
    assert found.log_evidence == pytest.approx(
        apart.evidence(INDEX, np.full(3, 50.0), NOISE)[1] + np.log(0.001)
    )


def test_moments_of_two_normals_by_hand():
    mean, variance = moments(np.array([3.0, 1.0]), np.array([[0.0], [4.0]]), np.array([[1.0], [2.0]]))
    assert mean == 1.0 and variance == 0.75 * (1 + 1) + 0.25 * (2 + 9)


def test_observations_without_noise_are_reproduced():
    problem = wave_problem()
    index, values = problem.test_observations.index, problem.test_observations.values
    found = gaussian_mixture.build(problem, classes=8).reconstruct(problem.test_observations)
    np.testing.assert_allclose(np.take_along_axis(found.mean, index, 1), values, atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(found.spread, index, 1), 0, atol=1e-6)


def test_more_classes_serve_waves_better():
    problem = wave_problem(noise=0.05, train=1200)
    one, many = (mean_psnr(gaussian_mixture.build(problem, classes=k), problem) for k in (1, 24))
    assert many > one + 2


def test_classes_are_fields_with_like_spectra():
    first, second = wave_problem(train=40), wave_problem("radial", train=40)
    both = replace(first, train=np.concatenate([first.train, second.train]))
    label = gaussian_mixture.cluster(gaussian_mixture.windowed_spectrum(both), 2, seed=0)
    assert (label[:40] == label[0]).mean() > 0.9 and (label[40:] == label[-1]).mean() > 0.6


def test_fields_fewer_than_the_rank_leave_the_factor_empty():
    fields = np.random.default_rng(1).normal(size=(3, 20)).astype(np.float32)
    _, factor, nugget = gaussian_mixture.low_rank(fields, 6, 1e-4)
    assert not factor[:, 3:].any() and nugget == 1e-4


def test_it_says_that_it_needs_training_fields():
    problem = wave_problem()
    with pytest.raises(UserError, match="'gaussian_mixture' learns from training fields"):
        gaussian_mixture.build(replace(problem, train=problem.train[:0]))
