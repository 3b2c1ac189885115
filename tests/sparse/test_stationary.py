"""Kernels against another library, the restricted likelihood by hand, and parameters that are found again."""

import numpy as np
import pytest
from fieldbench.physics import sphere
from fieldbench.sparse import stationary
from fieldbench.sparse.stationary import Stationary
from sklearn.gaussian_process.kernels import RBF, Matern

SKLEARN = {"rbf": RBF(), "matern12": Matern(nu=0.5), "matern32": Matern(nu=1.5), "matern52": Matern(nu=2.5)}
DISTANCES = np.array([0.0, 0.3, 1.0, 2.5])


def drawn(model, places, seed, noise=0.0):
    """A field at places (P, D) with a nugget and noise, mean 5."""
    rng = np.random.default_rng(seed)
    covariance = model.covariance(places, places) + (model.nugget + noise**2) * np.eye(len(places))
    return 5 + np.linalg.cholesky(covariance) @ rng.standard_normal(len(places))


@pytest.mark.parametrize("kernel", stationary.KERNELS)
def test_kernels_and_their_slopes(kernel):
    other = SKLEARN[kernel](np.zeros((1, 1)), DISTANCES[:, None])[0]
    np.testing.assert_allclose(stationary.correlation(kernel, DISTANCES), other, rtol=1e-12)
    step = 1e-6
    longer, shorter = (stationary.correlation(kernel, DISTANCES * np.exp(-sign * step)) for sign in (1, -1))
    np.testing.assert_allclose(
        stationary.slope(kernel, DISTANCES), (longer - shorter) / (2 * step), atol=1e-8
    )


def test_two_observations_have_the_likelihood_of_their_difference():
    """An unknown mean leaves the difference alone, which is normal with variance 2 (variance (1 - correlation) + nugget)."""
    places, values, error = np.array([[0.0], [2.0]]), np.array([1.0, 4.0]), np.zeros(2)
    problem = stationary._Problem.of(places, values, error, stretch=1.0)
    loss, _ = problem._loss(np.log([1.5, 2.0, 0.25]), "matern12")
    difference = 2 * (2.0 * (1 - np.exp(-2 / 1.5)) + 0.5)
    assert loss == pytest.approx(0.5 * np.log(difference) + 0.5 * 9 / difference)


@pytest.mark.parametrize("kernel", stationary.KERNELS)
def test_the_gradient_is_that_of_the_likelihood(kernel):
    rng = np.random.default_rng(3)
    problem = stationary._Problem.of(
        rng.random((20, 2)), rng.standard_normal(20), 0.1 + rng.random(20), stretch=2.0
    )
    at = np.log([0.3, 1.2, 0.2])
    _, gradient = problem._loss(at, kernel)
    for number, step in enumerate(1e-5 * np.eye(3)):
        slope = (problem._loss(at + step, kernel)[0] - problem._loss(at - step, kernel)[0]) / 2e-5
        assert gradient[number] == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("count", [300, 1200])  # all of them, and blocks of neighbours
def test_the_length_that_made_the_field_is_found(count):
    places = np.random.default_rng(0).random((count, 2))
    truth = Stationary("matern32", length=0.08, variance=4.0, nugget=0.2)
    values = drawn(truth, places, seed=1, noise=0.5)
    found = stationary.most_likely(places, values, np.full(count, 0.5), kernels=["matern32"])
    assert found.length == pytest.approx(truth.length, rel=0.3)
    assert found.variance == pytest.approx(truth.variance, rel=0.5)
    assert found.nugget == pytest.approx(truth.nugget, abs=0.2)  # beyond the noise, which is known


def test_the_kernel_that_made_the_field_is_found():
    places = np.random.default_rng(0).random((150, 2))
    for kernel in ("rbf", "matern12"):
        values = drawn(Stationary(kernel, 0.15, 1.0, 1e-4), places, seed=2)
        assert stationary.most_likely(places, values, np.zeros(150)).kernel == kernel


def test_a_stretched_field_is_found_to_be_stretched():
    places = np.random.default_rng(0).random((200, 2))
    truth = Stationary("matern32", length=0.3, variance=1.0, nugget=1e-3, stretch=3.0)
    values = drawn(truth, places, seed=4)
    same = stationary.most_likely(places, values, np.zeros(200), kernels=["matern32"])
    found = stationary.stretched(same, places, values, np.zeros(200))
    assert 2 < found.stretch < 4.5 and found.likelihood > same.likelihood + 10


def test_the_meridian_where_longitudes_begin_is_no_border():
    west, middle, east = sphere.unit_vectors(np.zeros(3), np.array([359.0, 0.0, 1.0]))[:, None]
    model = Stationary("matern12", length=0.5, variance=2.0, nugget=0.0)
    chord = 2 * np.sin(np.radians(0.5))
    assert model.covariance(west, middle)[0, 0] == pytest.approx(2 * np.exp(-chord / 0.5))
    assert model.covariance(middle, east)[0, 0] == pytest.approx(2 * np.exp(-chord / 0.5))


def test_a_constant_is_mapped_as_one():
    model = stationary.most_likely(np.random.default_rng(0).random((20, 2)), np.full(20, 7.0), np.zeros(20))
    assert 0 < model.variance < 1e-300
