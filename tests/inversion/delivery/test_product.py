"""The file that is handed over."""

import errno

import numpy as np
import pytest
import xarray as xr
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from fieldbench.errors import UserError
from fieldbench.inversion.delivery import product, summary

from tests.inversion.delivery.cubes import header

WORDS = {
    "comment": "Conventions.",
    "notes": "Noise 1 mÅ.",
    "warnings": "",
    "title": "Magnetic field",
    "line": "mg-i-5173",
}
METHODS = {
    "method_b_los": "V1 at 32",
    "method_b_qu": "",
    "reduced_chi2_b_los": "1.1",
    "reduced_chi2_b_qu": "",
    "unseen_b_qu": "",
}
COST = {"methods_compared": "pixelwise, V1 at 32", "training_seconds": 65.0}


@pytest.fixture
def field():
    """B_los of 2 x 3 pixels, as it is recommended, and whether it is usable."""
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    sigma = np.full((2, 3), 12.34, np.float32)
    attributes = {"units": "gauss", "long_name": "field"}
    return xr.Dataset(
        {
            "b_los": (("y", "x"), values, attributes),
            "b_los_sigma": (("y", "x"), sigma, attributes),
            "azimuth": (("y", "x"), values, {"units": "degree", "long_name": "azimuth"}),
            "usable": (("y", "x"), np.array([[1, 1, 1], [1, 1, 0]], np.int8), {"long_name": "usable"}),
        },
        attrs={**WORDS, **METHODS, **COST},
    )


@pytest.fixture
def entry(tmp_path):
    """The entry of a cube of 6 x 9 pixels, of which (1, 2), (1, 4), (1, 6) and those two rows above are taken."""
    fits.PrimaryHDU(np.ones((4, 5, 6, 9), np.float32), header(np.linspace(-0.2, 0.2, 5))).writeto(
        tmp_path / "cube.fits"
    )
    axes = ["stokes", "wavelength", "y", "x"]
    options = {"path": str(tmp_path / "cube.fits"), "axes": axes, "crop": [1, 5, 2, 8], "stride": 2}
    return {"type": "fits_cube", "with": options}


def test_maps_have_units_and_the_cubes_coordinates_and_cards(tmp_path, field, entry):
    product.write(field, tmp_path / "field.fits", tmp_path / "cube.fits", entry)
    with fits.open(tmp_path / "field.fits", checksum=True) as made:
        assert [image.name for image in made] == ["B_LOS", "B_LOS_SIGMA", "AZIMUTH", "USABLE"]
        assert [units.Unit(image.header["BUNIT"]) for image in made[:3]] == [units.G, units.G, units.deg]
        np.testing.assert_array_equal(made["B_LOS"].data, field["b_los"])
        np.testing.assert_array_equal(made["USABLE"].data, field["usable"])
        assert made["AZIMUTH"].header["OBJECT"] == "plage" and "CTYPE3" not in made[0].header
        said = "".join(made[0].header["COMMENT"])
        assert "B_los: V1 at 32, reduced chi2 1.1" in said and "Noise 1 mA." in said and "B_T" not in said
        place = WCS(made["AZIMUTH"].header).wcs_pix2world([[1, 1]], 0)
    cube = WCS(fits.getheader(tmp_path / "cube.fits")).celestial.wcs_pix2world([[4, 3]], 0)
    np.testing.assert_allclose(place, cube, rtol=1e-12)  # the second of every second pixel from (1, 2) on


def test_a_header_without_coordinates_makes_maps_without(tmp_path, field, entry):
    fits.writeto(
        tmp_path / "cube.fits", np.ones((4, 5, 6, 9)), fits.Header({"TELESCOP": "SST"}), overwrite=True
    )
    product.write(field, tmp_path / "field.fits", tmp_path / "cube.fits", entry)
    made = fits.getheader(tmp_path / "field.fits")
    assert made["TELESCOP"] == "SST" and "CTYPE1" not in made


def test_a_raster_lies_where_its_slits_do(tmp_path, field):
    """Three slits of two pixels, 0.3 arcsec apart, whose centres are at x = 100 to 100.6 and y = -50."""
    for number in range(3):
        cards = {"INSTRUME": "SOT/SP", "SPBSHFT": 1, "XCEN": 100 + 0.3 * number, "YCEN": -50.0}
        sizes = {"XSCALE": 0.15, "YSCALE": 0.16, "DATE_OBS": "2007-02-27T00:20:10.057"}
        file = tmp_path / f"SP3D_{number}.fits"
        fits.writeto(file, np.ones((4, 2, 5), np.int16), fits.Header(cards | sizes))
    entry = {"type": "hinode_raster", "with": {"path": str(tmp_path / "SP3D_*.fits"), "line": "fe-i-6302"}}
    product.write(field, tmp_path / "field.fits", tmp_path / "SP3D_0.fits", entry)
    made = fits.getheader(tmp_path / "field.fits")
    assert made["CTYPE1"] == "HPLN-TAN" and made["DATE-OBS"].startswith("2007-02-27T00:20:10")
    longitude, latitude = WCS(made).wcs_pix2world([0, 2], [0, 1], 0)
    np.testing.assert_allclose(longitude * 3600, [100, 100.6], atol=1e-6)
    np.testing.assert_allclose(latitude * 3600, [-50.08, -49.92], atol=1e-6)


def test_slits_of_unknown_pointing_make_maps_without_coordinates(tmp_path, field):
    file = tmp_path / "SP3D.fits"
    fits.writeto(file, np.ones((4, 2, 5), np.int16), fits.Header({"INSTRUME": "SOT/SP", "SPBSHFT": 1}))
    entry = {"type": "hinode_raster", "with": {"path": str(file), "line": "fe-i-6302"}}
    product.write(field, tmp_path / "field.fits", file, entry)
    made = fits.getheader(tmp_path / "field.fits")
    assert made["INSTRUME"] == "SOT/SP" and "CTYPE1" not in made


def test_netcdf_keeps_units(tmp_path, field, entry):
    product.write(field, tmp_path / "field.nc", tmp_path / "cube.fits", entry)
    with xr.open_dataset(tmp_path / "field.nc") as made:
        assert made["b_los"].attrs["units"] == "gauss" and made["azimuth"].attrs["units"] == "degree"


def test_sizes_of_uncertainties_are_read_at_a_glance(field):
    for value, text in ((123.4, "123 G"), (2.34, "2.3 G")):
        field["b_los_sigma"].values[:] = value
        assert f"(1 sigma: {text})" in summary.sentence(field)


def test_one_sentence_says_which_method_how_sure_and_what_it_cost(field):
    assert summary.sentence(field) == (
        "B_los by V1 at 32 (1 sigma: 12 G); the best of 2 at wavelengths left out, in 1 min 05 s of computing."
    )
    field.attrs |= {"methods_compared": "V1 at 32", "training_seconds": 4.0}
    assert summary.sentence(field).endswith("; the only method that finished, in 4 s of computing.")


def test_a_damaged_target_is_replaced_whole(tmp_path, field, entry):
    target, cube = tmp_path / "field.fits", tmp_path / "cube.fits"
    target.write_bytes(b"SIMPLE  =  damaged")
    product.write(field, target, cube, entry)
    np.testing.assert_array_equal(fits.getdata(target), field["b_los"])


def test_a_full_disk_leaves_the_old_field(tmp_path, field, entry, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "field.fits"
    target.write_text("precious")
    monkeypatch.setattr(fits.HDUList, "writeto", full)
    with pytest.raises(UserError, match="the disk is full"):
        product.write(field, target, tmp_path / "cube.fits", entry)
    assert target.read_text() == "precious" and not list(tmp_path.glob(".partial-*"))
