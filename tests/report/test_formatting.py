"""Numbers as a reader sees them."""

import re

import numpy as np
import pandas as pd
import pytest
from fieldbench.report import formatting, templates
from fieldbench.report.statistics import Comparison, Estimate, Part, Scale, compare_two, estimate
from scipy import stats


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
    assert formatting.interval(Estimate(1.01984, 0.001, 1.0182, 1.0214, 5)) == "1.0198 [1.0182, 1.0214]"
    assert (
        formatting.interval(Estimate(4.0e-6, 1e-8, 3.98e-6, 4.02e-6, 5), unit="ic2")
        == "4.000e-06 [3.980e-06, 4.020e-06]"
    )
    assert formatting.interval(Estimate(2.06, 0.1, 1.93, 2.19, 5), "+") == "+2.06 [+1.93, +2.19]"
    assert formatting.interval(estimate(pd.Series([1.5]))) == "1.500"
    assert formatting.interval(estimate(pd.Series([1.5, 2.5]))) == "1.500; 2.500"


def test_the_side_of_zero_is_seen_in_an_interval():
    assert formatting.interval(Estimate(5.1, 1, 0.003, 10.2, 5), "+") == "+5.100 [+0.003, +10.200]"


def compared(scale, mean, low, high):
    """A comparison whose interval a test chooses: seeds about the mean."""
    freedom = 10
    half = stats.t.ppf(0.975, freedom)
    part = Part(((high - low) / 2 / half) ** 2, freedom, ("seed", 11))
    return Comparison(mean, (part,), 0.0, False, scale, lower_is_better=True)


def test_changes_of_positive_quantities_are_in_per_cent_and_large_ones_multiples():
    ratio = Scale.RATIO
    small = compared(ratio, *np.log([0.9807, 0.9786, 0.9828]))
    assert formatting.change_text(small) == "-1.93 % [-2.14, -1.72]"
    assert formatting.verdict_text(small) == "better, -1.93 % [-2.14, -1.72]"
    assert formatting.change_text(compared(ratio, *np.log([8.0, 2.0, 32.0]))) == "8.0 × [2.0, 32]"
    assert formatting.change_text(compare_two(1.0, 0.0, ratio)) == "–"


def test_differences_have_their_unit():
    found = compared(Scale.DIFFERENCE, -0.52, -0.9, -0.14)
    assert formatting.change_text(found, "dB") == "-0.52 [-0.90, -0.14] dB"


def test_without_interval_there_is_no_verdict():
    alone = compare_two(pd.Series([2.0], index=pd.RangeIndex(1, name="seed")), 1.0, Scale.RATIO)
    assert formatting.verdict_text(alone) == "+100 %"


def test_what_intervals_are_over():
    draws = [(("seed", 3), ("field", 16)), (("field", 16),)]
    assert formatting.over_text(Estimate(1, 1, 0, 2, 3, over) for over in draws) == "3 seeds x 16 fields"


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


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("sst_mean_2.nc, 3 x 4", "sst_mean_2.nc, 3 x 4"),
        ("![x](http://a.b/c.png)", r"!\[x\](http://a.b/c.png)"),
        ("# A\n\n- _b_ *c* `d`", r"# A - \_b\_ \*c\* \`d\`"),
        ({"notes": ["[a](b)"], "pixels": 3}, {"notes": [r"\[a\](b)"], "pixels": 3}),
    ],
)
def test_words_of_others_are_shown_as_they_are(words, shown):
    assert formatting.plain(words) == shown


def test_a_page_holds_no_html_but_its_anchors():
    text = templates.render(
        "claims.md.j2",
        counts="<img src=x onerror=alert(1)>",
        documents={"<b>A</b>": '<a id="x"></a> p < 0.05'},
        total="</script>",
        without="<i>why</i>",
    )
    assert not re.search("<(?!a id|/a>| )", text.replace("\\<", ""))
    assert "\\<img" in text and '<a id="x"></a> p < 0.05' in text
