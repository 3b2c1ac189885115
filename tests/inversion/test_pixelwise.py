"""The closed form, and what it says where it was not given data."""

import numpy as np
import xarray as xr
from fieldbench.inversion import pixelwise

NAMES = ["b_los", "b_q", "b_u"]


def problem(optimum, training):
    values = np.stack([optimum, 10 * optimum, -optimum])
    return xr.Dataset(
        {"optimum": (("component", "y", "x"), values), "training": (("y", "x"), training)},
        coords={"component": NAMES},
    )


def test_training_pixels_keep_their_optimum():
    optimum = np.arange(12.0).reshape(3, 4)
    found = pixelwise.invert(problem(optimum, np.ones((3, 4), dtype=bool))).field
    assert found.dims == ("component", "y", "x")
    np.testing.assert_array_equal(found, np.stack([optimum, 10 * optimum, -optimum]))


def test_other_pixels_take_the_mean_of_their_training_neighbours_and_not_their_own_data():
    optimum = np.array([[1.0, 2.0, 3.0], [4.0, 1e9, 6.0], [7.0, 1e9, 12.0]])
    training = optimum < 1e8
    found = pixelwise.invert(problem(optimum, training)).field.values
    assert found[0, 1, 1] == np.mean([1, 2, 3, 4, 6, 7, 12])
    assert found[0, 2, 1] == np.mean([4, 6, 7, 12])
    assert found[1, 2, 1] == 10 * np.mean([4, 6, 7, 12])


def test_far_from_data_the_nearest_training_pixel_counts():
    training = np.array([[True, False, False, False, False]])
    found = pixelwise.invert(problem(np.array([[5.0, 0, 0, 0, 0]]), training)).field.values
    np.testing.assert_array_equal(found[0], [[5, 5, 5, 5, 5]])
