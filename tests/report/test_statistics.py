"""Levels, comparisons and verdicts, against numbers computed by hand or by another library."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report.statistics import (
    Scale,
    compare,
    compare_two,
    effective_count,
    estimate,
    near,
    odds,
    power,
    shares,
    steps,
)
from scipy import stats


def seeds(*values):
    """Draws over seeds."""
    return over("seed", *values)


def over(name, *values):
    """Draws over something else."""
    return pd.Series(values, index=pd.RangeIndex(len(values), name=name), dtype=float)


def nested(values, unit="field"):
    """Draws over seeds (rows) and units (columns)."""
    values = np.asarray(values, float)
    index = pd.MultiIndex.from_product([range(size) for size in values.shape], names=["seed", unit])
    return pd.Series(values.ravel(), index=index)


def test_mean_spread_and_interval_of_three_seeds():
    # sd of 1, 2, 3 is 1; the 97.5 % quantile of t with 2 degrees of freedom is 4.302653
    found = estimate(seeds(1, 2, 3))
    assert (found.mean, found.spread, found.count) == (2, 1, 3)
    assert found.high - found.mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)
    assert found.over == (("seed", 3),)


@pytest.mark.parametrize("values", [(5.0,), (5.0, 5.0), (1.0, 9.0)])
def test_fewer_than_three_draws_have_no_interval_but_are_shown(values):
    found = estimate(seeds(*values))
    assert found.mean == np.mean(values) and not found.has_interval and found.values == values


def test_an_exact_value_is_its_own_interval():
    found = estimate(7.5)
    assert (found.mean, found.spread, found.low, found.high, found.count) == (7.5, 0, 7.5, 7.5, 0)


def test_no_values_give_nan():
    assert np.isnan(estimate(seeds()).mean) and estimate(seeds()).count == 0


def test_a_positive_level_keeps_a_positive_interval_about_the_geometric_mean():
    found = estimate(seeds(1, 10, 100), Scale.RATIO)
    assert found.mean == pytest.approx(10)
    # logarithms to base 10 are 0, 1, 2: half width 4.302653 / sqrt(3) as above
    assert found.high == pytest.approx(10 ** (1 + 4.302653 / np.sqrt(3)), rel=1e-6)
    assert 0 < found.low < 1


def test_a_level_that_can_be_zero_has_no_logarithm():
    assert estimate(seeds(0, 1, 2), Scale.RATIO).mean == 1


def test_seeds_are_independent_and_compared_as_by_welch():
    values, reference = (10.1, 10.5, 9.7, 10.2), (8.0, 8.9, 8.4)
    found = compare_two(seeds(*values), seeds(*reference), Scale.DIFFERENCE)
    interval = stats.ttest_ind(values, reference, equal_var=False).confidence_interval(0.95)
    assert (found.change.low, found.change.high) == pytest.approx((interval.low, interval.high))
    assert found.verdict == "better" and not found.lower_is_better


def test_which_seed_met_which_does_not_matter():
    reference = seeds(10, 20, 30, 40, 50)
    found = compare_two(reference + 1, reference, Scale.DIFFERENCE)
    turned = compare_two(seeds(*(reference + 1)[::-1]), reference, Scale.DIFFERENCE)
    assert found.verdict == "undecided" and found.change.high == pytest.approx(turned.change.high)


def test_draws_needed_are_the_squared_ratio_of_half_width_to_change():
    reference = seeds(10, 20, 30, 40, 50)
    found = compare_two(reference + 5, reference, Scale.DIFFERENCE)
    half = (found.change.high - found.change.low) / 2
    assert found.times_as_many == pytest.approx((half / 5) ** 2)
    decided = compare_two(reference + 500, reference, Scale.DIFFERENCE)
    assert np.isnan(decided.times_as_many)


def test_what_is_shared_is_paired():
    reference = over("field", 10, 20, 30, 40, 50)
    change = over("field", 1.0, 1.1, 0.9, 1.0, 1.05)
    found = compare_two(reference + change, reference, Scale.DIFFERENCE)
    interval = stats.ttest_1samp(change, 0).confidence_interval(0.95)
    assert (found.change.low, found.change.high) == pytest.approx((interval.low, interval.high))


def test_only_units_that_both_have_are_paired():
    found = compare_two(over("view", 1, 2, 4, 9, 7), over("view", 0, 0.5, 1), Scale.DIFFERENCE)
    assert found.change.over == (("view", 3),)


def test_positive_quantities_are_compared_by_the_logarithm_of_their_means():
    found = compare_two(seeds(1.5, 2, 2.5), seeds(10, 10.5, 11), Scale.RATIO, lower_is_better=True)
    assert found.factor.mean == pytest.approx(7.5 ** (1 / 3) / 1155 ** (1 / 3))
    assert -100 < found.percent.low < found.percent.mean < found.percent.high < 0
    assert found.verdict == "better"
    assert found.times_smaller.low == pytest.approx(1 / found.factor.high)


def test_a_ratio_of_means_over_units_is_that_of_the_delta_method():
    values, reference = np.array([2.0, 4, 3, 5, 6]), np.array([1.0, 2.5, 1.4, 2.6, 2.5])
    found = compare_two(over("block", *values), over("block", *reference), Scale.RATIO)
    shares_of = values / values.mean() - reference / reference.mean()
    half = stats.t.ppf(0.975, 4) * shares_of.std(ddof=1) / np.sqrt(5)
    assert found.change.mean == pytest.approx(np.log(4 / 2))
    assert found.change.high - found.change.mean == pytest.approx(half)


def test_what_is_zero_by_definition_is_not_compared():
    found = compare_two(seeds(1, 2, 3), 0.0, Scale.RATIO)
    assert np.isnan(found.change.mean) and found.verdict == ""


def test_both_variances_of_nested_draws_enter():
    # seeds move the mean by -1, 0, 1; fields by -2, 0, 2 about it: nothing is left over
    values = nested(20 + np.array([[-1], [0], [1]]) + np.array([-2, 0, 2]))
    found = estimate(values)
    variance = 1 / 3 + 4 / 3
    freedom = variance**2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2)
    assert found.high - found.mean == pytest.approx(stats.t.ppf(0.975, freedom) * np.sqrt(variance))
    assert set(found.over) == {("seed", 3), ("field", 3)}


def test_fields_are_paired_and_seeds_are_not_in_nested_draws():
    fields = np.array([3.0, -3, 2, -2])
    a = nested(20 + fields + np.array([[-0.2], [0], [0.2]]))
    b = nested(19 + fields + np.array([[0.1], [0], [-0.1]]))
    found = compare_two(a, b, Scale.DIFFERENCE)
    # fields differ by nothing; the variances over seeds are 0.04 / 3 and 0.01 / 3
    freedom = 0.05**2 / ((0.04**2 + 0.01**2) / 2)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(0.05 / 3)
    assert found.change.mean == pytest.approx(1)
    assert found.change.high - found.change.mean == pytest.approx(half)


def test_two_trainings_are_taken_as_they_are():
    found = estimate(nested([[1, 2, 3, 4], [2, 3, 4, 5]]))
    assert found.over == (("field", 4),)


def test_a_single_training_without_units_is_not_compared():
    found = compare_two(seeds(1.0), seeds(2.0, 2.1, 2.2), Scale.RATIO)
    assert found.verdict == "" and not found.change.has_interval


def test_nothing_is_decided_from_zero_spread_in_two_draws():
    assert compare_two(seeds(1, 1), seeds(2, 2), Scale.RATIO).verdict == ""
    assert compare_two(seeds(1, 1, 1), seeds(2, 2, 2), Scale.RATIO, lower_is_better=True).verdict == "better"


def test_exact_values_are_decided_without_draws():
    assert compare_two(3.0, 4.0, Scale.RATIO, lower_is_better=True).verdict == "better"
    assert compare_two(4.0, 4.0, Scale.RATIO).verdict == "same"


def test_a_family_shares_one_error():
    reference, others = (
        seeds(1, 1.1, 0.9, 1.05),
        [seeds(*(shift + np.array([0, 0.1, -0.1, 0.02]))) for shift in (1.2, 1.4, 2)],
    )
    family = compare({index: (draws, reference) for index, draws in enumerate(others)}, Scale.DIFFERENCE)
    alone = compare_two(others[0], reference, Scale.DIFFERENCE)
    t = {
        name: found.change.high - found.change.mean
        for name, found in {"family": family[0], "alone": alone}.items()
    }
    freedom = stats.ttest_ind(others[0], reference, equal_var=False).df
    quantiles = stats.t.ppf(1 - (1 - 0.95 ** (1 / 3)) / 2, freedom), stats.t.ppf(0.975, freedom)
    assert t["family"] / t["alone"] == pytest.approx(quantiles[0] / quantiles[1])
    assert {found.family for found in family.values()} == {3}
    assert family[0].among(1).change == alone.change


def test_comparisons_without_interval_do_not_count_in_a_family():
    reference = seeds(1, 2, 3)
    pairs = {"a": (seeds(2, 3, 4), reference), "b": (seeds(5.0), reference)}
    assert {found.family for found in compare(pairs, Scale.DIFFERENCE).values()} == {1}


@pytest.mark.parametrize(
    ("shift", "lower", "verdict"), [(-1, True, "better"), (-1, False, "worse"), (0.01, True, "undecided")]
)
def test_a_verdict_is_read_off_its_interval(shift, lower, verdict):
    values = seeds(10, 10.1, 9.9)
    found = compare_two(values + shift, values, Scale.DIFFERENCE, lower)
    assert found.verdict == verdict
    assert (found.change.low <= 0 <= found.change.high) == (verdict == "undecided")


def test_how_much_worse_it_is_has_one_direction():
    loss = compare_two(1.03, 1.0, Scale.RATIO, lower_is_better=True)
    psnr = compare_two(29.0, 30.0, Scale.DIFFERENCE)
    assert loss.worse_by.mean == pytest.approx(3) and psnr.worse_by.mean == pytest.approx(1)
    assert near({"a": loss, "b": compare_two(1.01, 1.0, Scale.RATIO, True)}, 2) == ["b"]


def test_neighbours_in_time_count_for_less():
    rng = np.random.default_rng(0)
    values = [0.0]
    for noise in rng.normal(size=999):
        values.append(0.5 * values[-1] + noise)
    # (1 - 0.5) / (1 + 0.5) of 1,000
    assert effective_count(over("time", *values)) == pytest.approx(333, rel=0.2)
    assert effective_count(over("time", *rng.normal(size=1000))) > 800


def test_each_step_is_one_of_a_family():
    found = steps(
        [over("input", 1, 2, 3), over("input", 2, 3, 4.1), over("input", 4, 5, 6.2)], Scale.DIFFERENCE
    )
    assert [step.change.mean for step in found] == pytest.approx([3.1 / 3, 6.1 / 3])
    assert [step.family for step in found] == [2, 2]


def test_shares_have_the_exact_interval():
    # three of three: the lower end p solves p^3 = 0.025
    found = shares(3, 3)
    assert (found.mean, found.high) == (1, 1) and found.low == pytest.approx(0.025 ** (1 / 3))


def test_odds_are_decided_as_by_fisher():
    assert odds((9, 9), (0, 9)).low > 1  # p = 4e-5
    assert odds((2, 3), (0, 3)).low < 1  # p = 0.4


def test_the_power_of_a_law_and_its_interval():
    found = power([1, 2, 4, 8], [3, 6, 12, 24])
    assert found.mean == pytest.approx(1) and found.low == pytest.approx(1)
    assert not power([1, 2], [1, 4]).has_interval and power([1, 2], [1, 4]).mean == pytest.approx(2)
    assert np.isnan(power([2, 2], [1, 4]).mean) and np.isnan(power([1, 2], [0, 4]).mean)
