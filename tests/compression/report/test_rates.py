"""Rates at equal quality: hand-computed draws and intervals, over inputs, over seeds, over both."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.compression.report.rates import log_rate_ratio, nested
from fieldbench.report.tables import Key

from tests.compression.report.study import INPUTS, OFFSETS, RATES, quality


def line_curve(scale, rates=(0.25, 0.5, 1.0)):
    return np.array([(rate, quality(rate, scale)) for rate in rates])


def draw(made, codec, scales, learned=True):
    """A codec with the given logarithms of its scale: (seed, input)."""
    for seed, row in enumerate(scales):
        for name, logarithm in zip(INPUTS, row, strict=False):
            for point, rate in RATES.items():
                level = quality(rate, np.exp(logarithm)) + OFFSETS[name]
                made.file(codec, point, rate, level, name, seed, learned)
    return made


def change(made, of, over, datasets=INPUTS):
    return made.study().rates.compare(datasets, [of], over)[of]


def test_the_rate_at_equal_quality_of_curves_that_are_known():
    assert log_rate_ratio(line_curve(2), line_curve(1)) == pytest.approx(np.log(2))
    assert log_rate_ratio(line_curve(1), line_curve(2)) == pytest.approx(-np.log(2))


def test_a_single_point_is_compared_at_its_own_quality():
    """At 30 dB the curve of scale 1 takes 1 bit per pixel."""
    point = np.array([[0.4, quality(0.8)]])
    assert log_rate_ratio(point, line_curve(1)) == pytest.approx(-np.log(2))
    assert log_rate_ratio(line_curve(1), point) == pytest.approx(np.log(2))
    for other in (point, np.empty((0, 2)), np.array([[0.4, 90.0]])):
        assert np.isnan(log_rate_ratio(point, other))
    assert np.isnan(log_rate_ratio(np.array([[0.4, 90.0]]), line_curve(1)))


def test_codecs_without_seeds_are_compared_over_inputs(made):
    """Logarithms -0.1, -0.2 and -0.3: sd 0.1, and t of two degrees of freedom is 4.302653; inputs differ by 4 dB."""
    made = draw(draw(made, "jpeg", [[0, 0, 0]], False), "webp", [[-0.1, -0.2, -0.3]], False)
    found = change(made, "webp", "jpeg").change
    assert (found.mean, found.over) == (pytest.approx(-0.2), (("input", 3),))
    assert found.high - found.mean == pytest.approx(4.302653 * 0.1 / np.sqrt(3))


def test_on_one_input_the_seeds_of_both_codecs_enter(made):
    """Variances 0.01 and 0.04 over 3 seeds: 0.05 / 3, with 2 * 0.05**2 / (0.01**2 + 0.04**2) = 2.941 degrees of freedom."""
    made = draw(draw(made, "shacira", [[-0.1], [0.0], [0.1]]), "shacira-ste", [[0.3], [0.5], [0.7]])
    found = change(made, "shacira", "shacira-ste", ["busy"])
    assert found.change.mean == pytest.approx(-0.5) and found.change.over == (("seed", 3),)
    assert found.change.high + 0.5 == pytest.approx(3.218 * np.sqrt(0.05 / 3), rel=1e-3)
    alone = draw(type(made)(), "shacira", [[-0.1], [0.0], [0.1]])
    against_exact = change(draw(alone, "jpeg", [[0.5]], False), "shacira", "jpeg", ["busy"]).change
    assert against_exact.high + 0.5 == pytest.approx(4.302653 * 0.1 / np.sqrt(3))


def test_seeds_and_inputs_both_vary(made):
    """Sums of effects of seeds -0.1, 0, 0.1 and of inputs -0.2, 0, 0.2: variances 0.01 / 3 and 0.04 / 3, no residual."""
    scales = np.add.outer([-0.1, 0.0, 0.1], [-0.2, 0.0, 0.2])
    made = draw(draw(made, "jpeg", [[0.5] * 3], False), "shacira", scales)
    found = change(made, "shacira", "jpeg").change
    assert found.mean == pytest.approx(-0.5) and found.over == (("seed", 3), ("input", 3))
    assert found.high + 0.5 == pytest.approx(3.218 * np.sqrt(0.05 / 3), rel=1e-3)


def test_the_reference_s_seeds_vary_too_where_inputs_do_not(made):
    made = draw(draw(made, "jpeg", [[0.0] * 3], False), "shacira", np.outer([-0.1, 0.0, 0.1], [1] * 3))
    found = change(made, "jpeg", "shacira").change
    assert found.mean == pytest.approx(0.0, abs=1e-12)
    assert found.high == pytest.approx(4.302653 * 0.1 / np.sqrt(3))


def test_two_inputs_have_no_interval_but_two_values(made):
    made = draw(draw(made, "jpeg", [[0, 0]], False), "shacira", [[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]])
    assert (
        not change(made, "shacira", "jpeg").change.has_interval
        and change(made, "shacira", "jpeg").verdict == ""
    )
    draws, _ = made.study().rates.draws(INPUTS, "shacira", "jpeg")
    assert dict(draws) == {"busy": pytest.approx(0.2), "smooth": pytest.approx(0.5)}


def test_one_input_and_one_seed_decide_nothing(made):
    made.codec("jpeg", 1.0, datasets=("busy",)).codec("shacira", 2.0, datasets=("busy",), learned=True)
    made.codec("webp", 0.5, datasets=("busy",))
    for codec, ratio in {"shacira": 2.0, "webp": 0.5}.items():
        found = change(made, codec, "jpeg")
        assert found.mean == pytest.approx(np.log(ratio)) and not found.change.has_interval


def test_a_column_is_one_family(made):
    made.codec("jpeg", 1.0).codec("webp", 0.8, wobble=0.01).codec("pyramid", 0.7, wobble=0.01)
    found = made.study().rates.compare(INPUTS, ["webp", "pyramid"], "jpeg")
    assert {each.family for each in found.values()} == {2}
    alone = change(made, "webp", "jpeg").change
    assert found["webp"].change.high > alone.high and found["webp"].mean == alone.mean


def test_seeds_that_an_input_lacks_are_left_out_everywhere():
    series = {name: pd.Series([1.0, 2.0, 4.0][:count]) for name, count in {"a": 3, "b": 2, "c": 3}.items()}
    found = nested(series)
    assert found.index.names == ["seed", "input"] and sorted(set(found.index.get_level_values("seed"))) == [
        0,
        1,
    ]
    none_common = nested({**series, "b": pd.Series([7.0], [9])})
    assert dict(none_common) == {"a": pytest.approx(7 / 3), "b": 7.0, "c": pytest.approx(7 / 3)}


def test_inputs_without_a_common_quality_are_left_out(made):
    made.codec("jpeg", 1.0).codec("webp", 0.5, datasets=("smooth",))
    for point, rate in RATES.items():
        made.file("webp", point, rate, quality(rate) + 100, "busy")
    draws, _ = made.study().rates.draws(INPUTS, "webp", "jpeg")
    assert dict(draws) == {"smooth": pytest.approx(-np.log(2))}
    assert made.study().rates.compare(["busy"], ["webp"], "jpeg") == {}


def test_the_cost_is_the_loss_that_was_trained(made):
    made.file("shacira", "p1", 2.0, 20.0, learned=True, lambda_per_pixel_ratio=0.005)
    cost = made.study().rates.first(Key("busy", "p1", "shacira"), "rate_distortion_cost_db")
    assert cost == pytest.approx(10 * np.log10(0.01 + 0.005 * 2.0))


def test_rates_know_only_what_was_measured(made):
    made.codec("jpeg", 1.0).fail("webp", "no such encoder")
    rates = made.study().rates
    assert rates.inputs(INPUTS, "jpeg", "webp") == [] and rates.points("busy", "webp") == []
    assert list(rates.over(INPUTS, "jpeg", "p1", "psnr_db").index) == list(INPUTS)
    assert rates.complete(INPUTS, "webp", ["p1"], "psnr_db") == []
