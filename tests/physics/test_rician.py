"""Lengths and directions of noisy vectors, on draws with a known truth."""

import numpy as np
import pytest
from fieldbench.physics import rician
from scipy import special


def drawn(true, count=40_000):
    """Lengths and unsigned errors of the direction, of vectors of a true length with noise 1."""
    x, y = np.random.default_rng(1).normal(size=(2, count))
    return np.hypot(x + true, y), np.abs(np.arctan2(y, x + true))


@pytest.mark.parametrize("true", [0.0, 0.3, 1.0, 2.0, 5.0, 30.0])
def test_intervals_of_the_length_hold_any_truth_in_68_percent(true):
    lower, upper = rician.interval(drawn(true)[0])
    assert ((lower <= true) & (true <= upper)).mean() == pytest.approx(0.683, abs=0.012)


def test_the_shortest_lengths_that_exclude_zero_are_rayleigh_s():
    """Where the truth is 0, lengths exceed sqrt(-2 ln(1 - 0.683)) = 1.515 in 32 %."""
    limit = np.sqrt(-2 * np.log(1 - special.erf(np.sqrt(0.5))))
    (below, above), _ = rician.interval(np.array([limit - 0.02, limit + 0.02]))
    assert below == 0 < above


@pytest.mark.parametrize("true", [0.3, 0.5, 1.0, 2.0, 5.0, 30.0])
def test_intervals_of_the_direction_hold_the_truth_in_about_68_percent(true):
    length, error = drawn(true)
    assert 0.59 < (error <= rician.direction_half_width(length)).mean() < 0.74


def test_without_a_vector_no_direction_is_told():
    """68.3 % of the directions lie within 123 degrees of any."""
    assert np.degrees(rician.direction_half_width(np.array([0.0, 1.4]))) == pytest.approx(122.9, abs=0.1)


@pytest.mark.parametrize("length", [1.6, 3.0, 9.0, 20.0])
def test_the_most_likely_length_makes_the_likelihood_stationary(length):
    true = float(rician.most_likely(length))
    ratio = special.ive(1, length * true) / special.ive(0, length * true)
    assert length * ratio == pytest.approx(true, rel=1e-3)


def test_noise_alone_is_the_likeliest_cause_of_short_lengths():
    np.testing.assert_array_equal(rician.most_likely(np.array([0.0, 0.5, 1.41])), 0.0)


@pytest.mark.parametrize("true", [0.0, 0.5, 1.0, 2.0])
def test_the_most_likely_length_is_less_biased(true):
    length = drawn(true)[0]
    assert abs(rician.most_likely(length).mean() - true) < 0.7 * (length.mean() - true)
