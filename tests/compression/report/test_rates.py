"""Rates at equal quality: hand-computed differences, by input, by seed, exact."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.compression.report.rates import rate_change
from fieldbench.report.formatting import ratio_text
from fieldbench.report.tables import Key

from tests.compression.report.study import RATES, quality


def line_curve(scale, rates=(0.25, 0.5, 1.0)):
    return np.array([(rate, quality(rate, scale)) for rate in rates])


def test_the_rate_at_equal_quality_of_curves_that_are_known():
    assert rate_change(line_curve(1), line_curve(2)) == pytest.approx(100)
    assert rate_change(line_curve(2), line_curve(1)) == pytest.approx(-50)


def test_a_single_point_is_compared_at_its_own_quality():
    """At 30 dB the curve of scale 1 takes 1 bit per pixel."""
    point = np.array([[0.4, quality(0.8)]])
    assert rate_change(line_curve(1), point) == pytest.approx(-50)
    assert rate_change(point, line_curve(1)) == pytest.approx(100)
    assert np.isnan(rate_change(point, point))
    assert np.isnan(rate_change(line_curve(1), np.array([[0.4, 90.0]])))


def test_differences_are_taken_input_by_input(made):
    """Inputs differ by 4 dB, codecs by 0.9 and 0.7 of the rate: 0.8 on average, and a wide interval from two inputs."""
    made.codec("jpeg", 1.0)
    for name, scale in (("busy", 0.9), ("smooth", 0.7)):
        made.codec("webp", scale, datasets=(name,))
    change = made.study().rates.change(["busy", "smooth"], "webp", "jpeg").absolute
    assert (change.mean, change.count) == (pytest.approx(-20), 2)
    assert change.high - change.mean == pytest.approx(12.706 * 10, rel=1e-3)  # t of one degree of freedom


def test_on_one_input_differences_are_taken_seed_by_seed(made):
    made.codec("shacira", 1.0, datasets=("busy",), seeds=(0, 1, 2), learned=True, wobble=0.1)
    made.codec("shacira-ste", 1.1, datasets=("busy",), seeds=(0, 1, 2), learned=True, wobble=0.1)
    change = made.study().rates.change(["busy"], "shacira-ste", "shacira").absolute
    assert change.count == 3
    assert (change.low, change.high) == pytest.approx((10, 10))  # seeds alone differ by 10 %


def test_two_codecs_without_seeds_on_one_input_are_known_exactly(made):
    made.codec("jpeg", 1.0, datasets=("busy",)).codec("webp", 0.5, datasets=("busy",))
    change = made.study().rates.change(["busy"], "webp", "jpeg").absolute
    assert (change.mean, change.low, change.count) == (pytest.approx(-50), pytest.approx(-50), 0)


def test_a_ratio_of_sizes_is_a_geometric_mean(made):
    made.codec("shacira", 1.0, learned=True)
    for name, scale in (("busy", 1.5), ("smooth", 6.0)):
        made.codec("ngp-half", scale, datasets=(name,), learned=True)
    ratio = made.study().rates.ratio(["busy", "smooth"], "shacira", "ngp-half")
    assert ratio.mean == pytest.approx(3) and ratio.low * ratio.high == pytest.approx(9)
    assert ratio_text(ratio).startswith("3.0 × [")


def test_inputs_without_a_common_quality_are_left_out(made):
    made.codec("jpeg", 1.0).codec("webp", 0.5, datasets=("smooth",))
    for point, rate in RATES.items():
        made.file("webp", point, rate, quality(rate) + 100, "busy")
    change = made.study().rates.change(["busy", "smooth"], "webp", "jpeg").absolute
    assert (change.mean, change.count) == (pytest.approx(-50), 1)


def test_the_cost_is_the_loss_that_was_trained(made):
    made.file("shacira", "p1", 2.0, 20.0, learned=True, lambda_per_pixel_ratio=0.005)
    cost = made.study().rates.first(Key("busy", "p1", "shacira"), "rate_distortion_cost_db")
    assert cost == pytest.approx(10 * np.log10(0.01 + 0.005 * 2.0))


def test_rates_know_only_what_was_measured(made):
    made.codec("jpeg", 1.0).fail("webp", "no such encoder")
    rates = made.study().rates
    assert rates.inputs(["busy", "smooth"], "jpeg", "webp") == [] and rates.points("busy", "webp") == []
    assert isinstance(rates.over(["busy", "smooth"], "jpeg", "p1", "psnr_db"), pd.Series)
