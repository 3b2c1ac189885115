"""People's own cubes, in FITS and in NetCDF: the same data whatever the file and the axis order."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.datasets import fits_cube, netcdf_cube
from fieldbench.errors import UserError

AXES = ("y", "x", "stokes", "wavelength")
WHERE = {"line": "mg-i-5173", "data_root": None, "download": False}


def load_fits(file, cube, **changes):
    params = {"axes": AXES, "wavelengths": cube.offsets.tolist()}
    return fits_cube.load(**WHERE | {"path": file} | params | changes)


def test_profiles_are_divided_by_the_median_far_wing(cube, write_fits):
    data = load_fits(write_fits("a.fits", cube.profiles), cube)
    level = np.median(cube.profiles[:, :, 0, 0])
    np.testing.assert_allclose(data.stokes_profiles, cube.profiles / level, rtol=1e-6)
    assert f"Profiles were divided by {level:.6g}" in data.attrs["notes"]
    assert data.attrs["kind"] == "observed" and data.attrs["file_checksums"].startswith("a.fits sha256:")


def test_noise_is_relative_to_the_continuum(cube, write_fits):
    data = load_fits(write_fits("a.fits", cube.profiles), cube)
    np.testing.assert_allclose(data.noise[1:], 2.0 / 2000.0, rtol=0.4)  # 40 second differences each


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1::5])
def test_every_axis_order_gives_the_same_data(cube, write_fits, write_netcdf, order):
    axes = [AXES[index] for index in order]
    permuted = np.ascontiguousarray(cube.profiles.transpose(order))
    expected = load_fits(write_fits("a.fits", cube.profiles), cube)
    from_fits = load_fits(write_fits("b.fits", permuted), cube, axes=axes)
    path = write_netcdf(
        "c.nc", stokes=(axes, permuted), wavelength=("wavelength", cube.offsets, {"units": "Angstrom"})
    )
    from_netcdf = netcdf_cube.load(**WHERE, path=path, variable="stokes")
    for data in (from_fits, from_netcdf):
        xr.testing.assert_equal(data, expected)


def test_netcdf_dimensions_of_any_name_are_told_by_axes(cube, write_netcdf):
    names = ("south_north", "west_east", "polarisation", "lambda")
    path = write_netcdf(
        "a.nc", cube=(names, cube.profiles), points=("lambda", cube.offsets / 10, {"units": "nm"})
    )
    data = netcdf_cube.load(**WHERE, path=path, variable="cube", axes=AXES, wavelengths="points")
    np.testing.assert_allclose(data.wavelength, cube.offsets)
    assert data.sizes == {"y": 6, "x": 5, "stokes": 4, "wavelength": 7}


def test_wavelengths_from_the_same_or_another_fits_file(cube, write_fits):
    absolute = 5172.6843 + cube.offsets
    own = write_fits("own.fits", cube.profiles, absolute)
    other = write_fits("other.fits", absolute)
    for wavelengths in (1, other):
        data = load_fits(own, cube, wavelengths=wavelengths, wavelength_unit="Angstrom")
        np.testing.assert_allclose(data.wavelength, cube.offsets, atol=1e-9)


def test_a_path_may_be_relative_to_the_data_folder(cube, write_fits, tmp_path):
    write_fits("folder/a.fits", cube.profiles)
    assert load_fits("a.fits", cube, data_root=str(tmp_path / "folder")).sizes["y"] == 6


def test_a_slit_has_no_x_axis(cube, write_fits):
    data = load_fits(write_fits("slit.fits", cube.profiles[:, 0]), cube, axes=["y", "stokes", "wavelength"])
    assert data.sizes == {"y": 6, "x": 1, "stokes": 4, "wavelength": 7}


def test_missing_pixels_are_masked_and_counted(cube, write_fits):
    cube.profiles[2, 3, 1, 4] = np.nan
    cube.profiles[0, 0] = -999.0
    data = load_fits(write_fits("a.fits", cube.profiles), cube, mask_value=-999.0)
    assert not data.usable[2, 3] and not data.usable[0, 0] and int(data.usable.sum()) == 28
    assert "2 of 30 pixels masked: a Stokes value is missing." in data.attrs["notes"]


def test_crop_leaves_the_normalisation_as_it_is(cube, write_fits):
    path = write_fits("a.fits", cube.profiles)
    whole, part = load_fits(path, cube), load_fits(path, cube, crop=[1, 5, 0, 4], stride=2)
    xr.testing.assert_equal(part, whole.isel(y=[1, 3], x=[0, 2]))


def test_a_given_continuum_noise_and_pixel_size_are_used(cube, write_fits):
    data = load_fits(
        write_fits("a.fits", cube.profiles),
        cube,
        continuum=1000.0,
        noise=[4e-3, 1e-3, 1e-3, 2e-3],
        pixel_arcsec=0.06,
    )
    np.testing.assert_allclose(data.stokes_profiles, cube.profiles / 1000.0, rtol=1e-6)
    np.testing.assert_array_equal(data.noise, [4e-3, 1e-3, 1e-3, 2e-3])
    assert data.y[1] == 0.06 and data.y.attrs["units"] == "arcsec"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"axes": ["x", "stokes", "y", "wavelength"]}, "a.fits has 5 values along its Stokes axis, not 4"),
        (
            {"axes": ["wavelength", "x", "stokes", "y"]},
            "6 points along its wavelength axis but 7 wavelengths",
        ),
        ({"wavelengths": 3}, r"a.fits has no image in HDU 3; its HDUs are 0 \(PRIMARY\)"),
        ({"wavelengths": "WAVE"}, "a.fits has no image in HDU 'WAVE'"),
        ({"wavelengths": "wave.fits"}, "There is no file wave.fits"),
        ({"wavelengths": 1}, "unit of the wavelengths of a.fits is missing"),
        ({"line": "mg-i-5174"}, "Unknown line 'mg-i-5174'; known lines: mg-i-5173"),
        ({"path": "absent.fits"}, "There is no file absent.fits"),
        ({"hdu": 2}, "a.fits has no image in HDU 2"),
        ({"mask_value": 0.0, "crop": [0, 1, 0, 1]}, "No pixel of a.fits is usable: all 1 are masked"),
    ],
)
def test_what_does_not_fit_is_refused(cube, write_fits, changes, message):
    cube.profiles[0, 0] = 0.0
    path = write_fits("a.fits", cube.profiles, cube.offsets)
    with pytest.raises(UserError, match=message):
        load_fits(path, cube, **changes)


def test_an_all_masked_cube_is_refused(cube, write_fits):
    path = write_fits("a.fits", np.full_like(cube.profiles, np.nan))
    with pytest.raises(UserError, match=r"No pixel of a\.fits is usable: all 30 are masked"):
        load_fits(path, cube)


def test_netcdf_variables_that_do_not_exist_are_listed(cube, write_netcdf):
    path = write_netcdf("a.nc", stokes=(AXES, cube.profiles))
    with pytest.raises(UserError, match=r"a\.nc has no variable 'profiles'; its variables are stokes"):
        netcdf_cube.load(**WHERE, path=path, variable="profiles", wavelengths=cube.offsets.tolist())
    with pytest.raises(UserError, match=r"a\.nc has no variable 'wavelength'"):
        netcdf_cube.load(**WHERE, path=path, variable="stokes")


def test_netcdf_wavelengths_without_a_unit_are_refused(cube, write_netcdf):
    path = write_netcdf("a.nc", stokes=(AXES, cube.profiles), wavelength=("wavelength", cube.offsets))
    with pytest.raises(UserError, match=r"unit of the wavelengths of a\.nc is missing"):
        netcdf_cube.load(**WHERE, path=path, variable="stokes")


def test_netcdf_dimensions_with_other_names_need_axes(cube, write_netcdf):
    path = write_netcdf("a.nc", stokes=(("a", "b", "c", "d"), cube.profiles))
    with pytest.raises(UserError, match=r"`axes` \['a', 'b', 'c', 'd'\] does not fit a.nc"):
        netcdf_cube.load(
            **WHERE,
            path=path,
            variable="stokes",
            wavelengths=cube.offsets.tolist(),
            wavelength_unit="Angstrom",
        )


def test_a_truncated_netcdf_file_is_named(cube, write_netcdf, tmp_path):
    path = write_netcdf("a.nc", stokes=(AXES, cube.profiles))
    (tmp_path / "part.nc").write_bytes(Path(path).read_bytes()[:3000])
    with pytest.raises(UserError, match=r"part\.nc is truncated or not NetCDF"):
        netcdf_cube.load(**WHERE, path=str(tmp_path / "part.nc"), variable="stokes")


def test_the_unit_of_an_hdu_is_its_bunit(cube, tmp_path):
    wavelengths = fits.ImageHDU((5172.6843 + cube.offsets) / 10, name="WAVE")
    wavelengths.header["BUNIT"] = "nm"
    fits.HDUList([fits.PrimaryHDU(cube.profiles), wavelengths]).writeto(tmp_path / "a.fits")
    data = load_fits(str(tmp_path / "a.fits"), cube, wavelengths="WAVE")
    np.testing.assert_allclose(data.wavelength, cube.offsets, atol=1e-9)
