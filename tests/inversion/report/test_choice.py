"""Comparisons corrected for their number, rankings and choices."""

import pytest
from fieldbench.inversion.report.choice import COMPONENTS, choose, quickest, time_ratio
from fieldbench.report.tables import Key

B_LOS = COMPONENTS["b_los"]


def key(method, regime="strict"):
    return Key("plage-synthetic", regime, method)


def test_verdicts_against_a_reference(study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6).add(
        "strict", "v2", loss_total_ic2=4.2e-6
    )
    results = study.add("strict", "v3").results()
    found = results.compare(results.keys, key("v0"), ["loss_total_ic2"])
    verdicts = {pair[0].method: comparison.verdict for pair, comparison in found.items()}
    assert verdicts == {"v1": "better", "v2": "worse", "v3": "undecided"}


def test_a_difference_that_stands_alone_can_fall_in_a_crowd(study):
    reference = [1.0, 1.1, 0.9, 1.05, 0.95]
    near = [value + step for value, step in zip(reference, [0.01, 0.03, 0.02, 0.04, 0.01], strict=True)]
    study.add("strict", "v0", held_out_b_los_chi2=reference).add("strict", "v1", held_out_b_los_chi2=near)
    for index in range(20):
        study.add("strict", f"v2-{index}", held_out_b_los_chi2=reference[::-1])
    results = study.results()
    alone = results.compare([key("v1")], key("v0"), [B_LOS.misfit])
    crowd = results.compare(results.keys, key("v0"), [B_LOS.misfit])
    assert alone[key("v1"), B_LOS.misfit].verdict == "worse"
    assert crowd[key("v1"), B_LOS.misfit].verdict == "undecided"


def test_higher_is_better_for_a_correlation(study):
    study.add("strict", "v0", b_los_correlation=0.9).add("strict", "v1", b_los_correlation=0.99)
    found = study.results().compare([key("v1")], key("v0"), ["b_los_correlation"])
    assert found[key("v1"), "b_los_correlation"].verdict == "better"


def test_a_method_that_lost_a_seed_is_not_ranked(study):
    study.add("strict", "v1", held_out_b_los_chi2=1.2)
    study.add("strict", "v2", seeds=(0, 1), held_out_b_los_chi2=1.0).fail("strict", "v2", 2, "diverged")
    assert study.results().ranking("plage-synthetic", B_LOS.misfit) == [key("v1")]


def test_the_choice_names_the_best_the_next_and_those_not_told_apart(benchmark_study):
    benchmark_study.add("strict", "v7", held_out_b_los_chi2=1.02, b_los_rmse_gauss=20.0)
    choice = choose(benchmark_study.results(), "plage-synthetic", B_LOS)
    assert {choice.best.method, choice.second.method} == {"v6", "v7"}
    assert choice.equals == [choice.second] and choice.cost.verdict == "undecided"
    assert choice.count == 8


def test_equal_misfit_with_a_larger_true_error_is_told_apart(benchmark_study):
    benchmark_study.add("strict", "v7", held_out_b_los_chi2=1.0201, b_los_rmse_gauss=25.0)
    choice = choose(benchmark_study.results(), "plage-synthetic", B_LOS)
    assert choice.best.method == "v6" and choice.equals == []


def test_the_choice_follows_the_numbers(study):
    results = (
        study.add("strict", "v1", held_out_b_los_chi2=1.1).add("r8", "v1", held_out_b_los_chi2=1.0).results()
    )
    assert choose(results, "plage-synthetic", B_LOS).best == key("v1", "r8")
    assert choose(results, "plage-synthetic", B_LOS).cost.verdict == "worse"


def test_one_seed_tells_nothing_apart(study):
    results = study.add("strict", "v1", seeds=(0,)).add("strict", "v2", seeds=(0,)).results()
    assert len(choose(results, "plage-synthetic", B_LOS).equals) == 1


def test_nothing_finished_nothing_chosen(study):
    results = study.add("strict", "v1", seeds=(0,)).fail("strict", "v1", 1, "diverged").results()
    assert choose(results, "plage-synthetic", B_LOS) is None


def test_times(benchmark_study):
    results = benchmark_study.results()
    assert time_ratio(results, key("v6"), key("v0")) == pytest.approx(2, rel=0.01)
    assert quickest(results, [key("v0"), key("v1"), key("v6")]) == key("v1")
    assert quickest(results, []) is None
