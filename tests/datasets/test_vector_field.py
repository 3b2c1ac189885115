"""Vector fields of people's own, from any file, as truth for synthetic profiles."""

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.datasets import vector_field
from fieldbench.errors import UserError

SHAPE = (3, 4)


@pytest.fixture
def write(tmp_path):
    """A function that writes B_x 300, B_y -400, B_z 1200 as one file, a HDU each, the last pixel as given."""

    def save(last=1200.0, factor=1.0):
        maps = [np.full(SHAPE, value * factor) for value in (300.0, -400.0, 1200.0)]
        maps[2][2, 3] = last * factor
        fits.HDUList([fits.PrimaryHDU(), *map(fits.ImageHDU, maps)]).writeto(tmp_path / "b.fits")
        return tmp_path

    return save


def load(folder, **changes):
    parts = {"b_x": "b.fits#1", "b_y": "b.fits#2", "b_z": "b.fits#3"}
    where = {"line": "mg-i-5173", "data_root": str(folder), "download": False}
    return vector_field.load(**where | parts | changes)


def test_the_truth_is_the_given_vector_with_its_signs(write):
    data = load(write(), signs=[1, -1, 1])
    np.testing.assert_allclose(data.b_los_true, 1200)
    np.testing.assert_allclose(data.b_transverse_true, 500)
    np.testing.assert_allclose(data.azimuth_true, np.degrees(np.arctan2(400, 300)))
    assert data.usable.all() and data.sizes == {"y": 3, "x": 4, "stokes": 4, "wavelength": 13}


def test_a_field_in_tesla(write):
    np.testing.assert_allclose(load(write(factor=1e-4), unit="T").b_los_true, 1200)


@pytest.mark.parametrize(("last", "missing"), [(np.nan, None), (-9999.0, -9999.0)])
def test_a_pixel_without_field_is_masked_and_counted(write, last, missing):
    data = load(write(last=last), missing=missing)
    assert not data.usable[2, 3] and int(data.usable.sum()) == 11
    assert "1 of 12 pixels masked: there is no field." in data.attrs["notes"]


def test_components_may_lie_in_files_of_any_kind(write):
    folder = write()
    np.save(folder / "x.npy", np.full(SHAPE, 300.0))
    xr.Dataset({"by": (("y", "x"), np.full(SHAPE, -400.0))}).to_netcdf(folder / "y.nc")
    data = load(folder, b_x="x.npy", b_y="y.nc#by")
    np.testing.assert_allclose(data.b_transverse_true, 500)
    assert data.attrs["source"].splitlines() == ["x.npy", "y.nc", "b.fits"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"unit": "T"},
            "strongest component of b.fits is 1.2e[+]07 G, which is not the Sun's; correct `unit`",
        ),
        ({"b_y": "y.nc#bz"}, "y.nc has no variable 'bz'; its variables are by"),
        ({"b_y": "y.nc#by"}, r"shapes \[\(3, 4\), \(2, 2\), \(3, 4\)\]; give three maps"),
        ({"b_z": "absent.fits"}, "There is no file absent.fits"),
        ({"line": "fe-i-6173"}, "set `line` to mg-i-5173"),
    ],
)
def test_what_does_not_fit_is_refused(write, changes, message):
    folder = write()
    xr.Dataset({"by": (("y", "x"), np.zeros((2, 2)))}).to_netcdf(folder / "y.nc")
    with pytest.raises(UserError, match=message):
        load(folder, **changes)
