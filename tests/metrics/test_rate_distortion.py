"""Rate-distortion curves: hand-made ones with known differences."""

import numpy as np
import pytest
from fieldbench.metrics.rate_distortion import bd_rate, front, rate_at

CURVE = np.array([[0.25, 28.0], [0.5, 31.0], [1.0, 34.5], [2.0, 38.0]])


def costing(factor):
    return CURVE * np.array([factor, 1])


def better_by(decibels):
    return CURVE + np.array([0, decibels])


def test_twice_the_rate_everywhere_is_a_hundred_per_cent_more():
    assert bd_rate(CURVE, costing(2)) == pytest.approx(100)
    assert bd_rate(CURVE, costing(0.5)) == pytest.approx(-50)
    assert bd_rate(CURVE, CURVE) == pytest.approx(0, abs=1e-9)


def test_only_the_range_that_both_cover_counts():
    # Straight lines of ln rate over PSNR, 0.2 apart at 31 dB and 0.4 at 33 dB: exp(0.3) - 1 on average.
    psnr = np.array([29.0, 31.0, 33.0])
    reference = np.stack([np.exp(0.1 * psnr), psnr], 1)
    test = np.stack([np.exp(0.2 * (psnr + 2) - 3.1 + 0.2), psnr + 2], 1)
    assert bd_rate(reference, test) == pytest.approx(100 * np.expm1(0.3))


def test_points_that_are_not_worth_their_rate_are_left_out():
    points = np.array([[1.0, 30.0], [0.5, 31.0], [2.0, 31.0], [3.0, 35.0]])
    np.testing.assert_array_equal(front(points), [[0.5, 31.0], [3.0, 35.0]])
    worse = np.concatenate([CURVE, [[1.5, 34.0]]])
    assert bd_rate(CURVE, worse) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("other", [better_by(20), CURVE[:1], better_by(10)])
def test_curves_without_a_common_range_are_not_compared(other):
    assert np.isnan(bd_rate(CURVE, other))


def test_rate_at_a_quality():
    assert rate_at(CURVE, 31.0) == pytest.approx(0.5)
    assert 0.5 < rate_at(CURVE, 33.0) < 1.0
    assert np.isnan(rate_at(CURVE, 27.9)) and np.isnan(rate_at(CURVE, 38.1))
