"""Comparisons corrected for their number, rankings and choices."""

import pytest
from fieldbench.inversion.report.cards import cards
from fieldbench.inversion.report.choice import COMPONENTS, choose, quickest, time_ratio
from fieldbench.inversion.report.recommendation import headlines, overview
from fieldbench.report.tables import Key

B_LOS = COMPONENTS["b_los"]


def key(method, regime="strict"):
    return Key("plage-synthetic", regime, method)


def test_verdicts_against_a_reference(study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6).add(
        "strict", "v2", loss_total_ic2=4.2e-6
    )
    results = study.add("strict", "v3").results()
    found = results.against(results.keys, key("v0"), "loss_total_ic2")
    verdicts = {run.method: comparison.verdict for run, comparison in found.items()}
    assert verdicts == {"v1": "better", "v2": "worse", "v3": "undecided"}


def test_higher_is_better_for_a_correlation(study):
    study.add("strict", "v0", b_los_correlation=0.9).add("strict", "v1", b_los_correlation=0.99)
    found = study.results().against([key("v1")], key("v0"), "b_los_correlation")
    assert found[key("v1")].verdict == "better"


def test_a_method_that_lost_a_seed_is_not_ranked(study):
    study.add("strict", "v1", unseen_b_los_chi2=1.2)
    study.add("strict", "v2", seeds=(0, 1), unseen_b_los_chi2=1.0).fail("strict", "v2", 2, "diverged")
    assert study.results().ranking("plage-synthetic", B_LOS.misfit) == [key("v1")]


def test_the_quickest_within_the_margin_is_the_one_to_use(benchmark_study):
    benchmark_study.add("strict", "v7", unseen_b_los_chi2=1.0302, train_seconds=3.0)
    benchmark_study.add("strict", "v8", unseen_b_los_chi2=1.05, train_seconds=1.0)
    choice = choose(benchmark_study.finished(), "plage-synthetic", B_LOS)
    assert choice.best == key("v6") and choice.second == key("v7")
    assert choice.near == [key("v7")] and choice.use == key("v7")
    assert choice.costs[key("v7")].worse_by.mean == pytest.approx(1, abs=0.2)


def test_what_draws_do_not_tell_apart_is_another_question(benchmark_study):
    benchmark_study.add("strict", "v7", unseen_b_los_chi2=1.0201)
    choice = choose(benchmark_study.finished(), "plage-synthetic", B_LOS)
    assert len(choice.equals) == 1 and choice.costs[choice.equals[0]].verdict == "undecided"
    assert len(choice.costs) == 7


def test_the_choice_follows_the_numbers(study):
    study.add("strict", "v1", unseen_b_los_chi2=1.1).add("r8", "v1", unseen_b_los_chi2=1.0)
    choice = choose(study.finished(), "plage-synthetic", B_LOS)
    assert choice.best == choice.use == key("v1", "r8")
    assert choice.costs[choice.second].verdict == "worse"


def test_one_seed_tells_nothing(study):
    study.add("strict", "v1", seeds=(0,)).add("strict", "v2", seeds=(0,))
    choice = choose(study.finished(), "plage-synthetic", B_LOS)
    assert choice.costs[choice.second].verdict == "" and choice.equals == []


@pytest.mark.parametrize(("undetected", "recommended"), [(0.995, False), (0.98, True)])
def test_a_field_that_shows_no_more_than_noise_is_not_recommended(study, undetected, recommended):
    """Noise alone exceeds 3 sigma in exp(-9/2) = 1.1 % of the pixels."""
    study.add("strict", "v1", unseen_b_qu_chi2=1.0, undetected_fraction=undetected)
    finished = study.finished()
    choice = choose(finished, "plage-synthetic", COMPONENTS["b_qu"])
    assert choice.use == key("v1") and (choice.unseen == "") == recommended
    said = (
        "use V1"
        if recommended
        else "nothing to recommend**: on plage-synthetic, V1 shows it beyond its error in 0.5 %"
    )
    assert said in headlines(finished)[1]
    assert ("none: not seen" not in overview(finished)) == recommended
    assert bool(cards(finished)[1].use) == recommended


def test_nothing_finished_nothing_chosen(study):
    study.add("strict", "v1", seeds=(0,)).fail("strict", "v1", 1, "diverged")
    assert choose(study.finished(), "plage-synthetic", B_LOS) is None


def test_times(benchmark_study):
    results = benchmark_study.results()
    assert time_ratio(results, key("v6"), key("v0")) == pytest.approx(2, rel=0.01)
    assert quickest(results, [key("v0"), key("v1"), key("v6")]) == key("v1")
    assert quickest(results, []) is None
