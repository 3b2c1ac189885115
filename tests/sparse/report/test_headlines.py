"""The answer that the page on sparse fields opens with, computed."""

from fieldbench.sparse.report.cards import cards
from fieldbench.sparse.report.headlines import UNTESTED, headlines

from tests.report.pages import row
from tests.sparse.report.study import TASKS, facts, render


def heads(study, tasks=TASKS):
    return headlines(study.finished(tasks))


def test_the_answer_names_the_best_that_is_no_oracle_with_its_cost(full):
    first = heads(full)[0]
    assert first.startswith("**Generated waves without noise: use stack**. On simple: mean PSNR 35.0 [")
    assert "dB below the Cramér-Rao limit" in first and "30.00 ms per field" in first
    assert "Next best transformer: worse, -15.0" in first and "dB, 0.033 × the time per field." in first
    assert "line-spectrum" not in first


def test_observed_fields_are_told_in_their_unit(full):
    line = next(line for line in heads(full) if line.startswith("**Observed fields"))
    assert "°C" in line and "rms error +" in line


def test_what_matters_most_and_how_sure(full):
    lines = heads(full)
    most = next(line for line in lines if line.startswith("**What matters most"))
    assert "Put right alone, objective (least squares) is worth +4.0" in most
    assert "Left wrong alone, sampler (the state is fed back) is worth +9.0" in most
    assert "networks had fewer, and another seed may move these" in lines[-1]


def test_intervals_are_over_trainings_from_three_on(study):
    for seed, level in enumerate((20.0, 21.0, 22.0)):
        study.network("transformer", level, seed=seed)
    (*_, last) = heads(study, {"simple": facts()})
    assert last.endswith("over trainings where there were at least 3, as of every network.")
    assert "Mean PSNR (dB) [95 % over 3 seeds x 8 fields]" in row(render(study), "Method", "### simple")
    text = render(study.network("mamba", 9.0))
    assert "[95 % over 3 seeds x 8 fields, one training of some]" in row(text, "Method", "### simple")


def test_the_cheapest_of_those_that_are_as_good_is_recommended(study):
    """30.00 and 29.95 dB differ by less than the margin of 0.1 dB, 29.8 dB by more."""
    study.add("stack-like", 30.0, seconds=0.03).add("quick", 29.95, seconds=0.002).add("linear", 29.8)
    first = heads(study, {"simple": facts()})[0]
    assert (
        "use quick**. On simple: mean PSNR 29.9" in first or "use quick**. On simple: mean PSNR 30.0" in first
    )
    assert "It is the cheapest within 0.1 dB of the best, beside stack-like." in first
    assert "Next best linear: worse, -0.15" in first


def test_quantities_that_were_observed_have_an_answer_each(study):
    study.add("hybrid", 20.0, task="sst").add("rbf", 21.0, task="wind")
    observed = {"kind": "observed", "unit": "degC"}
    tasks = {"sst": facts(**observed, long_name="temperature"), "wind": facts(**observed, long_name="wind")}
    first, second = heads(study, tasks)
    assert first.startswith("**Observed fields (temperature): use hybrid**. On sst")
    assert second.startswith("**Observed fields (wind): use rbf**. On wind")


def test_a_study_of_fields_learned_by_heart_alone_says_so(study):
    assert heads(study.overfit("transformer"), {"simple": facts()}) == [UNTESTED]


def test_one_quantity_of_two_sources_and_filled_gaps_have_an_answer_each(study):
    study.add("hybrid", 20.0, task="mine").add("rbf", 21.0, task="theirs").add("dineof", 22.0, task="cloudy")
    common = {"kind": "observed", "unit": "degC", "long_name": "temperature"}
    tasks = {
        "mine": facts(**common, source="mine.nc"),
        "theirs": facts(**common, source="theirs.nc"),
        "cloudy": facts(**common | {"mask": "clouds"}, source="mine.nc"),
    }
    lines = heads(study, tasks)[:3]
    assert [line.split(". ")[0] for line in lines] == [
        "**Observed fields (temperature): use hybrid**",
        "**Observed fields (temperature): use rbf**",
        "**Gaps of observed fields (temperature): use dineof**",
    ]


def test_what_is_worse_than_a_constant_is_no_answer(study):
    study.network("transformer", 5.0).line("constant-mean", 9.0)
    made = study.finished({"simple": facts()})
    reason = "transformer, the best that was run, has 4.6 dB, less than the constant mean's 9.0"
    assert headlines(made)[0] == f"**Generated waves without noise: no answer**: on simple, {reason}."
    (card,) = cards(made)
    assert (card.use, card.certainty, card.sure) == ("", "no answer", reason)
