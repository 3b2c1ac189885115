"""The page on sparse fields: computed answers, hand-computed differences, and sections that have no runs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.report import claims
from fieldbench.report.statistics import Estimate
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report import page as sparse
from fieldbench.sparse.report.attribution import LEFT_WRONG, PUT_RIGHT, worths
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.document import status
from fieldbench.sparse.report.headlines import headlines, kind_of
from fieldbench.sparse.report.per_field import COLUMNS, Fields
from fieldbench.sparse.report.results import task_facts
from fieldbench.sparse.report.techniques import interactions, versions

from tests.sparse.report.study import BLIND, SOUND, SparseStudy, bar, designs, facts, techniques


@pytest.fixture
def study():
    return SparseStudy()


@pytest.fixture
def full(study):
    """Everything there is, on waves and on one observed field."""
    techniques(designs(bar(study)))
    study.overfit("transformer-fixes-1-2-3", psnr_db=16.0, aliased_fraction=0.7)
    errors = {"rmse_area_weighted_data": 0.16, "rmse_below_60_degrees_data": 0.13, "crps_data": 0.1}
    bar(study, "sst-anomaly", **errors, coverage90_fraction=0.91)
    return study


TASKS = {
    "simple": facts(),
    "sst-anomaly": facts(title="Sea-surface temperature", kind="observed", unit="degC", noise=0.1, peak=9.0),
}


def render(study, tasks=TASKS):
    return sparse.page(study.finished(tasks), claims.judge([], study.long, {}))


def row(text, start, after=""):
    """The first table row that starts so, below `after`."""
    return next(line for line in text[text.index(after) :].splitlines() if line.startswith(f"| {start}"))


def heads(study, tasks=TASKS):
    return headlines(study.finished(tasks))


def test_a_difference_is_taken_field_by_field(study):
    study.add("stack", 20.0).add("linear", 18.0)
    study.rows = [
        (*row[:5], psnr, row[6])
        for row, psnr in zip(
            study.rows, [20, 22, 24, 20, 20, 20, 20, 20, 19, 20, 21, 20, 20, 20, 20, 20], strict=True
        )
    ]
    found = Fields(study.fields)
    difference = found.difference(*found.pair("simple", "stack", "linear"))
    assert difference.absolute.mean == pytest.approx((1 + 2 + 3) / 8)
    assert difference.absolute.spread == pytest.approx(np.std([1, 2, 3, 0, 0, 0, 0, 0], ddof=1))


def test_a_field_counts_once_however_many_seeds():
    rows = [("t", "g", "m", seed, field, 10.0 + seed + field, 0.1) for seed in range(3) for field in range(2)]
    table = pd.DataFrame([*rows, ("t", "g", "broken", 0, 0, np.nan, np.nan)], columns=COLUMNS)
    found = Fields(table)
    assert list(found.psnr(Key("t", "g", "m"))) == [11, 12]
    assert [key.method for key in found.keys("t")] == ["m"]


def test_runs_of_one_group_are_compared_first(study):
    study.add("a", 1.0, "one").add("b", 2.0, "two").add("a", 3.0, "two")
    pair = Fields(study.fields).pair("simple", "a", "b")
    assert [key.regime for key in pair] == ["two", "two"]


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


def test_the_6_db_are_told_by_lines_and_diagnosis(full):
    line = next(line for line in heads(full) if "document's method" in line)
    assert "(transformer-original) on simple: 6.0 [" in line
    assert "nearest to an independent draw (6.0 dB; the constant mean has 9.0 dB; pooled 5." in line
    assert "Verdict: ignores its observations. Another field's observations cost 0.1 dB" in line
    assert "with its three fixes (transformer-fixes-1-2-3) 6.3 dB" in line
    assert "with every factor right (transformer-right) 16.0 dB, the bar (stack) 35.0 dB" in line


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


def test_factors_from_both_ends(full):
    """A factor of flows is measured against the right flow, 14 dB, and not against the right mean, 16 dB."""
    factors = worths(full.finished(), "simple", "transformer")
    sizes = {worth.name: [worth.gain(PUT_RIGHT), worth.gain(LEFT_WRONG)] for worth in factors}
    assert sizes == {
        "sampler": pytest.approx([1, 9]),
        "objective": pytest.approx([4, 2]),
        "queries": pytest.approx([0.5, 3]),
    }
    assert list(sizes) == ["sampler", "objective", "queries"]
    text = render(full)
    assert "All factors together: +10.0" in text and "Each alone, added up: +5.5 dB" in text
    assert "better, +9.0" in row(text, "sampler", "### transformer on simple")


def test_configurations_are_set_against_what_was_expected(full):
    text = render(full)
    part = "### Configurations on simple"
    assert "| undecided |" in row(text, "Before fixes", part)  # 6 dB, with an interval wider than 5 to 7
    assert "| below |" in row(text, "After Fix 1+2+3", part) and "28 to 35" in row(
        text, "After Fix 1+2+3", part
    )
    assert "V13 of 4 versions" in row(text, "With the best techniques", part)
    fix = row(text, "Fix 2", part)
    assert "+2 to +3" in fix and "better, +0.4" in fix and "| below |" in fix
    assert "mamba: PSNR" not in text


@pytest.mark.parametrize(
    ("ends", "word"),
    [((25.1, 29), "as expected"), ((20, 24), "below"), ((31, 33), "above"), ((24, 26), "undecided"), ((1, 99), "undecided")],
)  # fmt: skip
def test_status(ends, word):
    level = Estimate(np.mean(ends), 1.0, *ends, 8)
    assert status(level, (25, 30)) == word


def test_versions_and_pairs(full):
    """1 and 2 dB alone, 4 together: 1 beyond the sum. Without `clipping` alone, its pair has no sum."""
    study = full.finished()
    ranked = versions(study, "simple")
    assert [version.key.method for version in ranked] == ["v13", "v4", "v3", "v14"]
    assert [version.gain.verdict for version in ranked] == ["better"] * 3 + ["worse"]
    (pair, found), *others = interactions(study, "simple").items()
    assert pair == ("reflow", "multi_scale") and not others
    assert found.difference.absolute.mean == pytest.approx(1)
    assert row(render(full), "reflow + multi_scale").startswith(
        "| reflow + multi_scale | help one another | +1.0"
    )


def test_every_method_stands_in_the_bar_table(full):
    text = render(full)
    assert "(oracle)" in row(text, "**line-spectrum**", "### simple")
    assert "| the bar |" in row(text, "**stack**", "### simple")
    assert "worse, -15.0" in row(text, "**transformer**", "### simple")
    assert (
        "Lines: the constant mean 9.0 dB, an independent draw 6.0 dB, the Cramér-Rao limit 39.0 dB." in text
    )


def test_errors_of_observed_fields_have_units(full):
    head = row(render(full), "Method", "### Errors on sst-anomaly")
    for text in (
        "Rms error (°C)",
        "weighted by area (°C)",
        "below 60° of latitude (°C)",
        "CRPS (°C)",
        "Coverage",
    ):
        assert text in head
    assert "### Errors on simple" not in render(full)


def test_overfit_runs_are_judged_apart_from_the_others(full):
    text = render(full)
    case = row(text, "**transformer-fixes-1-2-3**", "### simple, one-field-fixed-mask: one field")
    assert "**healthy**" in case  # 16 dB are 7 above the constant mean
    assert "one-field-fixed-mask" not in text[text.index("### simple\n") : text.index("## The document's")]
    assert "Verdicts on the versions: 5 × healthy" in text or "Verdicts on the versions: 4 × healthy" in text


def test_figures_and_failures_are_listed(full):
    full.fail("mamba", "loss is not finite").fail("-", "no file", "-", "era-wind", "skipped")
    text = render(full)
    assert "![bar](figures/sparse/bar.png)" in text and "![gallery](figures/sparse/gallery.png)" in text
    assert "winds.png" not in text
    assert "loss is not finite" in text and "- era-wind: skipped. no file" in text


def test_sections_without_runs_say_so(study):
    text = render(study.add("stack", 20.0))
    for line in (
        "The document's configurations were not run.", "No single factor was changed.", "No version was run.",
        "No observed field was rebuilt.", "No network was trained on one or a few fields alone.",
        "No network was diagnosed.", "Nothing failed, and nothing was skipped.", "No claim was judged.",
    ):  # fmt: skip
        assert line in text
    assert "nan" not in text and "None" not in text


def test_nothing_at_all(study):
    text = render(study.fail("-", "no file", "-", "simple", "skipped"))
    assert "No run finished" in text and "- simple: skipped. no file" in text


def test_no_number_is_missing_without_a_dash(full):
    text = render(full)
    assert "nan" not in text.lower().replace("cannan", "") and "{" not in text


def test_facts():
    splits = {name: (f"{name}_field", "point") for name in ("train", "validation", "test")}
    problem = xr.Dataset(
        {name: (dims, np.zeros((2, 9))) for name, dims in splits.items()},
        attrs={"kind": "observed", "unit": "degC", "noise": 0.1, "mask": "tracks", "peak": 3.0, "notes": "a\nb"},
    ).assign(test_index=(("test_field", "observation"), np.zeros((2, 4))))  # fmt: skip
    found = task_facts(problem)
    assert (found["points"], found["observed"], found["train"], found["notes"]) == (9, 4, 2, ["a", "b"])
    assert kind_of(found) == "observed fields"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "healthy"),
        ({"trained_db": 30.0, "untrained_db": 9.0}, "query shift"),
        ({"swap_drop_db": 0.1, "variation_fraction": 0.05, "psnr_db": 9.0}, "predicts the mean"),
        ({"swap_drop_db": 0.1, "psnr_db": 6.0}, "ignores its observations"),
        ({"psnr_db": 15.0, "clamp_cap_db": 15.5}, "clamped truth"),
        ({"psnr_db": 11.0, "aliased_fraction": 0.7}, "aliased coordinates"),
        ({"psnr_db": 11.0}, "underfit"),
        ({"swap_drop_db": float("nan")}, "healthy"),
    ],
)
def test_verdicts(change, expected):
    name, sentence = fault_of({**SOUND, "clamp_cap_db": float("inf"), **change})
    assert name == expected and sentence.endswith(".")


def test_what_was_not_finite_is_taken_as_such(study):
    results = Results(study.network("transformer", 6.0, diagnosed=BLIND).add("stack", 30.0).long)
    found = measures_of(results, Key("simple", "networks", "transformer"))
    assert found["clamp_cap_db"] == float("inf") and fault_of(found)[0] == "ignores its observations"
    assert measures_of(results, Key("simple", "classical", "stack")) is None
