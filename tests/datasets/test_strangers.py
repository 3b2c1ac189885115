"""Cubes as other people write them: each gives the field that they were made with, or one sentence that says why not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from astropy.io import fits
from fieldbench.datasets._wavelengths import vacuum
from fieldbench.errors import UserError

from tests.datasets.idl import save as save_idl
from tests.datasets.strangers import AXES, CENTRE, OFFSETS, Stranger, assert_right


# Damaged pixels: what is done to the cube, how many pixels are masked, and why.
def padded(stranger: Stranger, columns: int) -> None:
    stranger.cube[:, :columns] = 0


def set_values(place: tuple, value: Any) -> Callable[[Stranger], None]:
    return lambda stranger: stranger.cube.__setitem__(place, value)


DAMAGES = {
    "zeros, a third": (lambda stranger: padded(stranger, 8), 160, "Stokes I is not positive"),
    "zeros, two thirds": (lambda stranger: padded(stranger, 16), 320, "Stokes I is not positive"),
    "NaN": (set_values((slice(2, 4), 5, 3), np.nan), 2, "a Stokes value is missing"),
    "a mask value": (set_values((3, 5), -999), 1, "Stokes I is not positive"),
    "constant I": (set_values((3, slice(0, 4), 0), 0.7), 4, "Stokes I is the same at all wavelengths"),
    "dead, a ramp": (set_values((3, 3, 0), 0.4 + 1e-7 * np.arange(13)), 1, "Stokes I is the same at all wavelengths"),
    "one negative I": (set_values((3, 3, 0, 6), -0.1), 1, "Stokes I is not positive"),
    "cosmic ray in I": (set_values((6, 6, 0, 6), 2000), 1, "a value stands alone among its neighbours"),
    "cosmic ray in V": (set_values((6, 6, 3, 4), 50), 1, "Q, U or V exceeds Stokes I"),
    "small cosmic ray in V": (set_values((6, 6, 3, 4), 0.3), 1, "a value stands alone among its neighbours"),
    "cosmic ray at the edge": (set_values((0, 0, 1, 2), -0.2), 1, "a value stands alone among its neighbours"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("noise", [1e-3, "estimate"])
def test_damaged_pixels_are_masked_and_counted(damage, noise, tmp_path):
    change, masked, reason = DAMAGES[damage]
    stranger = Stranger(tmp_path)
    change(stranger)
    stranger.says(noise=noise)
    data = stranger.load()
    assert int((~data["usable"]).sum()) == masked
    assert f"{masked} of 480 pixels masked: {reason}." in data.attrs["notes"]
    np.testing.assert_allclose(data["noise"], 1e-3, rtol=0.3)
    assert_right(data)


def test_an_undamaged_cube_loses_no_pixel_and_has_nothing_to_say(tmp_path):
    data = Stranger(tmp_path).load()
    assert data["usable"].all()
    line, level, *rest = data.attrs["notes"].splitlines()
    assert "known from `line` alone" in line and level.startswith("Profiles were divided by") and not rest
    assert_right(data)


# Forms of files and words of configurations that give the field.
def unit(name: str, per_angstrom: float) -> Callable[[Stranger], None]:
    return lambda stranger: stranger.says(wavelengths=(OFFSETS * per_angstrom).tolist(), wavelength_unit=name)


def decreasing(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[..., ::-1]
    stranger.says(wavelengths=OFFSETS[::-1].tolist())


def in_vacuum(stranger: Stranger) -> None:
    stranger.says(wavelengths=(vacuum(CENTRE) + OFFSETS).tolist(), medium="vacuum")


def by_header(stranger: Stranger) -> None:
    stranger.fits(CTYPE1="AWAV", CUNIT1="nm", CRPIX1=7.0, CRVAL1=CENTRE / 10, CDELT1=0.004)
    stranger.says(wavelengths="header")


def by_table_of_header(stranger: Stranger) -> None:
    points = ((CENTRE + OFFSETS) / 10).reshape(1, -1)
    column = fits.Column("WAVE", format="13D", unit="nm", dim="(1,13)", array=points[..., None])
    table = fits.BinTableHDU.from_columns([column], name="GRID")
    keys = {"CTYPE1": "AWAV-TAB", "CUNIT1": "nm", "CRPIX1": 1.0, "CRVAL1": 1.0, "CDELT1": 1.0}
    stranger.fits(table, **keys, PS1_0="GRID", PS1_1="WAVE", PV1_3=1)
    stranger.says(wavelengths="header")


def by_column(stranger: Stranger) -> None:
    column = fits.Column("LAMBDA", format="D", unit="nm", array=OFFSETS / 10)
    stranger.fits(fits.BinTableHDU.from_columns([column], name="GRID"))
    stranger.says(wavelengths="GRID/LAMBDA")


def by_numpy(stranger: Stranger) -> None:
    np.save(stranger.folder / "wave.npy", CENTRE + OFFSETS)
    stranger.says(wavelengths="wave.npy", wavelength_unit="Angstrom")


def by_numpy_archive(stranger: Stranger) -> None:
    np.savez(stranger.folder / "wave.npz", grid=OFFSETS, other=[1])
    stranger.says(wavelengths="wave.npz#grid", wavelength_unit="Angstrom")


def by_idl(stranger: Stranger) -> None:
    save_idl(stranger.folder / "wave.sav", "grid", OFFSETS * 1000)
    stranger.says(wavelengths="wave.sav#grid", wavelength_unit="mA")


def by_netcdf(stranger: Stranger) -> None:
    xr.Dataset({"grid": ("w", OFFSETS * 100, {"units": "pm"})}).to_netcdf(stranger.folder / "wave.nc")
    stranger.says(wavelengths="wave.nc#grid")


def other_order(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[:, :, [0, 3, 1, 2]]
    stranger.says(stokes=["I", "V", "Q", "U"])


def order_of_header(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[:, :, ::-1]
    stranger.fits(CTYPE2="STOKES", CRPIX2=1.0, CRVAL2=4.0, CDELT2=-1.0)


def fractions(stranger: Stranger) -> None:
    stranger.cube[:, :, 1:] /= stranger.cube[:, :, :1]
    stranger.says(fractional=True)


def hdu_each(stranger: Stranger) -> None:
    stranger.fits(*np.moveaxis(stranger.cube, 2, 0))
    stranger.says(hdu=[1, 2, 3, 4], axes=["y", "x", "wavelength"])


def file_each(stranger: Stranger) -> None:
    for name, image in zip("IQUV", np.moveaxis(stranger.cube, 2, 0), strict=True):
        fits.PrimaryHDU(image).writeto(stranger.folder / f"{name}.fits")
    stranger.says(path=[f"{name}.fits" for name in "IQUV"], axes=["y", "x", "wavelength"])


def variable_each(stranger: Stranger) -> None:
    path, parts = str(stranger.folder / "cube.nc"), zip("IQUV", np.moveaxis(stranger.cube, 2, 0), strict=True)
    xr.Dataset({name: (("y", "x", "wavelength"), part) for name, part in parts}).to_netcdf(path)
    stranger.type = "netcdf_cube"
    stranger.options = {
        "path": path,
        "variable": ["I", "Q", "U", "V"],
        "wavelengths": OFFSETS.tolist(),
        "noise": 1e-3,
    }


def in_a_group(stranger: Stranger) -> None:
    stranger.netcdf(stranger.cube, name="level2/stokes")


def beside_a_broken_header(stranger: Stranger) -> None:
    stranger.fits(CTYPE1="WAVE-TAB", CUNIT1="nm", PS1_0="ABSENT", PS1_1="WAVE")


def one_of_three_times(stranger: Stranger) -> None:
    stranger.cube = np.stack([np.ones_like(stranger.cube), stranger.cube, np.ones_like(stranger.cube)])
    stranger.says(axes=["time", *AXES], time=1)


def one_time(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[None]
    stranger.says(axes=["time", *AXES])


def one_pixel(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[:1, :1]


def in_counts(stranger: Stranger) -> None:
    stranger.cube = np.round(stranger.cube * 20_000).astype(np.int16)


RIGHT = {
    "mA": unit("mA", 1000), "pm": unit("pm", 100), "nm": unit("nm", 0.1), "um": unit("um", 1e-4), "AA": unit("AA", 1),
    "m": unit("m", 1e-10), "mAngstrom": unit("mAngstrom", 1000), "km/s": unit("km/s", 299792.458 / CENTRE),
    "decreasing": decreasing, "vacuum": in_vacuum, "header": by_header, "-TAB": by_table_of_header,
    "column": by_column, "npy": by_numpy, "npz": by_numpy_archive, "sav": by_idl, "nc": by_netcdf,
    "I, V, Q, U": other_order, "order of the header": order_of_header, "fractions": fractions, "HDU each": hdu_each,
    "file each": file_each, "variable each": variable_each, "group": in_a_group, "a broken header": beside_a_broken_header,
    "one of three times": one_of_three_times,
    "one time": one_time, "one pixel": one_pixel, "counts": in_counts,
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGHT)
def test_the_field_is_right(kind, tmp_path):
    stranger = Stranger(tmp_path)
    RIGHT[kind](stranger)
    assert_right(stranger.load())


def test_without_q_and_u_the_field_along_the_line_of_sight_is_right(tmp_path):
    stranger = Stranger(tmp_path)
    stranger.cube = stranger.cube[:, :, [0, 3]]
    stranger.says(stokes=["I", "V"])
    data = stranger.load()
    assert "Without Q and U only B_los is inferred" in data.attrs["notes"]
    assert_right(data, parts=("b_los",))


def test_a_mask_value_is_looked_for_before_fractions_are_undone(tmp_path):
    stranger = Stranger(tmp_path)
    fractions(stranger)
    stranger.cube[4, 4] = -0.5  # -0.5 x -0.5 would be a polarisation of 0.25
    stranger.cube[5, 5, 3, 2] = -0.5
    stranger.says(mask_value=-0.5)
    assert "2 of 480 pixels masked: a Stokes value is missing." in stranger.load().attrs["notes"]


@pytest.mark.parametrize(
    ("packing", "attributes"),
    [(1.0, {"valid_min": -1.0, "valid_max": 2.0}), (1.0, {"valid_range": [-1.0, 2.0]}),
     (1e-4, {"valid_max": np.int32(20_000), "scale_factor": 1e-4})],
)  # fmt: skip
def test_values_that_are_not_valid_are_missing(packing, attributes, tmp_path):
    stranger = Stranger(tmp_path)
    stranger.cube[4, 2:5, 0, 3] = 5.0
    packed = stranger.cube if packing == 1 else np.round(stranger.cube / packing).astype(np.int32)
    stranger.netcdf(packed, **attributes)
    data = stranger.load()
    assert "3 of 480 pixels masked: a Stokes value is missing." in data.attrs["notes"]
    assert_right(data)


# What cannot be right, and what its owner is told.
def unlabelled(per_angstrom: float) -> Callable[[Stranger], None]:
    return lambda stranger: stranger.says(wavelengths=(OFFSETS * per_angstrom).tolist())


def in_another_order(stranger: Stranger) -> None:
    stranger.cube = stranger.cube[:, :, [0, 3, 1, 2]]


def fractions_of_counts(stranger: Stranger) -> None:
    stranger.cube[:, :, 1:] /= stranger.cube[:, :, :1]
    stranger.cube[:, :, 0] *= 20_000


def undivided_fractions(stranger: Stranger) -> None:
    fractions_of_counts(stranger)
    stranger.says(continuum="none")


def counts_of_fractions(stranger: Stranger) -> None:
    stranger.cube[:, :, 1:] *= 20_000


def straylight(stranger: Stranger) -> None:
    stranger.cube[:, :, 0] = 1 - (1 - stranger.cube[:, :, 0]) / 25


def displaced(distance: float) -> Callable[[Stranger], None]:
    return lambda stranger: stranger.says(wavelengths=(OFFSETS + distance).tolist())


def axes_against_header(stranger: Stranger) -> None:
    stranger.fits(CTYPE3="STOKES")


WRONG = {
    "mA": (unlabelled(1000), "half width of 136 Angstrom, .* mAngstrom would fit"),
    "pm": (unlabelled(100), "half width of 13.* pm or km/s would fit"),
    "km/s": (unlabelled(299792.458 / CENTRE), "half width of 7.* km/s would fit"),
    "nm": (unlabelled(0.1), "half width of 0.013.* nm would fit"),
    "order": (in_another_order, "Stokes V of cube.fits is symmetric about the line, and Q is antisymmetric: set `stokes`"),
    "fractions of counts, undivided": (undivided_fractions, "set `fractional: true`"),
    "fractions of counts": (fractions_of_counts, "set `fractional: true`"),
    "polarisation in counts": (counts_of_fractions, "No pixel of cube.fits is usable: .* Q, U or V exceeds Stokes I"),
    "straylight": (straylight, "fields of 1. kG, which the Sun does not have"),
    "vacuum": (lambda stranger: stranger.says(wavelengths=(vacuum(CENTRE) + OFFSETS).tolist()), "set `medium: vacuum`"),
    "calibration": (displaced(0.2), r"lies at \+0\.2\d\d Angstrom \(\+1\d km/s\) from the centre of Mg I 5173"),
    "another line": (lambda stranger: stranger.says(wavelengths=(6301.5 + OFFSETS).tolist()), "correct `line`"),
    "axes": (axes_against_header, r"says that axis 1 of cube.fits is x, the header that it is STOKES"),
    "too few axes": (lambda stranger: stranger.says(axes=AXES[1:], wavelengths="header"), "says nothing of wavelengths"),
    "no wavelengths": (lambda stranger: stranger.says(wavelengths="header"), "says nothing of wavelengths along axis 3"),
    "all zero": (lambda stranger: padded(stranger, 24), "all 480 are masked; .* 480 of 480 pixels masked: Stokes I is"),
    "time": (lambda stranger: (one_of_three_times(stranger), stranger.says(time=None)), "has 3 times; set `time`"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_right_is_refused(kind, tmp_path):
    change, message = WRONG[kind]
    stranger = Stranger(tmp_path)
    change(stranger)
    with pytest.raises(UserError, match=message):
        stranger.load()


# What is unusual, and said on the page.
def shifted_by_cavity(stranger: Stranger) -> None:
    for column, shift in enumerate(np.linspace(-0.05, 0.05, 24)):
        moved = [
            np.interp(OFFSETS, OFFSETS + shift, values) for values in stranger.cube[:, column].reshape(-1, 13)
        ]
        stranger.cube[:, column] = np.reshape(moved, (20, 4, 13))


def cavity_in_header(stranger: Stranger) -> None:
    stranger.fits(CWDIS1="Lookup")


def undivided_counts(stranger: Stranger) -> None:
    stranger.cube = stranger.cube * 20_000
    stranger.says(continuum="none")


def header_of_iron(stranger: Stranger) -> None:
    stranger.fits(CTYPE1="AWAV", CUNIT1="Angstrom", CRPIX1=7.0, CRVAL1=6301.44, CDELT1=0.04)


def unlabelled_fractions(stranger: Stranger) -> None:
    fractions(stranger)
    stranger.says(fractional=False)


def stated_order(stranger: Stranger) -> None:
    in_another_order(stranger)
    stranger.says(stokes=["I", "Q", "U", "V"])


def leaking(stranger: Stranger) -> None:
    stranger.cube[:, :, 1] += 0.3 * stranger.cube[:, :, 3]


SAID = {
    "counts that nothing divides": (undivided_counts, "Stokes I beside the line is 1.75e+04, not about 1"),
    "a wide line": (unlabelled(3), "half width of 0.407 Angstrom, or 23.6 km/s; usual are 1.6 to 18 km/s."),
    "cavity": (shifted_by_cavity, "mÅ from offset 0 in nine of ten pixels"),
    "cavity in the header": (cavity_in_header, "distortions from pixel to pixel, such as a cavity map"),
    "fractions": (unlabelled_fractions, "if so, set `fractional: true`"),
    "a header of another line": (
        header_of_iron,
        "wavelengths run from 6301.20 to 6301.68 Angstrom, and mg-i-5173 lies at",
    ),
    "an order that is stated": (stated_order, "What was read as Stokes V of cube.fits is symmetric"),
    "leak": (leaking, "Stokes Q, antisymmetric about the line as V is"),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_unusual_is_said(kind, tmp_path):
    change, sentence = SAID[kind]
    stranger = Stranger(tmp_path)
    change(stranger)
    assert sentence in stranger.load().attrs["notes"]
