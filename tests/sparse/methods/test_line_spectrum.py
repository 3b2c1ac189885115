"""Known waves are found again, the fit's derivatives, what the training fields teach, and the limit."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.sparse.methods import _plane_waves, _wave_prior, line_spectrum
from scipy.integrate import dblquad

from tests.sparse.methods.wave_problem import mean_psnr, wave_problem

NORMALS = _plane_waves.Normals(0.5, 0.2, 0.3, 0.1, 12.0)
THETA = np.array([0.5, 0.1, -0.08, 9.0, 14.0, 0.05, 0.15, 21.0, 7.0])


@pytest.fixture(scope="module")
def problem():
    return wave_problem("multi-frequency", fraction=0.2)


@pytest.fixture(scope="module")
def method(problem):
    return line_spectrum.build(problem, waves_at_most=4, highest=6.0, learned_from=24)


def points(count=40, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (2, count))


def field(theta, y, x):
    waves = theta[1:].reshape(-1, 4)
    return theta[0] + sum(a * np.cos(ky * y + kx * x) + b * np.sin(ky * y + kx * x) for a, b, ky, kx in waves)


def test_the_model_and_its_derivatives():
    y, x = points()
    value, jacobian = _plane_waves.evaluate(THETA, y, x)
    np.testing.assert_allclose(value, field(THETA, y, x), rtol=1e-12)
    for t in range(THETA.size):
        moved = THETA.astype(complex)
        moved[t] += 1e-20j
        np.testing.assert_allclose(jacobian[:, t], field(moved, y, x).imag / 1e-20, rtol=1e-9)


def test_two_known_waves_are_recovered_without_noise(method):
    found = method.search(*observed(method))[0].theta
    waves = found[1:].reshape(-1, 4)
    assert len(waves) == 2
    np.testing.assert_allclose(field(found, *method.position.T), field(THETA, *method.position.T), atol=1e-6)
    vectors = np.sort(np.abs(waves[:, 2:]), axis=0)
    np.testing.assert_allclose(vectors, [[9, 7], [21, 14]], atol=1e-4)


def observed(method, count=51):
    index = np.random.default_rng(2).choice(len(method.position), count, replace=False)
    return index, field(THETA, *method.position[index].T)


def test_a_constant_field_has_no_wave(method):
    found = method.posterior(np.arange(0, 256, 5), np.full(52, 0.5))
    np.testing.assert_allclose(found.mean, 0.5, atol=1e-3)


def test_the_fit_is_the_minimum(method):
    y, x = points(60)
    values = field(THETA, y, x) + np.random.default_rng(1).normal(0, 0.05, 60)
    theta, misfit, _ = _plane_waves.fit(THETA + 0.01, y, x, values, 0.05**2, NORMALS)

    def cost(theta):
        amplitude = np.hypot(theta[1::4], theta[2::4])
        terms = ((values - field(theta, y, x)) / 0.05, (theta[0] - 0.5) / 0.2, (amplitude - 0.3) / 0.1)
        return 0.5 * sum((np.asarray(term) ** 2).sum() for term in terms)

    assert misfit == pytest.approx(cost(theta))
    for step in np.random.default_rng(3).normal(size=(50, THETA.size)):
        assert cost(theta + 0.03 * step) > misfit - 1e-3


def test_evidence_of_a_constant_is_the_integral(method):
    teller = replace(method, prior=replace(method.prior, normals=NORMALS), variance=0.1**2)
    index, values = np.arange(3), np.array([0.3, 0.5, 0.45])
    (alone,) = (one for one in teller.search(index, values) if one.theta.size == 1)

    def density(_, constant):
        normal = np.exp(-(((constant - 0.5) / 0.2) ** 2) / 2) / (0.2 * np.sqrt(2 * np.pi))
        return (
            normal * np.exp(-(((values - constant) / 0.1) ** 2).sum() / 2) / (0.1 * np.sqrt(2 * np.pi)) ** 3
        )

    integral = dblquad(density, -1, 2, 0, 1)[0]
    assert alone.log_evidence == pytest.approx(np.log(integral) + method.prior.log_order[0], abs=1e-6)


def test_training_fields_teach_the_number_of_waves_and_their_amplitudes():
    prior = line_spectrum.build(wave_problem(), waves_at_most=3, highest=5.0, learned_from=12).prior
    assert np.exp(prior.log_order).argmax() == 1
    assert prior.normals.amplitude == pytest.approx(0.5, abs=1e-3)
    assert prior.normals.constant == pytest.approx(0.5, abs=1e-3)


def test_the_density_of_wave_vectors_integrates_to_one_and_knows_the_directions():
    prior = line_spectrum.build(wave_problem(), waves_at_most=1, highest=5.0, learned_from=2).prior
    cell = (2 * np.pi * _wave_prior.STEP) ** 2
    assert np.exp(prior.log_density).sum() * cell == pytest.approx(1, rel=1e-3)
    along, across = np.array([[12.0, 12.0]]), np.array([[-12.0, 12.0]])
    assert prior.log_density_at(along) > prior.log_density_at(across) + 3
    assert prior.log_density_at(along) == prior.log_density_at(-along)
    assert prior.log_density_at(np.array([[1e3, 0.0]])) == -np.inf


def test_noise_is_met_as_well_as_the_limit_allows():
    problem = wave_problem(noise=0.05)
    method = line_spectrum.build(problem, waves_at_most=3, highest=5.0, learned_from=12)
    parameters_found = -10 * np.log10(0.05**2 * 3 / problem.test_observations.index.shape[1])
    assert mean_psnr(method, problem) == pytest.approx(parameters_found, abs=1.5)


def test_waves_without_noise_are_exact(method, problem):
    assert mean_psnr(method, problem) > 50


def test_it_says_that_it_needs_training_fields(problem):
    with pytest.raises(UserError, match="'line_spectrum' learns from training fields"):
        line_spectrum.build(replace(problem, train=problem.train[:0]))
