"""Numbers as a reader sees them."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report import formatting
from fieldbench.report.statistics import Estimate, estimate


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (4.3e-6, "ic2", "4.300e-06"),
        (28.4732, "gauss", "28.47"),
        (0.0, "gauss", "0.000"),
        (1234.56, "gauss", "1,235"),
        (2_756_987, "count", "2,756,987"),
        (22_055_896, "bytes", "22.1 MB"),
        (999, "bytes", "999 B"),
        (np.nan, "gauss", "–"),
    ],
)
def test_numbers(value, unit, text):
    assert formatting.number(value, unit) == text


def test_mean_and_spread_share_their_decimals():
    assert formatting.spread(Estimate(28.47321, 0.0834, 28.3, 28.6, 5), "gauss") == "28.47 ± 0.08"
    assert formatting.spread(Estimate(153.2, 12.34, 140, 165, 5), "count") == "153 ± 12"
    assert formatting.spread(Estimate(4.3012e-6, 2.1e-8, 0, 0, 5), "ic2") == "4.301e-06 ± 0.021e-06"


def test_exact_and_single_values_have_no_spread():
    assert formatting.spread(estimate(17.0), "gauss") == "17.00"
    assert formatting.spread(estimate(pd.Series([17.0])), "gauss") == "17.00"


def test_intervals():
    assert formatting.mean_interval(Estimate(1.01984, 0.001, 1.0182, 1.0214, 5)) == "1.0198 [1.0182, 1.0214]"
    assert formatting.mean_interval(estimate(pd.Series([1.5]))) == "1.500"


def test_percentages_are_signed():
    assert formatting.percent(Estimate(-1.93, 0.2, -2.14, -1.72, 5)) == "-1.9 % [-2.1, -1.7]"
    assert formatting.percent(Estimate(0.243, 0.2, -0.05, 0.5, 5)) == "+0.24 % [-0.05, +0.50]"
    assert formatting.percent(estimate(pd.Series([216.7]))) == "+216.7 %"
    assert formatting.percent(estimate(np.nan)) == "–"


def test_decibels():
    assert (formatting.decibels(20.06), formatting.decibels(np.nan)) == ("20.1", "–")


def test_ratios():
    assert formatting.factor(0.0083) == "0.0083 ×"
    assert formatting.factor(2.7) == "2.7 ×"
    assert formatting.factor(np.nan) == "–"


def test_versions_are_printed_as_in_the_documents():
    assert formatting.method_name("v4-v6") == "V4-V6"
    assert formatting.method_name("v6-half") == "V6-half"
    assert formatting.method_name("regularized") == "regularized"


def test_a_cell_cannot_break_the_table():
    lines = formatting.table(["a", "b"], [["x|y", "two\nlines"]]).split("\n")
    assert lines == ["| a | b |", "| :--- | ---: |", "| x\\|y | two lines |"]
