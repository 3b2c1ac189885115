"""Reading FITS images, whole and broken."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from fieldbench.datasets import _fits
from fieldbench.errors import UserError


def test_an_image_comes_back_in_native_byte_order(write_fits):
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    data, header = _fits.read(write_fits("a.fits", values))
    np.testing.assert_array_equal(data, values)
    assert data.dtype.isnative and header["NAXIS"] == 3


def test_an_image_is_found_by_number_and_by_name(tmp_path):
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(np.ones(3), name="WAVE")]
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    assert (
        _fits.read(tmp_path / "a.fits", 1)[0].sum() == _fits.read(tmp_path / "a.fits", "WAVE")[0].sum() == 3
    )


@pytest.mark.parametrize("hdu", [0, 7, "NOISE"])
def test_a_missing_image_lists_what_there_is(tmp_path, hdu):
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones(3), name="WAVE")]).writeto(tmp_path / "a.fits")
    with pytest.raises(
        UserError, match=rf"a\.fits has no image in HDU {hdu!r}; its HDUs are 0 \(PRIMARY\), 1 \(WAVE\)"
    ):
        _fits.read(tmp_path / "a.fits", hdu)


@pytest.mark.parametrize("kept", [0, 1000, 2880, 40000, 74880])
def test_a_truncated_file_is_named(write_fits, tmp_path, kept):
    content = Path(write_fits("whole.fits", np.ones((18, 20, 4, 13), np.float32))).read_bytes()
    (tmp_path / "part.fits").write_bytes(content[:kept])
    with pytest.raises(UserError, match=r"part\.fits is truncated or not FITS"):
        _fits.read(tmp_path / "part.fits")


@pytest.mark.parametrize("kept", [6000, 20000])
def test_a_truncated_compressed_image_is_named(tmp_path, kept):
    image = fits.CompImageHDU(np.random.default_rng(0).normal(size=(100, 100)))
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(tmp_path / "whole.fits")
    (tmp_path / "part.fits").write_bytes((tmp_path / "whole.fits").read_bytes()[:kept])
    with pytest.raises(UserError, match=r"part\.fits is truncated or not FITS"):
        _fits.read(tmp_path / "part.fits", 1)


def test_a_file_that_is_not_fits_is_named(tmp_path):
    (tmp_path / "text.fits").write_text("hello" * 2000)
    with pytest.raises(UserError, match=r"text\.fits is truncated or not FITS"):
        _fits.read(tmp_path / "text.fits")


def test_the_header_says_the_order_of_the_stokes_parameters():
    header = fits.Header({"NAXIS": 3, "CTYPE2": "STOKES", "CRPIX2": 2.0, "CRVAL2": 2.0, "CDELT2": 1.0})
    assert _fits.stokes_axis(header) == 1
    assert _fits.stokes_order(header, 1, 4) == ["I", "Q", "U", "V"]
    assert _fits.stokes_order(header, 0, 4) is None
    header["CDELT2"] = 3.0  # I, V from the first pixel, at -1, on: a code that is none of the four
    assert _fits.stokes_order(header, 1, 2) is None
    header["CRPIX2"], header["CRVAL2"] = 1.0, 1.0
    assert _fits.stokes_order(header, 1, 2) == ["I", "V"]


def test_distortions_are_told_from_other_keys():
    assert _fits.is_distorted(fits.Header({"DW3": 1})) and _fits.is_distorted(
        fits.Header({"CPDIS1": "Lookup"})
    )
    assert not _fits.is_distorted(fits.Header({"DPRESS": 1, "DWELL": 2, "CWL": 5173}))
