"""The SHARP vector field: its axes, its gaps, and its profiles."""

import numpy as np
import pytest
from astropy.io import fits
from fieldbench.datasets import sharp
from fieldbench.errors import UserError


@pytest.fixture
def segments(monkeypatch, tmp_path):
    """Images of 3 x 4 pixels in place of the real ones: B_p 300, B_t -400, B_r 1200, one pixel missing."""
    values = dict(zip(sharp.FILES, (300.0, -400.0, 1200.0), strict=True))
    for number, value in enumerate(values.values()):
        image = np.full((3, 4), value)
        image[2, 1] = np.nan if number == 1 else value
        fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(image)]).writeto(tmp_path / f"{number}.fits")
    paths = {file: tmp_path / f"{number}.fits" for number, file in enumerate(sharp.FILES)}
    monkeypatch.setattr(sharp, "locate", lambda file, **_: paths[file])


def load(**params):
    return sharp.load(
        **{"line": "mg-i-5173", "data_root": None, "download": False, "noise": 1e-9, "seed": 0} | params
    )


def test_components_are_west_north_and_up(segments):
    data = load()
    known = data.usable.values
    np.testing.assert_allclose(data.b_los_true.values[known], 1200, rtol=1e-3)
    np.testing.assert_allclose(data.b_transverse_true.values[known], 500, rtol=1e-3)
    np.testing.assert_allclose(data.azimuth_true.values[known], np.degrees(np.arctan2(400, 300)), rtol=1e-3)


def test_a_pixel_without_field_is_masked_and_counted(segments):
    data = load()
    assert not data.usable[2, 1] and int(data.usable.sum()) == 11
    assert "1 of 12 pixels masked: HMI gives no field." in data.attrs["notes"]


def test_linear_polarisation_has_the_signs_of_the_azimuth(segments):
    """The azimuth is 53 degrees: in the wings Q goes as cos 2 phi < 0, and U as sin 2 phi > 0."""
    data = load()
    wings = data.stokes_profiles[0, 0].sel(wavelength=[-0.2, 0.2], method="nearest")
    assert (wings.sel(stokes="Q") < 0).all() and (wings.sel(stokes="U") > 0).all()


def test_other_lines_are_refused():
    with pytest.raises(UserError, match="set `line` to mg-i-5173"):
        load(line="fe-i-6173")


def test_the_real_files(real_data):
    data = load(data_root=real_data, stride=8)
    assert data.sizes["y"] == 48 and data.sizes["x"] == 93
    assert 2000 < float(np.abs(data.b_los_true).max()) < 3000
    assert set(data.attrs["file_checksums"].splitlines()) == {
        f"{file.path} {file.checksum}" for file in sharp.FILES
    }
