"""Which wavelengths a scheme means, and what it warns of."""

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.physics.profile import MeasuredLine
from fieldbench.physics.scheme import describe, select, warnings

OFFSETS = np.arange(-6, 7) * 0.04
MEASURED = MeasuredLine(centre=0.0, half_width=0.1)
DEFAULT = {
    "b_los": {"formula": "wing", "within": 2.0},
    "b_qu": {"formula": "wing", "beyond": 1.0, "within": 2.1},
}


def with_qu(**entry):
    return DEFAULT | {"b_qu": entry}


def test_limits_are_in_half_widths():
    found = select(DEFAULT, OFFSETS, MEASURED)
    assert OFFSETS[found["b_los"].indices] == pytest.approx(np.arange(-5, 6) * 0.04)
    assert OFFSETS[found["b_qu"].indices] == pytest.approx([-0.2, -0.16, -0.12, 0.12, 0.16, 0.2])


def test_a_wider_line_takes_other_wavelengths():
    found = select(DEFAULT, OFFSETS, MeasuredLine(0.0, 0.06))
    assert OFFSETS[found["b_los"].indices] == pytest.approx([-0.12, -0.08, -0.04, 0, 0.04, 0.08, 0.12])


def test_indices_are_taken_as_they_are():
    assert list(select(with_qu(indices=[5, 6, 7]), OFFSETS, MEASURED)["b_qu"].indices) == [5, 6, 7]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"formula": "wings"}, "Scheme b_qu: formula 'wings' is not one of wing, core"),
        ({"indices": [5, 13]}, r"Scheme b_qu: indices \[5, 13\] must be numbers from 0 to 12"),
        ({"indices": [-1]}, "from 0 to 12"),
        ({"indices": []}, "at least one"),
        ({"beyond": 3.0}, "Scheme b_qu: no wavelength lies beyond 3 half widths.*run from -0.24 to 0.24"),
        ({"beyond": 0.1, "within": 0.3}, "no wavelength lies within 0.3 and beyond 0.1"),
    ],
)
def test_what_cannot_be_selected_is_named(entry, message):
    with pytest.raises(UserError, match=message):
        select(with_qu(**entry), OFFSETS, MEASURED)


def test_v_has_no_core_formula():
    with pytest.raises(UserError, match="Scheme b_los: formula 'core'"):
        select(DEFAULT | {"b_los": {"formula": "core"}}, OFFSETS, MEASURED)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"formula": "wing", "beyond": 1.0}, []),
        (
            {"formula": "wing", "indices": [5, 6, 7]},
            ["the wing formula at 3 of 3 wavelengths closer than 0.75"],
        ),
        ({"formula": "core", "within": 0.2}, []),
        ({"formula": "core", "within": 0.5}, ["the core formula at 2 of 3 wavelengths farther than 0.35"]),
    ],
)
def test_a_formula_outside_its_range_gives_a_warning(entry, expected):
    found = warnings(select(with_qu(**entry), OFFSETS, MEASURED), OFFSETS, MEASURED)
    assert len(found) == len(expected)
    assert all(part in sentence for part, sentence in zip(expected, found, strict=True))


def test_a_line_off_its_wavelength_gives_a_warning():
    moved = MeasuredLine(centre=0.05, half_width=0.1)
    (found,) = warnings(select(DEFAULT, OFFSETS, moved), OFFSETS, moved)
    assert "measured at +0.050 Angstrom instead of 0" in found


def test_description_names_formula_and_wavelengths():
    text = describe(select(with_qu(formula="core", within=0.1), OFFSETS, MEASURED), OFFSETS)
    assert text.splitlines()[1] == "B_Q and B_U: core formula at 1 of 13 wavelengths (+0 Angstrom)"
