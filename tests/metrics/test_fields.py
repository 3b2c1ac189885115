"""Errors of fields, by hand."""

import numpy as np
import pytest
from fieldbench.metrics.fields import azimuth_error, correlation, rmse


def test_rmse():
    assert rmse(np.array([1.0, 2.0]), np.array([4.0, 6.0])) == pytest.approx(np.sqrt(12.5))


def test_correlation_ignores_scale_and_offset_but_not_sign():
    truth = np.array([1.0, 2.0, 4.0])
    assert correlation(3 * truth - 7, truth) == pytest.approx(1)
    assert correlation(-truth, truth) == pytest.approx(-1)
    assert correlation(np.array([1.0, -2.0, 1.0]), np.array([1.0, 0.0, -1.0])) == pytest.approx(0)


def test_correlation_of_a_constant_is_undefined():
    assert np.isnan(correlation(np.ones(3), np.arange(3.0)))


@pytest.mark.parametrize(
    ("estimate", "truth", "expected"),
    [(179, 1, 2), (1, 179, 2), (0, 90, 90), (10, 170, 20), (45, 45, 0), (100, 40, 60), (0, 180, 0)],
)
def test_azimuth_error_is_folded_at_180_degrees(estimate, truth, expected):
    assert azimuth_error(np.array([estimate]), np.array([truth])) == pytest.approx([expected])
