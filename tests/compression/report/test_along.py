"""Counts and their exact tests, and what steps amount to."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.compression.report.along import (
    against_first,
    counts,
    each_step,
    halves,
    log_odds,
    odds_text,
    throughout,
)


def seeds(*values):
    return pd.Series(values, name="value", dtype=float).rename_axis("seed")


def test_the_middle_of_an_odd_number_is_in_neither_half():
    assert halves(["a", "b", "c", "d", "e"]) == (["a", "b"], ["d", "e"])
    assert halves(["a", "b"]) == (["a"], ["b"])


def test_counts_and_the_exact_test():
    """9 of 9 against 0 of 9: one table of 48,620; 3 of 3 against 0 of 3: one of 20, so that both tails hold a tenth."""
    assert counts([1.0, 0.0, 1.0]) == (2, 3)
    assert log_odds((0, 9), (9, 9)).high < 0 < log_odds((9, 9), (0, 9)).low
    assert odds_text((0, 9), (9, 9)) == "0 of 9 runs against 9 of 9 runs: rarer"
    assert odds_text((0, 3), (3, 3)) == "0 of 3 runs against 3 of 3 runs: undecided"
    assert odds_text((9, 9), (0, 9)).endswith("more frequent")


def test_a_family_of_tests_takes_more():
    assert log_odds((0, 4), (4, 4)).high < 0 < log_odds((0, 4), (4, 4), family=5).high


def test_points_against_the_first_and_steps_are_families():
    draws = [seeds(1.0, 1.1, 1.2), seeds(2.0, 2.1, 2.2), seeds(4.0, 4.1, 4.2)]
    first, steps = against_first(draws, "psnr_db"), each_step(draws, "psnr_db")
    assert [change.mean for change in first] == pytest.approx([1.0, 3.0])
    assert [step.mean for step in steps] == pytest.approx([1.0, 2.0])
    assert {each.family for each in (*first, *steps)} == {2} and throughout(steps) == "better"
    assert each_step(draws, "rate_bpp")[1].mean == pytest.approx(np.log(4.1 / 2.1), abs=1e-3)
    assert throughout(each_step([*draws, draws[0]], "psnr_db")) == ""
