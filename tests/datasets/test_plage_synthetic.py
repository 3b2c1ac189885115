"""The generated plage: deterministic, physical, and with a truth that its profiles obey."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import plage_synthetic
from fieldbench.errors import UserError
from fieldbench.physics import lines


def load(**params):
    return plage_synthetic.load(**{"line": "mg-i-5173", "shape": [40, 30]} | params)


@pytest.fixture(scope="module")
def plage():
    return plage_synthetic.load(line="mg-i-5173")


def test_the_default_has_the_original_form(plage):
    assert plage.sizes == {"y": 200, "x": 178, "stokes": 4, "wavelength": 13}
    np.testing.assert_allclose(plage.wavelength, np.linspace(-0.24, 0.24, 13), atol=1e-12)
    assert plage.x.attrs["units"] == "arcsec" and bool(plage.usable.all())


def test_it_is_a_plage(plage):
    """Nearly unipolar, with kilogauss over a few per cent of the area and weak field over most of it."""
    b_los = plage.b_los_true.values
    assert b_los.mean() > 0.9 * np.abs(b_los).mean()
    assert 0.005 < (b_los > 1000).mean() < 0.1
    assert (np.abs(b_los) < 300).mean() > 0.5
    assert plage.b_transverse_true.max() < 1500
    assert 0.1 < (plage.b_transverse_true > 300).mean() < 0.6


def test_the_same_seed_gives_the_same_data_and_another_does_not():
    first, again, other = load(seed=1), load(seed=1), load(seed=2)
    xr.testing.assert_identical(first, again)
    assert np.corrcoef(first.b_los_true.values.ravel(), other.b_los_true.values.ravel())[0, 1] < 0.5


def test_noise_has_the_level_it_says(plage):
    """Between two noise levels of one seed only the noise differs, and by its ratio."""
    quiet, loud = load(noise=1e-9), load(noise=2e-3)
    difference = (loud.stokes_profiles - quiet.stokes_profiles).values
    np.testing.assert_allclose(difference.std(axis=(0, 1, 3)), 2e-3, rtol=0.02)
    np.testing.assert_array_equal(loud.noise, np.full(4, 2e-3))


def test_profiles_follow_the_weak_field_approximation_where_the_field_is_weak():
    data = load(noise=1e-9, shape=[60, 60])
    line = lines.line("mg-i-5173")
    stokes = data.stokes_profiles.values.astype(float)
    slope = np.gradient(stokes[:, :, 0], data.wavelength.values, axis=-1)[..., 1:-1]
    response = -line.shift_per_gauss * line.effective_lande * slope
    inferred = (response * stokes[:, :, 3, 1:-1]).sum(-1) / (response**2).sum(-1)
    weak = np.abs(data.b_los_true.values) < 200
    residual = (inferred - data.b_los_true.values)[weak]
    assert np.abs(residual).max() < 20 and weak.sum() > 500


def test_potential_field_of_one_mode():
    """B_z = cos(k x) at height 0 gives exp(-k z) cos(k x), and B_x = exp(-k z) sin(k x)."""
    x = np.arange(64)
    k, height = 2 * np.pi * 3 / 64, 1.7
    b_x, b_y, b_z = plage_synthetic.potential_field(np.tile(np.cos(k * x), (16, 1)), height)
    np.testing.assert_allclose(b_z, np.tile(np.exp(-k * height) * np.cos(k * x), (16, 1)), atol=1e-12)
    np.testing.assert_allclose(b_x, np.tile(np.exp(-k * height) * np.sin(k * x), (16, 1)), atol=1e-12)
    np.testing.assert_allclose(b_y, 0, atol=1e-12)


def test_potential_field_keeps_the_flux_and_carries_no_current():
    surface = np.random.default_rng(0).normal(size=(32, 24))
    b_x, b_y, b_z = plage_synthetic.potential_field(surface, 2.0)
    assert b_z.mean() == pytest.approx(surface.mean())
    k_y, k_x = np.meshgrid(np.fft.fftfreq(32), np.fft.fftfreq(24), indexing="ij")
    inside = (np.abs(k_y) < 0.5) & (np.abs(k_x) < 0.5)  # the Nyquist mode has no derivative
    current = (k_x * np.fft.fft2(b_y) - k_y * np.fft.fft2(b_x))[inside]
    np.testing.assert_allclose(current, 0, atol=1e-12)


def test_crop_takes_its_part_of_the_field():
    whole, part = load(), load(crop=[10, 30, 5, 25], stride=2)
    xr.testing.assert_allclose(part.b_los_true, whole.b_los_true.isel(y=slice(10, 30, 2), x=slice(5, 25, 2)))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"line": "fe-i-6302"}, "Line 'fe-i-6302' is not in this data set"),
        ({"line": "mg-i-517"}, "Unknown line 'mg-i-517'"),
        ({"shape": [40]}, r"`shape` of plage_synthetic is \[40\]"),
        ({"shape": [0, 40]}, r"`shape` of plage_synthetic is \[0, 40\]"),
        ({"noise": 0.0}, "`noise` is 0.0"),
    ],
)
def test_what_makes_no_plage_is_refused(params, message):
    with pytest.raises(UserError, match=message):
        load(**params)
