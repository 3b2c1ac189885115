"""Axes, wavelengths, continuum and noise of measured cubes."""

import numpy as np
import pytest
from fieldbench.datasets import _observed
from fieldbench.errors import UserError

POINTS = {"unit": "Angstrom", "line": "mg-i-5173", "count": 3, "name": "cube"}


def test_axes_are_brought_into_one_order():
    values = np.arange(4 * 3 * 2 * 5).reshape(4, 3, 2, 5)
    cube = _observed.oriented(values, ["stokes", "wavelength", "x", "y"], "cube")
    assert cube.shape == (5, 2, 4, 3)
    assert cube[3, 1, 2, 0] == values[2, 0, 1, 3]


def test_a_slit_gets_an_x_axis():
    values = np.arange(4 * 7 * 3).reshape(4, 7, 3)
    cube = _observed.oriented(values, ["stokes", "y", "wavelength"], "slit")
    assert cube.shape == (7, 1, 4, 3)
    assert cube[6, 0, 1, 2] == values[1, 6, 2]


@pytest.mark.parametrize(
    "axes",
    [
        ["y", "x", "stokes"],
        ["y", "x", "stokes", "lambda"],
        ["y", "y", "stokes", "wavelength"],
        ["y", "stokes", "wavelength"],
        ["x", "stokes", "wavelength", "time"],
    ],
)
def test_axes_that_do_not_fit_are_refused(axes):
    with pytest.raises(UserError, match=r"`axes` .* does not fit cube of shape \(6, 5, 4, 3\)"):
        _observed.oriented(np.zeros((6, 5, 4, 3)), axes, "cube")


def test_a_stokes_axis_must_have_four_values():
    with pytest.raises(UserError, match="cube has 5 values along its Stokes axis, not 4"):
        _observed.oriented(np.zeros((6, 5, 4, 3)), ["y", "stokes", "x", "wavelength"], "cube")


def test_offsets_absolute_wavelengths_and_nanometres_agree():
    offsets = np.array([-0.1, 0.0, 0.1])
    absolute = 5172.6843 + offsets
    np.testing.assert_allclose(_observed.line_offsets(offsets, **POINTS), offsets)
    np.testing.assert_allclose(_observed.line_offsets(absolute, **POINTS), offsets, atol=1e-9)
    np.testing.assert_allclose(
        _observed.line_offsets(absolute / 10, **POINTS | {"unit": "nm"}), offsets, atol=1e-9
    )


@pytest.mark.parametrize(
    ("wavelengths", "change", "message"),
    [
        ([-0.1, 0, 0.1], {"unit": None}, "unit of the wavelengths of cube is missing; set `wavelength_unit`"),
        ([-0.1, 0, 0.1], {"unit": "furlong"}, "unit of the wavelengths of cube is furlong"),
        ([-0.1, 0, 0.1, 0.2], {}, "3 points along its wavelength axis but 4 wavelengths"),
        ([-0.1, 0.1], {"count": 2}, "at least 3"),
        ([0.1, 0, -0.1], {}, "do not increase"),
        ([-0.1, np.nan, 0.1], {}, "do not increase"),
        ([-0.1, "core", 0.1], {}, "`wavelengths` of cube is .* it must be numbers"),
        ([6301.4, 6301.5, 6301.6], {}, "1128.716 to 1128.916 Angstrom from the centre of mg-i-5173"),
        ([0.1, 0.2, 0.3], {}, "which is not among them"),
        ([-0.1, 0, 0.1], {"line": "no-line"}, "Unknown line 'no-line'"),
    ],
)
def test_wavelengths_that_do_not_fit_are_refused(wavelengths, change, message):
    with pytest.raises(UserError, match=message):
        _observed.line_offsets(wavelengths, **POINTS | change)


def test_continuum_is_the_median_at_the_wavelength_farthest_from_the_line():
    stokes = np.zeros((1, 3, 4, 3))
    stokes[0, :, 0] = [[1, 2, 10], [1, 2, 30], [1, 2, np.nan]]
    offsets = np.array([-0.1, 0.0, 0.2])
    assert _observed.continuum_level(stokes, offsets, "divide", "cube") == 20
    assert _observed.continuum_level(stokes, offsets, "none", "cube") == 1
    assert _observed.continuum_level(stokes, offsets, 7, "cube") == 7


@pytest.mark.parametrize("continuum", ["multiply", 0, -1.0])
def test_an_impossible_continuum_is_refused(continuum):
    with pytest.raises(UserError, match="`continuum` of cube is"):
        _observed.continuum_level(np.ones((2, 2, 4, 3)), np.array([-1.0, 0, 1]), continuum, "cube")


def test_a_dark_cube_cannot_be_divided():
    with pytest.raises(UserError, match=r"`continuum` of cube is 0\.0"):
        _observed.continuum_level(np.zeros((2, 2, 4, 3)), np.array([-1.0, 0, 1]), "divide", "cube")


@pytest.mark.parametrize("shape", [(150, 120), (120, 150), (18000, 1)])
def test_noise_is_recovered_under_a_linear_trend(shape):
    sigma = np.array([4e-3, 1e-3, 2e-3, 3e-3])
    stokes = np.random.default_rng(3).normal(0, sigma[:, None], (*shape, 4, 3))
    stokes += np.add.outer(np.arange(shape[0]), np.arange(shape[1]))[..., None, None] * 1e-2
    estimate = _observed.noise_levels(stokes, np.array([-1.0, 0, 1]), "estimate", "cube")
    np.testing.assert_allclose(estimate, sigma, rtol=0.03)


def test_noise_estimate_ignores_missing_pixels_and_outliers():
    stokes = np.random.default_rng(4).normal(0, 1e-3, (200, 100, 4, 3))
    stokes[::20] = np.nan
    stokes[5::40, :, 1] = 1.0
    np.testing.assert_allclose(
        _observed.noise_levels(stokes, np.array([-1.0, 0, 1]), "estimate", "cube"), 1e-3, rtol=0.2
    )


def test_given_noise_is_one_number_or_four():
    stokes, offsets = np.zeros((3, 3, 4, 3)), np.array([-1.0, 0, 1])
    np.testing.assert_array_equal(_observed.noise_levels(stokes, offsets, 2e-3, "cube"), np.full(4, 2e-3))
    np.testing.assert_array_equal(_observed.noise_levels(stokes, offsets, [1, 2, 3, 4], "cube"), [1, 2, 3, 4])


@pytest.mark.parametrize("noise", [0, -1e-3, [1e-3, 2e-3], "guess", "estimate", [1e-3, 0, 1e-3, 1e-3]])
def test_impossible_noise_is_refused(noise):
    with pytest.raises(UserError, match="`noise` of cube is"):
        _observed.noise_levels(np.zeros((3, 3, 4, 3)), np.array([-1.0, 0, 1]), noise, "cube")
