"""Sweeps of an option: step by step, and whether every step does the same."""

import pytest

from tests.compression.report.study import annealing
from tests.report.pages import headline, row


def test_a_sweep_is_told_step_by_step(full):
    text = headline(full, "Annealing")
    assert "decay from 0.1 to 0.9. PSNR: +2.00 [" in text and "dB (better at every step)." in text
    found = row(full.page(), "0.5 | d05")
    assert "better, +1.00 [+0.70, +1.30] dB" in found and "26.11 [" in found


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ((25, 26, 25.5), "not consistent: better at 1 and worse at 1 of 2 steps"),
        ((25, 26, 26.001), "undecided: better at 1 of 2 steps"),
        ((25, 25.001, 24), "undecided: worse at 1 of 2 steps"),
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


def test_signatures_are_counted_in_the_halves_of_a_sweep(made):
    """The middle of three points is in neither half; 3 of 3 against 0 of 3 decides nothing (Fisher: p = 0.1)."""
    annealing(made)
    for one in made.records:
        one["metrics"]["instability_count"] = float(one["regime"] == "d01")
    text = made.page()
    assert "(exact test): instability in 0 of 3 runs against 3 of 3 runs: undecided." in text
    assert row(text, "0.1 | d01").endswith("| 0 of 3 runs | 3 of 3 runs | 0 of 3 runs |")


def test_two_seeds_show_their_values_and_no_verdict(made):
    annealing(made)
    made.records = [one for one in made.records if one["seed"] < 2]
    text = made.page()
    assert "| 25.00; 25.11 |" in row(text, "0.1 | d01") and "better" not in row(text, "0.9 | d09")
    assert "Intervals on busy, two trainings: no interval, the values themselves." in text
    assert "at every step" not in headline(made, "Annealing")
