"""Signs of Stokes parameters, and where azimuths are counted from."""

import numpy as np
import pytest
from fieldbench.datasets import _orientation, fits_cube
from fieldbench.physics.weak_field import azimuth

from tests.datasets.test_own_cubes import WHERE


def polarised(angle):
    """Q and U of one pixel and wavelength with a field at an azimuth, degrees."""
    return np.array([1.0, np.cos(2 * np.radians(angle)), np.sin(2 * np.radians(angle)), 0.1]).reshape(
        1, 1, 4, 1
    )


@pytest.mark.parametrize(
    ("flip", "zero", "expected"),
    [([], 0, 50), ([], 20, 30), ([], 80, 150), (["U"], 0, 130), (["U"], 30, 100), (["Q", "U"], 0, 140)],
)
def test_azimuths_are_counted_from_where_they_are_told_to(flip, zero, expected):
    stokes = polarised(50.0)
    _orientation.turn(stokes, flip, zero)
    assert azimuth(stokes[0, 0, 1], stokes[0, 0, 2]) == pytest.approx([expected])
    assert stokes[0, 0, 3, 0] == 0.1


def test_noise_turns_with_q_and_u():
    turned = _orientation.turned_noise(np.array([1.0, 2.0, 4.0, 8.0]), 45.0)
    np.testing.assert_allclose(turned, [1, 4, 2, 8])
    half = _orientation.turned_noise(np.array([1.0, 3.0, 4.0, 8.0]), 22.5)
    np.testing.assert_allclose(half[1:3], np.sqrt((9 + 16) / 2))
    np.testing.assert_array_equal(
        _orientation.turned_noise(np.array([1, np.inf, np.inf, 1]), 45.0)[1:3], np.inf
    )


def test_a_cube_is_read_in_the_conventions_that_are_asked_for_and_says_so(cube, write_fits):
    params = {
        **WHERE,
        "path": write_fits("cube.fits", cube.profiles),
        "axes": ["y", "x", "stokes", "wavelength"],
    }
    params["wavelengths"] = cube.offsets.tolist()
    plain = fits_cube.load(**params)
    turned = fits_cube.load(**params, flip=["V"], azimuth_zero=45.0)
    before, after = (data["stokes_profiles"].values for data in (plain, turned))
    np.testing.assert_allclose(after[:, :, 3], -before[:, :, 3])
    np.testing.assert_allclose(after[:, :, 1], before[:, :, 2], atol=1e-6)
    np.testing.assert_allclose(after[:, :, 2], -before[:, :, 1], atol=1e-6)
    assert (
        "sign of Stokes V was reversed" in turned.attrs["notes"]
        and "45 degrees from +Q" in turned.attrs["notes"]
    )
    assert "reversed" not in plain.attrs["notes"]


def test_offsets_alone_do_not_prove_the_line(cube, write_fits):
    params = {
        **WHERE,
        "path": write_fits("cube.fits", cube.profiles),
        "axes": ["y", "x", "stokes", "wavelength"],
    }
    offsets = fits_cube.load(**params, wavelengths=cube.offsets.tolist())
    assert "is known from `line` alone" in offsets.attrs["notes"]
    absolute = fits_cube.load(**params, wavelengths=(5172.6843 + cube.offsets).tolist())
    assert "is known from `line` alone" not in absolute.attrs["notes"]
