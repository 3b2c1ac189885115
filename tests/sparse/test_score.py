"""Scores by hand, and the two lines that a blind method reaches."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench.datasets import wave_family
from fieldbench.sparse import masks, score
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import from_dataset
from scipy.integrate import quad
from scipy.stats import norm

from tests.sparse.observing import exact


@pytest.fixture(scope="module")
def waves():
    data = wave_family.load(family="simple", train=2000, validation=2, test=1000, resolution=16)
    return from_dataset(masks.add_observations(data, "uniform", 0.05, 0.0, seed=0))


@pytest.fixture
def four(waves):
    """Two fields of zeros on four points with areas 2, 1, 1, 0; point 0 is observed, point 3 is polar."""
    zeros = np.zeros((2, 4))
    seen = exact(np.zeros((2, 1), dtype=int), np.zeros((2, 1)))
    latitude = np.array([0.0, 30.0, -30.0, 70.0])
    return replace(
        waves, train=zeros, validation=zeros, test=zeros, weight=np.array([2.0, 1, 1, 0]), peak=10.0,
        latitude=latitude, longitude=latitude, test_observations=seen, validation_observations=seen,
    )  # fmt: skip


def test_blind_predictions_of_simple_waves_reach_9_and_6_db(waves):
    """Variance 1/8: -10 log10(1/8) = 9.03 dB for the mean, -10 log10(2/8) = 6.02 dB for an independent draw."""
    lines = score.references(waves)
    assert lines["constant_mean_db"] == pytest.approx(9.03, abs=0.1)
    assert lines["independent_draw_db"] == pytest.approx(6.02, abs=0.1)
    draw = np.random.default_rng(0).permutation(waves.train[:1000].ravel()).reshape(1000, -1)
    assert score.metrics(Prediction(draw), waves)["psnr_pooled_db"] == pytest.approx(
        lines["independent_draw_db"], abs=0.1
    )


def test_the_lines_come_from_the_test_fields_where_nothing_can_be_learned(waves):
    alone = replace(waves, train=waves.train[:0])
    assert score.references(alone)["constant_mean_db"] == pytest.approx(
        -10 * np.log10(waves.test.var()), abs=1e-3
    )


def test_errors_by_hand(four):
    """Field 0 is 1 off everywhere (20 dB), field 1 is 0.1 off (40 dB); together 0.505 (22.97 dB)."""
    mean = np.array([[1.0], [0.1]]) * np.ones((2, 4))
    found = score.metrics(Prediction(mean), four)
    assert found["psnr_mean_db"] == found["psnr_median_db"] == pytest.approx(30)
    assert found["psnr_minimum_db"] == pytest.approx(20)
    assert list(score.by_field(Prediction(mean), four)) == pytest.approx([20, 40])
    assert found["psnr_pooled_db"] == pytest.approx(-10 * np.log10(0.505 / 100))
    assert found["rmse_data"] == pytest.approx(np.sqrt(0.505))
    assert found["mae_data"] == found["crps_data"] == pytest.approx(0.55)
    assert "coverage90_fraction" not in found


def test_areas_and_high_latitudes(four):
    found = score.metrics(Prediction(np.array([[1.0, 0, 0, 3]] * 2)), four)
    assert found["rmse_data"] == pytest.approx(np.sqrt(10 / 4))
    assert found["rmse_area_weighted_data"] == pytest.approx(np.sqrt(2 / 4))
    assert found["rmse_below_60_degrees_data"] == pytest.approx(np.sqrt(1 / 3))


def test_off_the_sphere_there_are_no_areas(waves):
    assert "rmse_area_weighted_data" not in score.metrics(Prediction(waves.test), waves)


def test_coverage_counts_only_points_that_were_not_observed(four):
    """Intervals of 68 and 90 % are 0.994 and 1.645 standard deviations wide to each side: 1.6 lies within, 1.7 does not."""
    mean = np.array([[9.0, 0.9, 1.7, 1.7], [9.0, 1.6, 1.6, 1.7]])
    found = score.metrics(Prediction(mean, np.ones((2, 4))), four)
    assert found["coverage90_fraction"] == pytest.approx(0.5)
    assert found["coverage68_fraction"] == pytest.approx(1 / 6)


@pytest.mark.parametrize(("error", "spread"), [(0.0, 1.0), (0.7, 0.4), (-2.0, 0.5)])
def test_crps_is_the_integral_that_defines_it(error, spread):
    def squared(x):
        return (norm.cdf(x, scale=spread) - (x >= error)) ** 2

    integral = quad(squared, -10, error)[0] + quad(squared, error, 10)[0]
    assert score.crps(np.array(error), np.array(spread)) == pytest.approx(integral, abs=1e-7)


def test_crps_of_certainty_is_the_absolute_error():
    np.testing.assert_allclose(score.crps(np.array([-0.3, 0.2]), np.zeros(2)), [0.3, 0.2])


def test_an_exact_prediction_is_finite_and_best(waves):
    found = score.metrics(Prediction(waves.test, np.zeros_like(waves.test)), waves)
    assert found["psnr_minimum_db"] > 130 and found["rmse_data"] == 0 and found["coverage90_fraction"] == 1
