"""Which pixels cannot be the Sun's, and which must not be taken for such."""

import numpy as np
import pytest
from fieldbench.datasets import _screen

PROFILE = np.array([1.0, 0.6, 0.3, 0.6, 1.0])


def field(shape=(40, 30)):
    """Profiles of a quiet field with noise 1e-3."""
    stokes = np.random.default_rng(8).normal(0, 1e-3, (*shape, 4, 5))
    stokes[:, :, 0] += PROFILE
    return stokes


def masked(stokes):
    return {reason: int(pixels.sum()) for reason, pixels in _screen.faults(stokes).items() if pixels.any()}


@pytest.mark.parametrize("shape", [(40, 30), (400, 1), (1, 1), (2, 2)])
def test_noise_masks_nothing(shape):
    assert masked(field(shape)) == {}


@pytest.mark.parametrize("shape", [(41, 31), (41, 1)])
def test_the_finest_structure_that_an_instrument_resolves_masks_nothing(shape):
    """A point seen through a point-spread function of two pixels' width, 200 times as strong as the noise."""
    stokes = field(shape)
    y, x = np.indices(shape) - np.array([20, shape[1] // 2])[:, None, None]
    point = 0.2 * np.exp(-np.log(2) * (y**2 + x**2))  # half of it at a distance of one pixel
    stokes[:, :, 3, 1] += point
    stokes[:, :, 3, 3] -= point
    assert masked(stokes) == {}


def test_a_pixel_counts_under_its_first_reason():
    stokes = field()
    stokes[3, 3] = np.nan
    stokes[4, 4] = 0.0  # neither positive nor varying
    stokes[5, 5, 0] = 0.5
    stokes[6, 6, 2, 1] = 0.7
    stokes[7, 7, 3, 0] = 0.2
    reasons = ["a Stokes value is missing", "Stokes I is not positive", "Stokes I is the same at all wavelengths",
               "Q, U or V exceeds Stokes I", "a value stands alone among its neighbours"]  # fmt: skip
    assert masked(stokes) == dict.fromkeys(reasons, 1)
    assert _screen.counted(_screen.faults(stokes))[1] == "1 of 1,200 pixels masked: Stokes I is not positive."


def test_padding_beside_it_makes_no_pixel_stand_alone():
    stokes = field()
    stokes[:20] = 0.0
    assert masked(stokes) == {"Stokes I is not positive": 600}


def test_parameters_that_were_not_measured_mask_nothing():
    stokes = field()
    stokes[:, :, 1:3] = np.nan
    assert masked(stokes) == {}


def test_a_field_without_a_single_value_is_all_masked():
    assert masked(np.full((3, 3, 4, 5), np.nan)) == {"a Stokes value is missing": 9}
