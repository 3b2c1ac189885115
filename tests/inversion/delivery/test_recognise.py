"""What is taken from a cube's file, and what is asked for."""

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.errors import UserError
from fieldbench.inversion.delivery import recognise

from tests.inversion.delivery.cubes import header

OFFSETS = np.linspace(-0.2, 0.2, 5)


@pytest.fixture
def cube(tmp_path):
    """Writes a cube of 4 x 5 x 6 x 7 (stokes, wavelength, y, x), its header's cards changed."""

    def write(**changes):
        cards = header(OFFSETS)
        cards.update(changes)
        path = tmp_path / "cube.fits"
        fits.PrimaryHDU(np.ones((4, 5, 6, 7), np.float32), cards).writeto(path, overwrite=True)
        return path

    return write


def test_a_header_says_axes_wavelengths_and_line(cube):
    path = cube()
    entry = recognise.described(path, {})
    assert entry == {
        "type": "fits_cube",
        "with": {
            "path": str(path),
            "axes": ["stokes", "wavelength", "y", "x"],
            "wavelengths": "header",
            "line": "mg-i-5173",
        },
    }
    assert recognise.pixels(entry) == 42


def test_what_is_given_stands(cube):
    given = {"axes": ["stokes", "wavelength", "x", "y"], "wavelengths": list(OFFSETS), "line": "na-i-5896"}
    assert recognise.described(cube(), given)["with"] == {"path": str(cube()), **given}


def test_a_crop_and_a_stride_leave_fewer_pixels(cube):
    entry = recognise.described(cube(), {"crop": [0, 4, 1, 7], "stride": 2})
    assert recognise.pixels(entry) == 4 * 6 // 4


@pytest.mark.parametrize(
    ("changes", "given", "message"),
    [
        ({"CTYPE2": "ROW"}, {}, r"does not say what its axes \(4, 5, 6, 7\) are; .*--axes"),
        ({"CTYPE2": "HPLN-TAN"}, {}, "does not say what its axes"),
        ({"CTYPE3": "INDEX"}, {"axes": ["stokes", "wavelength", "y", "x"]}, "its wavelengths; give them, .*--wavelengths"),
        ({"CRVAL3": 6301.0, "CDELT3": 0.5}, {}, "hold fe-i-6301 and fe-i-6302; name one by --line"),
        ({"CRVAL3": 4000.0}, {}, "hold no line that is known; name one by --line: mg-i-5173"),
        ({"CRVAL3": -0.2}, {}, "does not say which line it holds; name it by --line"),
        ({}, {"wavelengths": list(OFFSETS)}, "does not say which line it holds; name it by --line"),
    ],
)  # fmt: skip
def test_what_a_header_does_not_say_is_asked_for(cube, changes, given, message):
    with pytest.raises(UserError, match=message):
        recognise.described(cube(**changes), given)


def test_lines_in_vacuum_lie_elsewhere(cube):
    path = cube(CRVAL3=5174.0, CDELT3=0.1)  # 5174.125 in vacuum, 5172.684 in air
    with pytest.raises(UserError, match="no line that is known"):
        recognise.described(path, {})
    assert recognise.described(path, {"medium": "vacuum"})["with"]["line"] == "mg-i-5173"


def test_a_variable_with_the_dimensions_of_a_cube_is_found(tmp_path):
    path = tmp_path / "cube.nc"
    wavelength = ("wavelength", 6173.334 + OFFSETS, {"units": "Angstrom"})
    content = {
        "profiles": (("stokes", "y", "x", "wavelength"), np.ones((4, 6, 7, 5))),
        "mask": (("y", "x"), np.ones((6, 7))),
    }
    xr.Dataset(content, {"wavelength": wavelength}).to_netcdf(path)
    entry = recognise.described(path, {})
    assert entry["type"] == "netcdf_cube" and recognise.pixels(entry) == 42
    assert entry["with"]["variable"] == "profiles" and entry["with"]["line"] == "fe-i-6173"
    xr.Dataset({**content, "more": content["profiles"]}, {"wavelength": wavelength}).to_netcdf(path)
    with pytest.raises(UserError, match=r"which variable is the cube.*It has: profiles, mask, more"):
        recognise.described(path, {})


def test_a_missing_and_a_damaged_file_are_named(tmp_path, cube):
    with pytest.raises(UserError, match=r"There is no file .*none\.fits"):
        recognise.described(tmp_path / "none.fits", {})
    part = tmp_path / "part.fits"
    part.write_bytes(cube().read_bytes()[:3000])
    with pytest.raises(UserError, match=r"part\.fits is truncated or not FITS"):
        recognise.described(part, {})
    (tmp_path / "part.nc").write_text("nothing")
    with pytest.raises(UserError, match=r"part\.nc is damaged or not NetCDF"):
        recognise.described(tmp_path / "part.nc", {})


def test_words_of_a_command_line_become_options():
    given = recognise.options(["-0.04", "0", "0.04"], ["hdu=1", "stokes=[I, V]"], line="mg-i-5173", axes=None)
    assert given == {"line": "mg-i-5173", "wavelengths": [-0.04, 0, 0.04], "hdu": 1, "stokes": ["I", "V"]}
    assert recognise.options(["wave.npy"], []) == {"wavelengths": "wave.npy"}
    with pytest.raises(UserError, match="--set hdu has not the form KEY=VALUE"):
        recognise.options(None, ["hdu"])


def test_files_beside_the_cube_are_named_whole(cube, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cube()
    np.save("wave.npy", OFFSETS)
    given = {"line": "mg-i-5173", "wavelengths": "wave.npy", "path": ["cube.fits", "cube.fits"]}
    options = recognise.described(tmp_path / "cube.fits", given)["with"]
    assert options["wavelengths"] == str(tmp_path / "wave.npy")
    assert options["path"] == [str(tmp_path / "cube.fits")] * 2


def test_unknown_options_and_variables_are_refused(cube, tmp_path):
    with pytest.raises(UserError, match=r"unknown key 'hdus' of type 'fits_cube'; did you mean 'hdu'"):
        recognise.described(cube(), {"hdus": 1})
    with pytest.raises(UserError, match=r"options\.with\.stride: Input should be"):
        recognise.described(cube(), {"stride": "two"})
    xr.Dataset({"mask": ("y", np.ones(3))}).to_netcdf(tmp_path / "cube.nc")
    with pytest.raises(UserError, match=r"cube\.nc has no variable profiles; correct --set"):
        recognise.pixels(
            recognise.described(tmp_path / "cube.nc", {"variable": "profiles", "line": "mg-i-5173"})
        )


def test_arrays_become_lists_that_a_study_can_hold(cube):
    options = recognise.described(cube(), {"wavelengths": OFFSETS, "line": "mg-i-5173"})["with"]
    assert options["wavelengths"] == OFFSETS.tolist()
