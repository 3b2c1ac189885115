"""The neighbours, one kriging by hand, the gain over the mixture, and the calibrated blend."""

import numpy as np
import pytest
from fieldbench.sparse.methods import _blend, gaussian_mixture, tangent_kriging
from fieldbench.sparse.methods._posterior import Posterior

from tests.sparse.methods.wave_problem import mean_psnr, wave_problem

MIXTURE = {"classes": 8}


@pytest.fixture(scope="module")
def problem():
    return wave_problem("radial", noise=0.05, train=1000)


def panel(problem, neighbours=(12, 40), rounds=2):
    return tangent_kriging.tangents(problem, neighbours, rounds, 0.03, MIXTURE)


def test_the_nearest_are_the_nearest(problem):
    found = panel(problem).nearest(problem.test, 5)
    for field, rows in zip(problem.test, found, strict=True):
        distance = ((problem.train - field) ** 2).sum(1)
        assert set(rows) == set(np.argsort(distance)[:5])


def test_with_all_fields_as_neighbours_it_is_kriging_with_their_covariance():
    problem = wave_problem("radial", noise=0.05, train=20)
    known = problem.test_observations
    [[_, found]] = panel(problem, [10**6], 1).experts(known[:1])
    whole = gaussian_mixture.Gaussians(
        *(part[None] for part in gaussian_mixture.low_rank(problem.train, 20, 1e-12)[:2]),
        np.array([(0.03 * problem.train.std()) ** 2]),
    )
    mean, variance = whole.condition(known.index[0], known.values[0], 0.05)
    np.testing.assert_allclose(found.mean, mean[0], atol=1e-5)
    np.testing.assert_allclose(found.variance, variance[0], atol=1e-5)


def test_neighbours_serve_a_family_of_two_parameters_better_than_classes(problem):
    method = tangent_kriging.build(problem, neighbours=(12, 40), mixture=MIXTURE)
    assert mean_psnr(method, problem) > mean_psnr(method.panel.mixture, problem) + 1


def test_its_intervals_hold_their_share(problem):
    method = tangent_kriging.build(problem, neighbours=(12, 40), mixture=MIXTURE)
    known = problem.validation_observations
    found = method.reconstruct(known)
    inside = np.abs(found.mean - problem.validation) < 1.6449 * found.spread
    assert inside.mean() == pytest.approx(0.9, abs=0.002)


def test_observations_without_noise_are_reproduced():
    problem = wave_problem("radial")
    index, values = problem.test_observations.index, problem.test_observations.values
    found = tangent_kriging.build(problem, neighbours=(12,), mixture=MIXTURE).reconstruct(
        problem.test_observations
    )
    np.testing.assert_allclose(np.take_along_axis(found.mean, index, 1), values, atol=1e-6)
    assert np.isfinite(found.spread).all()


def expert(mean, evidence):
    return Posterior(np.array([mean]), np.array([1.0]), evidence)


def test_equal_evidence_is_an_even_blend():
    found = _blend.Blend(np.zeros(2), 1.0)([expert(0.0, 3.0), expert(1.0, 3.0)])
    assert found.mean == 0.5 and found.variance == 1.25 and found.log_evidence == 3.0


def test_calibration_mends_an_evidence_that_is_off():
    # The method of the greater evidence is right, once 20 nats are taken from the second's.
    rng = np.random.default_rng(0)
    truth, lead = rng.normal(size=(60, 1)), rng.choice([-8.0, 8.0], 60)
    fields = [
        [expert(t + (0.01 if d > 0 else 1.0), d), expert(t + (0.01 if d < 0 else 1.0), 20.0)]
        for (t,), d in zip(truth, lead, strict=True)
    ]
    blend = _blend.calibrate(fields, truth)
    assert (blend.bias[1] - blend.bias[0]) / blend.temperature == pytest.approx(-20, abs=8)
    assert all(abs(blend(field).mean - t) < 0.1 for field, t in zip(fields, truth, strict=True))
