"""Derivatives on uneven grids, and measured lines."""

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.physics.profile import derivative, measure_line, second_derivative

UNEVEN = np.array([-0.3, -0.2, -0.14, -0.05, 0.0, 0.02, 0.1, 0.25])


def gaussian(offsets, centre=0.0, sigma=0.1, depth=0.6):
    return 1 - depth * np.exp(-(((offsets - centre) / sigma) ** 2) / 2)


def test_derivatives_of_a_parabola_are_exact_inside_an_uneven_grid():
    values = np.stack([2 + 3 * UNEVEN - 5 * UNEVEN**2, UNEVEN])
    np.testing.assert_allclose(derivative(values, UNEVEN)[0, 1:-1], (3 - 10 * UNEVEN)[1:-1])
    np.testing.assert_allclose(second_derivative(values, UNEVEN)[0], -10)
    np.testing.assert_allclose(second_derivative(values, UNEVEN)[1], 0, atol=1e-12)


def test_derivative_is_one_sided_at_the_ends():
    found = derivative(UNEVEN**2, UNEVEN)
    assert found[0] == pytest.approx(-0.5) and found[-1] == pytest.approx(0.35)


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
