"""Landé factors of the lines, against published values."""

import pytest
from fieldbench.errors import UserError
from fieldbench.physics.lines import LINES, Line, line


@pytest.mark.parametrize(
    ("key", "published"),
    [
        ("mg-i-5173", 1.75),
        ("na-i-5896", 4 / 3),
        ("fe-i-6173", 2.5),
        ("fe-i-6301", 1.67),
        ("fe-i-6302", 2.49),
        ("fe-i-8468", 2.495),
        ("ca-ii-8542", 1.10),
    ],
)
def test_effective_lande_factor(key, published):
    assert line(key).effective_lande == pytest.approx(published, abs=0.004)


def test_transverse_lande_factor_of_a_triplet_is_the_square():
    assert line("fe-i-6173").transverse_lande == pytest.approx(2.5**2)


def test_transverse_lande_factor_by_hand():
    # Mg I 5173: s = 4, d = 0, so G = 1.75^2 - 0.25 (64 - 4) / 80
    assert line("mg-i-5173").transverse_lande == pytest.approx(2.875)


def test_shift_of_fe_6173_at_one_kilogauss():
    assert 1000 * line("fe-i-6173").shift_per_gauss == pytest.approx(4.67e-13 * 6173.334**2 * 1000)


def test_normal_triplet_has_unit_factors():
    normal = Line("normal", 5000.0, 0, 1, 0.0, 1.0)
    assert (normal.effective_lande, normal.transverse_lande) == (1.0, 1.0)


def test_unknown_line_lists_the_known_ones():
    with pytest.raises(UserError, match="Unknown line 'h-alpha'") as caught:
        line("h-alpha")
    assert all(key in str(caught.value) for key in LINES)
