"""Statistics over seeds, against hand-computed numbers."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report import statistics
from fieldbench.report.statistics import (
    estimate,
    holm,
    means,
    paired_difference,
    power,
    ratio,
    steps,
    verdict,
)


def series(*values, seeds=None):
    return pd.Series(values, index=seeds or range(len(values)), dtype=float)


def test_mean_spread_and_interval_of_three_seeds():
    # sd of 1, 2, 3 is 1; the 97.5 % quantile of t with 2 degrees of freedom is 4.302653
    found = estimate(series(1, 2, 3))
    assert (found.mean, found.spread, found.count) == (2, 1, 3)
    assert found.high - found.mean == pytest.approx(4.302653 / np.sqrt(3), rel=1e-6)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


def test_one_seed_has_no_interval():
    found = estimate(series(5))
    assert found.mean == 5 and not found.has_interval and np.isnan([found.low, found.high]).all()


def test_an_exact_value_is_its_own_interval():
    found = estimate(7.5)
    assert (found.mean, found.spread, found.low, found.high, found.count) == (7.5, 0, 7.5, 7.5, 0)


def test_no_values_give_nan():
    assert np.isnan(estimate(series()).mean) and estimate(series()).count == 0


def test_equal_values_have_exactly_no_spread():
    found = estimate(series(0.1, 0.1, 0.1))
    assert (found.mean, found.spread) == (0.1, 0)


def test_paired_difference_in_the_unit_and_in_per_cent():
    # differences -1, -2, -3: mean -2, sd 1, t = -2 sqrt(3) = -3.4641, p = 0.0742 with 2 degrees of freedom
    found = paired_difference(series(9, 18, 27), series(10, 20, 30))
    assert (found.absolute.mean, found.absolute.spread) == (-2, 1)
    assert found.p == pytest.approx(0.07418, abs=1e-5)
    # the reference's mean is 20: -10 %, and 5 % for the spread of 1
    assert (found.percent.mean, found.percent.spread) == (-10, 5)


def test_percentages_have_the_sign_of_the_difference():
    found = paired_difference(series(-0.4, -0.5), series(-0.5, -0.6))
    assert found.absolute.mean > 0 and found.percent.mean == pytest.approx(100 * 0.1 / 0.55)


def test_pairing_sees_a_difference_that_the_spread_over_seeds_hides():
    reference = series(10, 20, 30, 40, 50)
    found = paired_difference(reference + series(1.0, 1.1, 0.9, 1.0, 1.05), reference)
    assert verdict(found) == "worse"


def test_only_seeds_that_both_have_are_compared():
    found = paired_difference(series(1, 2, 9, seeds=[0, 1, 2]), series(0, 0.5, seeds=[1, 0]))
    assert found.absolute.count == 2
    assert found.absolute.mean == pytest.approx((1 - 0.5 + 2 - 0) / 2)


def test_an_exact_value_is_compared_with_every_seed():
    # differences 1, 2, 3 as above
    found = paired_difference(4.0, series(3, 2, 1))
    assert (found.absolute.mean, found.absolute.spread, found.absolute.count) == (2, 1, 3)
    assert paired_difference(series(3, 2, 1), 4.0).absolute.mean == -2


def test_two_exact_values_differ_or_not_without_doubt():
    assert verdict(paired_difference(1.0, 2.0)) == "better"
    assert verdict(paired_difference(2.0, 1.0)) == "worse"
    assert verdict(paired_difference(2.0, 2.0)) == "same"


def test_one_seed_decides_nothing():
    found = paired_difference(series(1), series(2))
    assert np.isnan(found.p) and verdict(found) == "undecided"
    assert verdict(paired_difference(series(2), series(2))) == "undecided"


def test_no_common_seed_decides_nothing():
    found = paired_difference(series(1, 2, seeds=[0, 1]), series(1, 2, seeds=[2, 3]))
    assert np.isnan(found.absolute.mean) and verdict(found) == "undecided"


def test_identical_runs_are_the_same():
    found = paired_difference(series(1, 2, 3), series(1, 2, 3))
    assert found.p == 1 and verdict(found) == "same"


def test_a_constant_difference_is_certain():
    found = paired_difference(series(1.5, 2.5), series(1, 2))
    assert found.p == 0 and verdict(found) == "worse"


def test_differences_that_cancel_are_undecided():
    assert verdict(paired_difference(series(1, 3), series(2, 2))) == "undecided"


def test_a_zero_reference_has_no_percentage_but_a_difference():
    found = paired_difference(series(1, 2), series(0, 0))
    assert np.isnan(found.percent.mean) and found.absolute.mean == 1.5
    assert np.isnan(paired_difference(1.0, 0.0).percent.mean)


def test_direction_of_a_metric():
    found = paired_difference(series(0.91, 0.92, 0.93), series(0.80, 0.811, 0.82))
    assert verdict(found) == "worse" and verdict(found, lower_is_better=False) == "better"


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.04 -> never falling
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1, 1])


def test_holm_leaves_nan_out_of_the_count():
    corrected = holm([np.nan, 0.02, 0.04])
    assert np.isnan(corrected[0]) and corrected[1:] == pytest.approx([0.04, 0.04])


def test_a_corrected_p_value_can_take_a_verdict_back():
    found = paired_difference(series(1.0, 2.0, 3.1), series(1.5, 2.6, 3.5))
    assert found.p < statistics.LEVEL
    assert verdict(found) == "better" and verdict(found, p=0.2) == "undecided"


def test_a_ratio_is_a_geometric_mean_over_what_both_have():
    found = ratio(pd.Series([1.0, 4.0], [0, 1]), pd.Series([4.0, 4.0, 9.0], [0, 1, 2]))
    assert found.mean == pytest.approx(2) and found.low * found.high == pytest.approx(4)
    exact = ratio(2.0, 10.0)
    assert (exact.mean, exact.low, exact.high) == pytest.approx((5, 5, 5)) and exact.spread == 0
    assert np.isnan(ratio(0.0, 10.0).mean)


def test_an_exponent_has_the_interval_of_its_fit():
    exact = power([1, 10, 100], [2, 20, 200])
    assert (exact.mean, exact.low) == (pytest.approx(1), pytest.approx(1))
    noisy = power([1, 10, 100, 1000], [1, 12, 90, 1000])
    logs = np.log([1, 12, 90, 1000]), np.log([1, 10, 100, 1000])
    assert noisy.mean == pytest.approx(np.polyfit(logs[1], logs[0], 1)[0]) and noisy.low < 1 < noisy.high
    assert np.isnan(power([1, 10], [1, 10]).spread)
    assert np.isnan(power([5, 5], [1, 2]).mean) and np.isnan(power([1, 10], [0, 2]).mean)


def test_steps_are_paired_from_each_value_to_the_next():
    changes = steps([series(1, 2), series(2, 4), 3.0])
    assert [change.absolute.mean for change in changes] == [1.5, 0.0]
    assert steps([1.0]) == []


def test_means_of_several_draws_are_draws_by_their_names():
    found = means({"mic": series(1, 3), "balls": 5.0})
    assert dict(found) == {"mic": 2, "balls": 5} and means({}).empty
