"""The sunspot of SST/CRISP: which pixels count, and what the truth is."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import sunspot_crisp
from fieldbench.errors import UserError

QUIET = {
    "line_to_continuum": 10.0, "strength": 800.0, "velocity": 0.5, "doppler_width": 0.03, "damping": 0.2,
    "inclination": 120.0, "azimuth": 30.0, "source_constant": 0.3, "source_gradient": 0.7,
}  # fmt: skip


@pytest.fixture
def inversion(monkeypatch, tmp_path):
    """An inversion of 2 x 3 pixels in place of the real one, whose format cannot be written here."""
    planes = {name: (("y", "x"), np.full((2, 3), value)) for name, value in QUIET.items()}
    field = xr.Dataset(planes, coords={"y": [0, 1], "x": [0, 1, 2]})
    monkeypatch.setattr(sunspot_crisp, "locate", lambda *_, **__: tmp_path)
    monkeypatch.setattr(sunspot_crisp, "read_inversion", lambda _: field)
    return field


def load(line="mg-i-5173", **params):
    return sunspot_crisp.load(
        **{"line": line, "data_root": None, "download": False, "noise": 1e-3, "seed": 0} | params
    )


def test_suspect_pixels_are_masked_and_counted(inversion):
    inversion["line_to_continuum"][0, 0] = 501
    inversion["velocity"][0, 1] = -5.1
    inversion["inclination"][0, 2] = -1
    inversion["line_to_continuum"][1, 0] = 500
    data = load()
    np.testing.assert_array_equal(data.usable, [[False, False, False], [True, True, True]])
    assert (
        "3 of 6 pixels masked as suspect: eta_0 > 500, |v| > 5 km/s or inclination < 0."
        in data.attrs["notes"]
    )


def test_the_truth_is_the_inverted_vector(inversion):
    data = load()
    np.testing.assert_allclose(data.b_los_true, -400.0)  # 800 cos 120
    np.testing.assert_allclose(data.b_transverse_true, 692.820323)  # 800 sin 120
    np.testing.assert_allclose(data.azimuth_true, 30.0)
    assert data.attrs["kind"] == "semi-synthetic: real inverted field, synthetic profiles"


def test_each_line_has_its_own_wavelengths_and_width(inversion):
    magnesium, iron = load(noise=1e-9), load("fe-i-6173", noise=1e-9)
    np.testing.assert_allclose(magnesium.wavelength, np.linspace(-0.24, 0.24, 13), atol=1e-12)
    np.testing.assert_allclose(iron.wavelength, np.linspace(-0.28, 0.28, 17), atol=1e-12)

    def depth(data, distance):
        """Depth at a distance from the centre, over the depth at the centre."""
        profile = 1 - data.stokes_profiles[0, 0, 0]
        return float(
            profile.sel(wavelength=distance, method="nearest") / profile.sel(wavelength=0, method="nearest")
        )

    assert depth(magnesium, 0.12) > 2 * depth(iron, 0.12)


def test_a_field_of_negative_line_of_sight_component_makes_v_negative_in_the_blue(inversion):
    data = load(noise=1e-9)
    assert (data.stokes_profiles.sel(stokes="V")[..., :6] < 0).all()


def test_other_lines_are_refused():
    with pytest.raises(UserError, match="set `line` to mg-i-5173 or fe-i-6173"):
        load("fe-i-6302")


def test_an_inversion_without_a_good_pixel_is_refused(inversion):
    inversion["velocity"][:] = 100
    with pytest.raises(UserError, match="No pixel of Sunspot, SST/CRISP is usable"):
        load()


def test_the_real_file(real_data):
    data = load(data_root=real_data)
    assert data.usable.shape == (298, 294)
    assert int((~data.usable).sum()) == 9828
    assert "9,828 of 87,612 pixels masked" in data.attrs["notes"]
    good = data.usable.values
    assert data.b_los_true.values[good].min() < -2000
    brightest = data.stokes_profiles.sel(stokes="I").values[good].max(-1)
    assert 0.7 < np.median(brightest) < 1.05  # much of the field is penumbra
