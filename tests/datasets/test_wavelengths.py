"""Wavelengths in the units, orders and media that people write them in."""

import numpy as np
import pytest
from astropy import units
from fieldbench.datasets._wavelengths import UNITS, line_offsets, vacuum
from fieldbench.errors import UserError

CENTRE = 5172.6843  # Mg I
OFFSETS = np.array([-0.1, 0.0, 0.1])
POINTS = {"unit": "Angstrom", "line": "mg-i-5173", "count": 3, "name": "cube"}


@pytest.mark.parametrize(
    ("unit", "per_angstrom"),
    [
        ("Angstrom", 1),
        ("AA", 1),
        ("nm", 0.1),
        ("pm", 100),
        ("mA", 1000),
        ("mÅ", 1000),
        ("um", 1e-4),
        ("m", 1e-10),
    ],
)
def test_offsets_in_any_unit(unit, per_angstrom):
    found, _ = line_offsets(OFFSETS * per_angstrom, **POINTS | {"unit": unit})
    np.testing.assert_allclose(found, OFFSETS, atol=1e-12)
    found, _ = line_offsets((CENTRE + OFFSETS) * per_angstrom, **POINTS | {"unit": unit})
    np.testing.assert_allclose(found, OFFSETS, atol=1e-9)


def test_offsets_in_velocities():
    found, _ = line_offsets([-10, 0, 10], **POINTS | {"unit": "km/s"})
    np.testing.assert_allclose(found, [-0.172542, 0, 0.172542], atol=1e-6)  # 5172.6843 x 10 / 299792.458
    np.testing.assert_allclose(line_offsets([-1e4, 0, 1e4], **POINTS | {"unit": "m/s"})[0], found)


def test_every_unit_that_astropy_writes_is_known():
    for unit in ("Angstrom", "nm", "pm", "um", "m", "km / s", "m / s"):
        assert units.Unit(unit).to_string("fits").lower() in UNITS


def test_wavelengths_are_sorted():
    found, order = line_offsets([0.1, -0.1, 0.0], **POINTS)
    np.testing.assert_array_equal(found, OFFSETS)
    np.testing.assert_array_equal(order, [1, 2, 0])


def test_vacuum_wavelengths():
    assert vacuum(6562.79) == pytest.approx(6564.60, abs=0.01)  # H alpha, NIST
    assert vacuum(CENTRE) == pytest.approx(5174.125, abs=0.001)  # Mg I b2, NIST
    found, _ = line_offsets(vacuum(CENTRE) + OFFSETS, **POINTS, medium="vacuum")
    np.testing.assert_allclose(found, OFFSETS, atol=1e-9)


@pytest.mark.parametrize(
    ("wavelengths", "change", "message"),
    [
        ([-0.1, 0, 0.1], {"unit": None}, "unit of the wavelengths of cube is missing; set `wavelength_unit`"),
        ([-0.1, 0, 0.1], {"unit": "furlong"}, "unit of the wavelengths of cube is furlong"),
        ([-0.1, 0, 0.1, 0.2], {}, "3 points along its wavelength axis but 4 wavelengths"),
        ([-0.1, 0.1], {"count": 2}, "at least 3"),
        ([-0.1, -0.1, 0.1], {}, "Two wavelengths of cube are equal"),
        ([-0.1, np.nan, 0.1], {}, "or one is no number"),
        ([-0.1, "core", 0.1], {}, "`wavelengths` of cube is .* it must be numbers"),
        ([6301.4, 6301.5, 6301.6], {}, "1128.716 to 1128.916 Angstrom from the centre of mg-i-5173"),
        ([0.1, 0.2, 0.3], {}, "which is not among them; correct `line`, `wavelengths`"),
        ([5174.0, 5174.1, 5174.2], {}, "they are probably wavelengths in vacuum: set `medium: vacuum`"),
        ([5172.6, 5172.7, 5172.8], {"medium": "vacuum"}, "set `medium: air`"),
        ([-0.1, 0, 0.1], {"line": "no-line"}, "Unknown line 'no-line'"),
    ],
)
def test_wavelengths_that_do_not_fit_are_refused(wavelengths, change, message):
    with pytest.raises(UserError, match=message):
        line_offsets(wavelengths, **POINTS | change)
