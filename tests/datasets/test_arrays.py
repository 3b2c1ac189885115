"""One reference for one array, whatever the file."""

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.datasets import _arrays
from fieldbench.errors import UserError

from tests.datasets.idl import save as save_idl

VALUES = np.array([1.0, 2.5, 4.0])


@pytest.fixture
def folder(tmp_path):
    """Files of each kind that hold `VALUES`."""
    column = fits.Column("WAVE", format="D", unit="nm", array=VALUES)
    units = [
        fits.PrimaryHDU(),
        fits.ImageHDU(VALUES, name="AXIS"),
        fits.BinTableHDU.from_columns([column], name="T"),
    ]
    fits.HDUList(units).writeto(tmp_path / "a.fits")
    np.save(tmp_path / "a.npy", VALUES)
    np.savez(tmp_path / "a.npz", wave=VALUES, other=0)
    save_idl(tmp_path / "a.sav", "wave", VALUES)
    xr.Dataset({"wave": ("w", VALUES, {"units": "nm"})}).to_netcdf(tmp_path / "a.nc", group="grid/fine")
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "unit"),
    [("a.fits#1", None), ("a.fits#AXIS", None), ("a.fits#T/WAVE", "nm"), ("a.fits#2/WAVE", "nm"), ("a.npy", None),
     ("a.npz#wave", None), ("a.sav#wave", None), ("a.sav#WAVE", None), ("a.sav", None), ("a.nc#grid/fine/wave", "nm")],
)  # fmt: skip
def test_every_kind_of_file_gives_the_same_values(folder, reference, unit):
    found = _arrays.read(reference, str(folder))
    np.testing.assert_array_equal(found.values, VALUES)
    assert found.unit == unit and _arrays.is_file(reference)


@pytest.mark.parametrize("reference", [1, "WAVE", "GRID/WAVE", "grid/fine/wave", "header"])
def test_parts_of_another_file_are_no_files(reference):
    assert not _arrays.is_file(reference)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("a.fits#0", r"a.fits has no image in HDU 0; its HDUs are 0 \(PRIMARY\), 1 \(AXIS\), 2 \(T\)"),
        ("a.fits#T/LAMBDA", "a.fits has no column 'LAMBDA' in HDU 'T'; its columns are WAVE"),
        ("a.fits#1/WAVE", "a.fits has no column 'WAVE' in HDU 1; its columns are none"),
        ("a.npz", "a.npz has no variable ''; its variables are wave, other"),
        ("a.sav#lambda", "a.sav has no variable 'lambda'; its variables are wave"),
        (
            "a.nc#grid/fine/lambda",
            "a.nc has no variable 'grid/fine/lambda'; its variables are grid/fine/wave",
        ),
        ("a.nc#coarse/wave", "a.nc has no variable 'coarse/wave'; its variables are grid/fine/wave"),
        ("b.npy", "There is no file b.npy"),
    ],
)
def test_what_is_not_there_is_said(folder, reference, message):
    with pytest.raises(UserError, match=message):
        _arrays.read(reference, str(folder))


@pytest.mark.parametrize("name", ["a.fits", "a.npy", "a.npz", "a.sav", "a.nc"])
def test_a_file_of_another_format_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(
        b"neither this nor that, but long enough for any header to be looked at" * 9
    )
    with pytest.raises(UserError, match=rf"{name} is truncated or"):
        _arrays.read(f"{name}#1", str(tmp_path))
