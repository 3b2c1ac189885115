"""Derivatives on uneven grids, and measured lines."""

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.physics.profile import (
    best_derivative,
    centred_differences,
    measure_line,
    second_derivative,
    slope_bias,
    spline_slopes,
)

UNEVEN = np.array([-0.3, -0.2, -0.14, -0.05, 0.0, 0.02, 0.1, 0.25])


def gaussian(offsets, centre=0.0, sigma=0.1, depth=0.6):
    return 1 - depth * np.exp(-(((offsets - centre) / sigma) ** 2) / 2)


def test_derivatives_of_a_parabola_are_exact_inside_an_uneven_grid():
    values = np.stack([2 + 3 * UNEVEN - 5 * UNEVEN**2, UNEVEN])
    np.testing.assert_allclose(centred_differences(values, UNEVEN)[0, 1:-1], (3 - 10 * UNEVEN)[1:-1])
    np.testing.assert_allclose(second_derivative(values, UNEVEN)[0], -10)
    np.testing.assert_allclose(second_derivative(values, UNEVEN)[1], 0, atol=1e-12)


def test_derivative_is_one_sided_at_the_ends():
    found = centred_differences(UNEVEN**2, UNEVEN)
    assert found[0] == pytest.approx(-0.5) and found[-1] == pytest.approx(0.35)


def test_a_spline_has_the_slope_of_a_cubic():
    values = np.stack([1 + UNEVEN - 2 * UNEVEN**3, UNEVEN**2])
    np.testing.assert_allclose(spline_slopes(values, UNEVEN), [1 - 6 * UNEVEN**2, 2 * UNEVEN], atol=1e-12)


@pytest.mark.parametrize(
    ("step", "points", "half_width", "centred", "spline"),
    [(0.04, 13, 0.136, 1.36, 0.16), (0.0215, 28, 0.06, 4.4, 0.1), (0.035, 13, 0.06, 11.5, 0.6)],
)
def test_a_spline_takes_the_bias_of_a_well_sampled_line_away(step, points, half_width, centred, spline):
    offsets = (np.arange(points) - points // 2) * step
    used = np.flatnonzero(np.abs(offsets) <= 3 * half_width)
    assert 100 * slope_bias("centred", offsets, used, half_width) == pytest.approx(centred, rel=0.1)
    assert abs(100 * slope_bias("spline", offsets, used, half_width)) < spline + 0.1
    assert best_derivative(offsets, used, half_width) == "spline"


def test_six_points_on_a_narrow_line_are_better_left_to_differences():
    offsets = np.arange(-0.1725, 0.18, 0.069)
    assert best_derivative(offsets, np.arange(6), 0.06) == "centred"


@pytest.mark.parametrize("centre", [0.0, 0.03])
def test_half_width_of_a_gaussian(centre):
    offsets = np.linspace(-0.6, 0.6, 241)
    found = measure_line(gaussian(offsets, centre), offsets)
    assert found.half_width == pytest.approx(0.1 * np.sqrt(2 * np.log(2)), rel=1e-3)
    assert found.centre == pytest.approx(centre, abs=1e-4)


def test_a_wing_that_is_cut_off_mirrors_the_other():
    offsets = np.linspace(-0.6, 0.08, 137)
    found = measure_line(gaussian(offsets), offsets)
    assert found.half_width == pytest.approx(0.1 * np.sqrt(2 * np.log(2)), rel=1e-3)
    assert found.centre == pytest.approx(0, abs=1e-6)


def test_a_deeper_neighbour_does_not_matter():
    offsets = np.linspace(-1.3, 0.6, 381)
    found = measure_line(gaussian(offsets) * gaussian(offsets, -1.0, depth=0.9), offsets)
    assert found.half_width == pytest.approx(0.1 * np.sqrt(2 * np.log(2)), rel=1e-3)


@pytest.mark.parametrize(
    ("offsets", "profile"),
    [
        (np.linspace(-0.5, 0.5, 51), np.ones(51)),
        (np.linspace(-0.5, 0.5, 51), 2 - gaussian(np.linspace(-0.5, 0.5, 51))),
        (np.linspace(6301.9, 6303.1, 51), gaussian(np.linspace(-0.6, 0.6, 51))),
        (np.linspace(-0.5, 0.5, 51), np.full(51, np.nan)),
    ],
    ids=["flat", "emission", "absolute wavelengths", "not finite"],
)
def test_no_line_at_offset_zero_is_an_error(offsets, profile):
    with pytest.raises(UserError, match="No absorption line at wavelength offset 0"):
        measure_line(profile, offsets)
