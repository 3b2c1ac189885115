"""Region, masks and attributes: what every data set goes through."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import _cube
from fieldbench.errors import UserError


@pytest.fixture
def field():
    """4 x 6 pixels whose Stokes I is 10 y + x."""
    profiles = np.zeros((4, 6, 4, 3))
    profiles[:, :, 0] = (10 * np.arange(4)[:, None] + np.arange(6))[..., None]
    coordinates = _cube.pixel_coordinates((4, 6), arcsec=(0.1, 0.2))
    return _cube.observation(profiles, np.array([-0.1, 0.0, 0.1]), np.full(4, 1e-3), coordinates)


def finish(field, notes=()):
    origin = {"source": "a test", "licence": "CC0", "file_checksums": ""}
    return _cube.finished(field, line="mg-i-5173", title="Test", kind="generated", notes=notes, **origin)


def test_crop_and_stride_take_the_pixels_they_name(field):
    part = _cube.region(field, [1, 4, 0, 5], 2)
    np.testing.assert_array_equal(part.stokes_profiles.sel(stokes="I")[..., 0], [[10, 12, 14], [30, 32, 34]])
    np.testing.assert_allclose(part.y, [0.1, 0.3])
    np.testing.assert_allclose(part.x, [0.0, 0.4, 0.8])
    assert part.x.attrs["units"] == "arcsec"


def test_no_crop_is_the_whole_field(field):
    xr.testing.assert_identical(_cube.region(field, None, 1), field)


@pytest.mark.parametrize("crop", [[0, 5, 0, 6], [0, 4, -1, 6], [2, 2, 0, 6], [0, 4], [3, 1, 0, 6]])
def test_a_crop_that_does_not_fit_is_refused(field, crop):
    with pytest.raises(UserError, match=r"`crop` .* does not fit a field of 4 x 6 pixels"):
        _cube.region(field, crop, 1)


def test_a_stride_of_zero_is_refused(field):
    with pytest.raises(UserError, match="`stride` is 0"):
        _cube.region(field, None, 0)


def test_pixels_are_numbered_where_their_size_is_unknown():
    coordinates = _cube.pixel_coordinates((2, 3))
    np.testing.assert_array_equal(coordinates["x"], [0, 1, 2])
    assert coordinates["x"].attrs["units"] == "pixel"


def test_missing_values_mask_the_pixel_and_are_counted(field):
    field.stokes_profiles[0, 1, 3, 2] = np.nan
    field.stokes_profiles[2, 5] = np.inf
    done = finish(field, notes=["first"])
    assert not done.usable[0, 1] and not done.usable[2, 5] and int(done.usable.sum()) == 22
    assert np.isfinite(done.stokes_profiles).all()
    assert done.attrs["notes"] == "first\n2 of 24 pixels masked: a Stokes value is missing."


def test_pixels_masked_before_stay_masked(field):
    field["usable"][3, 3] = False
    assert int(finish(field).usable.sum()) == 23


def test_a_field_without_any_usable_pixel_is_refused(field):
    with pytest.raises(UserError, match="No pixel of Test is usable: all 24 are masked"):
        finish(field.assign(usable=xr.zeros_like(field.usable)))


def test_units_and_attributes_are_set(field):
    done = finish(field)
    assert done.stokes_profiles.attrs["units"] == done.noise.attrs["units"] == "1"
    assert done.wavelength.attrs["units"] == "Angstrom"
    assert done.stokes_profiles.dtype == np.float32
    assert done.attrs["line"] == "mg-i-5173" and done.attrs["licence"] == "CC0"


def test_a_line_that_a_data_set_lacks_is_refused():
    with pytest.raises(UserError, match="Line 'fe-i-6302' is not in this data set; set `line` to mg-i-5173"):
        _cube.require_line("fe-i-6302", "mg-i-5173")


def test_an_unknown_line_is_refused():
    with pytest.raises(UserError, match="Unknown line 'mg-i-5137'"):
        _cube.require_line("mg-i-5137", "mg-i-5173")
