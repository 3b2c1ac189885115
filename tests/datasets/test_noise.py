"""Continuum and noise of measured cubes."""

import numpy as np
import pytest
from fieldbench.datasets import _noise
from fieldbench.errors import UserError
from scipy.ndimage import gaussian_filter


def test_continuum_is_the_median_at_the_wavelength_farthest_from_the_line():
    stokes = np.zeros((1, 3, 4, 3))
    stokes[0, :, 0] = [[1, 2, 10], [1, 2, 30], [1, 2, np.nan]]
    offsets = np.array([-0.1, 0.0, 0.2])
    assert _noise.continuum_level(stokes, offsets, "divide", "cube") == 20
    assert _noise.continuum_level(stokes, offsets, "none", "cube") == 1
    assert _noise.continuum_level(stokes, offsets, 7, "cube") == 7


@pytest.mark.parametrize("continuum", ["multiply", 0, -1.0])
def test_an_impossible_continuum_is_refused(continuum):
    with pytest.raises(UserError, match="`continuum` of cube is"):
        _noise.continuum_level(np.ones((2, 2, 4, 3)), np.array([-1.0, 0, 1]), continuum, "cube")


def test_a_dark_cube_cannot_be_divided():
    with pytest.raises(UserError, match=r"`continuum` of cube is 0\.0"):
        _noise.continuum_level(np.zeros((2, 2, 4, 3)), np.array([-1.0, 0, 1]), "divide", "cube")


@pytest.mark.parametrize("shape", [(150, 120), (120, 150), (18000, 1)])
def test_noise_is_recovered_under_a_linear_trend(shape):
    sigma = np.array([4e-3, 1e-3, 2e-3, 3e-3])
    stokes = np.random.default_rng(3).normal(0, sigma[:, None], (*shape, 4, 3))
    stokes += np.add.outer(np.arange(shape[0]), np.arange(shape[1]))[..., None, None] * 1e-2
    levels, independent = _noise.estimated(stokes)
    np.testing.assert_allclose(levels, sigma, rtol=0.05)
    assert independent == 1


def test_noise_that_neighbours_share_is_not_underestimated():
    white = np.random.default_rng(5).standard_normal((200, 150, 4, 3))
    smooth = gaussian_filter(white, (1.5, 1.5, 0, 0))
    levels, independent = _noise.estimated(1e-3 * smooth / smooth.std((0, 1)))
    np.testing.assert_allclose(levels, 1e-3, rtol=0.1)
    # Correlations are exp(-d^2 / 9), so second differences over 3 pixels have 0.72 of their largest, over 4 have 0.88.
    assert independent == 4


def test_structure_that_both_wings_share_is_no_noise():
    generator = np.random.default_rng(6)
    stokes = generator.normal(0, 1e-3, (100, 80, 4, 3))
    shared = generator.normal(0, 0.1, (100, 80, 4))
    stokes[..., 0] += shared
    stokes[..., 2] += shared * [1, 1, 1, -1]  # V changes its sign from wing to wing
    np.testing.assert_allclose(_noise.estimated(stokes)[0], 1e-3, rtol=0.05)


def test_noise_estimate_ignores_missing_pixels_and_outliers():
    stokes = np.random.default_rng(4).normal(0, 1e-3, (200, 100, 4, 3))
    stokes[::20] = np.nan
    stokes[5::40, :, 1, 0] = 1.0
    np.testing.assert_allclose(_noise.noise_levels(stokes, "estimate", "cube"), 1e-3, rtol=0.2)


def test_given_noise_is_one_number_or_four():
    stokes = np.zeros((3, 3, 4, 3))
    np.testing.assert_array_equal(_noise.noise_levels(stokes, 2e-3, "cube"), np.full(4, 2e-3))
    np.testing.assert_array_equal(_noise.noise_levels(stokes, [1, 2, 3, 4], "cube"), [1, 2, 3, 4])


@pytest.mark.parametrize("noise", ["estimate", 2.0])
def test_what_was_not_measured_has_infinite_noise(noise):
    stokes = np.random.default_rng(7).normal(0, 2, (60, 50, 4, 3))
    stokes[:, :, 1:3] = np.nan
    levels = _noise.noise_levels(stokes, noise, "cube")
    np.testing.assert_array_equal(np.isinf(levels), [False, True, True, False])
    np.testing.assert_allclose(levels[[0, 3]], 2.0, rtol=0.1)


@pytest.mark.parametrize("noise", [0, -1e-3, [1e-3, 2e-3], "guess", "estimate", [1e-3, 0, 1e-3, 1e-3]])
def test_impossible_noise_is_refused(noise):
    with pytest.raises(UserError, match="`noise` of cube is"):
        _noise.noise_levels(np.zeros((3, 3, 4, 3)), noise, "cube")
