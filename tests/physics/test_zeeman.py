"""Zeeman patterns, by hand and by their moments."""

import numpy as np
import pytest
from fieldbench.physics.lines import LINES, line
from fieldbench.physics.zeeman import pattern


@pytest.fixture(params=list(LINES))
def any_line(request):
    return line(request.param)


def test_strengths_of_each_polarisation_sum_to_one(any_line):
    found = pattern(any_line)
    for components in (found.pi, found.blue, found.red):
        assert components.strengths.sum() == pytest.approx(1)


def test_blue_and_red_mirror_each_other(any_line):
    found = pattern(any_line)
    assert sorted(found.blue.shifts) == pytest.approx(sorted(-found.red.shifts))
    assert (found.pi.strengths * found.pi.shifts).sum() == pytest.approx(0)


def test_mean_shift_of_the_red_components_is_the_effective_lande_factor(any_line):
    red = pattern(any_line).red
    assert (red.strengths * red.shifts).sum() == pytest.approx(any_line.effective_lande)


def test_second_moments_give_the_transverse_lande_factor(any_line):
    found = pattern(any_line)
    pi, red = ((part.strengths * part.shifts**2).sum() for part in (found.pi, found.red))
    assert red - pi == pytest.approx(any_line.transverse_lande)


def test_mg_5173_by_hand():
    # J = 1 -> 1: the 0 -> 0 transition is forbidden, all others of one polarisation are equally strong
    found = pattern(line("mg-i-5173"))
    assert found.blue.shifts == pytest.approx([-1.5, -2.0])
    assert found.pi.shifts == pytest.approx([0.5, -0.5])
    assert found.blue.strengths == pytest.approx([0.5, 0.5])


def test_ca_8542_strengths_by_hand():
    # J = 5/2 -> 3/2: the sigma components are as 10 : 6 : 3 : 1, the pi components as 2 : 3 : 3 : 2
    found = pattern(line("ca-ii-8542"))
    assert found.blue.strengths == pytest.approx(np.array([10, 6, 3, 1]) / 20)
    assert found.pi.strengths == pytest.approx(np.array([2, 3, 3, 2]) / 10)
