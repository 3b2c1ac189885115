"""Sweeps of an option: step by step, and whether every step does the same."""

import pytest

from tests.compression.report.study import annealing
from tests.report.pages import headline, row


def test_a_sweep_is_told_step_by_step(full):
    text = headline(full, "Annealing")
    assert "with decay from 0.1 to 0.9, PSNR +2.00 [" in text and "(better at every step)" in text
    found = row(full.page(), "0.5 | d05")
    assert "better, +1.00 [" in found and "26.11 [" in found


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ((25, 26, 25.5), "not consistent: worse at 1 of 2 steps"),
        ((25, 26, 26.001), "undecided: better at 1 of 2 steps"),
    ],
)
def test_a_sweep_that_does_not_rise_throughout(made, levels, word):
    assert word in headline(annealing(made, levels), "Annealing")


def test_distortion_and_rate_are_added_only_where_all_points_weigh_the_rate_alike(made):
    annealing(made)
    assert "Distortion and weighted rate" in made.page()
    for one in made.records:
        if one["regime"] == "d05":
            one["metrics"]["lambda_per_pixel_ratio"] = 0.5
    assert "Distortion and weighted rate" not in made.page()
