"""Level-1 files of Hinode's spectro-polarimeter, written here as the instrument does: 16 bits, shifted, wrapped."""

import numpy as np
import pytest
from astropy.io import fits
from fieldbench.datasets import hinode_raster
from fieldbench.errors import UserError
from fieldbench.inversion.delivery import recognise
from fieldbench.physics import lines
from fieldbench.physics.weak_field import response

PIXELS = 40
WAVELENGTHS = 6302.08 + (np.arange(112) + 1 - 56.5) * 0.021549
CONTINUUM = 50_000.0  # counts, beyond 15 bits
LINE = lines.line("fe-i-6302")
NOISE = 50.0  # counts


def profiles(b_los, seed):
    """(4, y, W), counts of a slit with one B_los."""
    rng = np.random.default_rng(seed)
    intensity = np.ones(WAVELENGTHS.size)
    for name in ("fe-i-6301", "fe-i-6302"):
        intensity -= 0.6 * np.exp(-(((WAVELENGTHS - lines.line(name).wavelength) / 0.06) ** 2))
    stokes_v = b_los * response(intensity, WAVELENGTHS - LINE.wavelength, LINE, "b_los", derivative="spline")
    stokes = np.stack([intensity, 0 * intensity, 0 * intensity, stokes_v])
    return CONTINUUM * stokes[:, None] + rng.normal(0, NOISE, (4, PIXELS, WAVELENGTHS.size))


def write(path, counts, shift):
    """Halve what the shift halves, and let Stokes I wrap around in 16 bits."""
    halved = counts.copy()
    for index, least in enumerate((1, 3, 3, 2)):
        halved[index] /= 2 if shift >= least else 1
    values = np.round(halved).astype(np.int32).astype(np.uint16).view(np.int16)
    header = fits.Header(
        {"INSTRUME": "SOT/SP", "SPBSHFT": shift, "CRPIX1": 56.5, "CRVAL1": 6302.08, "CDELT1": 0.021549}
    )
    fits.PrimaryHDU(values, header).writeto(path)


def load(folder, **params):
    given = {"line": "fe-i-6302", "data_root": str(folder), "download": False, "path": "SP3D*.fits"}
    return hinode_raster.load(**given | params)


@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_a_raster_has_the_profiles_that_were_observed_whatever_the_shift(tmp_path, shift):
    for number, b_los in enumerate((300.0, -600.0)):
        write(tmp_path / f"SP3D2014_{number}.fits", profiles(b_los, number), shift)
    data = load(tmp_path)
    assert data.sizes["y"] == PIXELS and data.sizes["x"] == 2
    mean = data["stokes_profiles"].mean("y").values
    true = np.stack([profiles(b_los, 9) for b_los in (300.0, -600.0)]).mean(2) / CONTINUUM
    near = np.abs(WAVELENGTHS - LINE.wavelength) < 0.4
    np.testing.assert_allclose(
        mean, true[..., near], atol=6 * NOISE / CONTINUUM / np.sqrt(PIXELS) + 2 / CONTINUUM
    )
    np.testing.assert_allclose(data["noise"], NOISE / CONTINUUM, rtol=0.15)
    assert f"bit shift {shift} was undone" in data.attrs["notes"]


def test_a_shift_that_is_left_makes_fields_twice_as_strong(tmp_path):
    write(tmp_path / "SP3D.fits", profiles(300.0, 0), 1)
    right, left = (load(tmp_path, undo_bit_shift=undo)["stokes_profiles"].mean("y") for undo in (True, False))
    ratio = float(np.abs(left.sel(stokes="V")).max() / np.abs(right.sel(stokes="V")).max())
    assert ratio == pytest.approx(2, rel=0.05)


def test_the_command_tells_such_files_by_their_header(tmp_path):
    write(tmp_path / "SP3D.fits", profiles(300.0, 0), 1)
    entry = recognise.described(tmp_path / "SP3D.fits", {})
    assert entry["type"] == "hinode_raster" and entry["with"]["line"] == "fe-i-6302"


def test_another_instruments_file_is_refused(tmp_path):
    fits.PrimaryHDU(np.zeros((4, 5, 112), np.int16)).writeto(tmp_path / "SP3D.fits")
    with pytest.raises(UserError, match="is no level-1 file of Hinode's spectro-polarimeter"):
        load(tmp_path)


def test_slits_of_two_rasters_are_refused(tmp_path):
    write(tmp_path / "SP3Da.fits", profiles(300.0, 0), 1)
    write(tmp_path / "SP3Db.fits", profiles(300.0, 0)[:, :10], 1)
    with pytest.raises(UserError, match="different shapes"):
        load(tmp_path)
