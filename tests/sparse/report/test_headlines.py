"""The answer that the page on sparse fields opens with, computed."""

from fieldbench.sparse.report.headlines import headlines

from tests.report.pages import row
from tests.sparse.report.study import TASKS, facts, render


def heads(study, tasks=TASKS):
    return headlines(study.finished(tasks))


def test_the_answer_names_the_best_that_is_no_oracle_with_its_cost(full):
    first = heads(full)[0]
    assert first.startswith("**Generated waves without noise: use stack**. On simple: mean PSNR 35.0 [")
    assert "dB below the Cramér-Rao limit" in first and "30.00 ms per field" in first
    assert (
        "next best transformer: -15.0" in first
        and "dB (worse)" in first
        and "0.033 × the time per field" in first
    )
    assert "line-spectrum" not in first


def test_observed_fields_are_told_in_their_unit(full):
    line = next(line for line in heads(full) if line.startswith("**Observed fields"))
    assert "°C" in line and "rms error +" in line


def test_what_matters_most_and_how_sure(full):
    lines = heads(full)
    most = next(line for line in lines if line.startswith("**What matters most"))
    assert "put right alone, objective (least squares): +4.0" in most
    assert "left wrong alone, sampler (the state is fed back): +9.0" in most
    assert "fewer than 3 seeds" in lines[-1]


def test_the_spread_over_seeds_is_told_from_three_on(study):
    for seed, level in enumerate((20.0, 21.0, 22.0)):
        study.network("transformer", level, seed=seed)
    (*_, last) = heads(study, {"simple": facts()})
    assert "1 of 1 networks had at least 3 seeds" in last and "up to 1.00 dB" in last
    assert "± 1.00" in row(render(study), "**transformer**", "### simple")
