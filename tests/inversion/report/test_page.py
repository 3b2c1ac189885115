"""The page on magnetic fields: the answer first, every method shown, every word computed."""

import pytest
from fieldbench.inversion.report import page as inversion
from fieldbench.inversion.report import tables as sections
from fieldbench.report import claims

from tests.inversion.report.study import ABOUT


def page(study):
    """The page of a made-up study."""
    made = study.finished()
    return inversion.page(made, claims.judge([], made, "inversion"))


def row_of(text, method, column=""):
    """The first table row of a method, below the heading that holds `column`."""
    return next(line for line in text[text.index(column) :].splitlines() if line.startswith(f"| **{method}"))


def test_the_answer_stands_in_the_first_ten_lines(benchmark_study):
    top = "\n".join(page(benchmark_study).splitlines()[:10])
    assert "B_los: use V6 with at most 32 grid points per axis" in top
    assert "B_Q, B_U: use regularized**" in top
    assert "the lowest; no other of 6 is within 2 % of it. Its true error is 20.0" in top and " G." in top


def test_the_answer_turns_with_the_numbers(benchmark_study):
    benchmark_study.add("r8", "v9", unseen_b_los_chi2=0.99, unseen_b_qu_chi2=0.95)
    top = "\n".join(page(benchmark_study).splitlines()[:10])
    assert top.count("| **V9 at 8** |") == 2  # cards
    assert "B_los: use V9 with at most 8" in top and "B_Q, B_U: use V9 with at most 8" in top


def test_every_planned_method_has_a_row_in_both_tables(benchmark_study):
    text = page(benchmark_study.fail("strict", "v5", 0, "the schedule never fired"))
    part = text[text.index("### Regime strict") : text.index("### Resolution")]
    for method in ("V0", "V1", "V6", "V5", "pixelwise", "regularized"):
        assert part.count(f"| **{method}**") == 2, method
    assert "Description of v6" in part and "Features of v6" in part


def test_a_failed_run_is_shown_with_its_reason(benchmark_study):
    benchmark_study.fail("strict", "v5", 0, "the schedule never fired").fail(
        "strict", "v1", 9, "out of memory"
    )
    text = page(benchmark_study)
    assert "1 failed: the schedule never fired" in row_of(text, "V5")
    assert row_of(text, "V1**").startswith("| **V1** (1 missing) |")
    assert "| strict | V1 | 9 | failed | out of memory |" in text


@pytest.mark.parametrize(
    ("loss", "word"), [(3.9e-6, "better, -2."), (4.1e-6, "worse, +2."), (4.0e-6, "undecided, ")]
)
def test_the_verdict_against_v0_flips_with_the_data(study, loss, word):
    text = page(study.add("strict", "v0").add("strict", "v1", loss_total_ic2=loss).classical("pixelwise"))
    assert word in row_of(text, "V1")


def test_units_stand_in_the_headings(benchmark_study):
    text = page(benchmark_study)
    for heading in (
        "Final loss (I_c²)",
        "B_los error, rms (G)",
        "Azimuth error, median (°)",
        "Time (s)",
        "(ms)",
    ):
        assert heading in text


def test_the_sweep_marks_the_lowest_misfit_of_each_component(benchmark_study):
    lines = sections.sweep_table(benchmark_study.finished(), "plage-synthetic").splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| 8", "| 16", "| 32"]
    assert [line.count("**1.15") for line in lines[2:]] == [0, 1, 0]
    assert sum(line.count("**") for line in lines) == 4


def test_timing_gives_the_ratio_of_published_to_fast(benchmark_study):
    table = sections.training_table(benchmark_study.finished(), "plage-synthetic")
    assert "26 ×" in row_of(table.replace("| strict |", "|"), "V0")
    assert "+44.2 %" in row_of(table.replace("| strict |", "|"), "V6")


def test_facts_notes_warnings_and_environment_are_told(benchmark_study):
    text = page(benchmark_study)
    for part in (
        "A generated plage (generated). Line mg-i-5173",
        "400 pixels usable (of these 40 held out), 80 masked; 2.5 %",
        "- 80 suspect pixels masked.",
        "**Warning:** The wing formula",
        "| torch | 2.13.0 |",
        "| seeds | 0, 1, 2, 3, 4 |",
    ):
        assert part in text


def test_a_skipped_data_set_is_listed_with_its_reason(benchmark_study):
    benchmark_study.dataset = "plage-crisp5173"
    benchmark_study.fail("-", "-", 0, "the file is not there", status="skipped")
    assert "- plage-crisp5173: skipped. the file is not there" in page(benchmark_study)


def test_data_without_truth(study):
    study.add("strict", "v0").add("strict", "v1", unseen_b_los_chi2=1.0)
    for found in study.records:
        for metric in (*sections.TRUTH, *sections.COVERAGE):
            found["metrics"].pop(metric, None)
    text = page(study)
    assert "true error is unknown" in text and "nan" not in text.replace("nanmedian", "")
    assert "Azimuth error" not in text and "ideal 68 %" not in text


def test_one_seed_gives_no_interval_and_no_verdict(study):
    study.add("strict", "v0", seeds=(0,), spread=0)
    study.add("strict", "v1", seeds=(0,), spread=0, loss_total_ic2=1e-6)
    text = page(study)
    assert "| -75.0 % |" in row_of(text, "V1") and "nan" not in text


def test_a_page_of_nothing_but_failures(study):
    text = page(study.fail("strict", "v0", 0, "diverged"))
    assert "B_los: no run finished" in text and "plage-synthetic: skipped. diverged" in text


def test_the_quickest_within_the_margin_is_advised(benchmark_study):
    benchmark_study.add("strict", "v7", unseen_b_los_chi2=1.0302, b_los_rmse_gauss=20.0, train_seconds=3.0)
    text = page(benchmark_study)
    assert "**B_los: use V7 with at most 32" in text
    assert (
        "% above the lowest (V6 at 32), and is the quickest of 2 within 2 % of that, at 0.25 × the time."
        in text
    )
    assert "**B_los, what a network brings**: V6 at 32 fits better than regularized: misfit -2.8" in text
    assert "**B_Q, B_U, what a network brings**: V1 at 16 fits worse than regularized" in text


def test_the_true_field_is_named_where_it_disagrees(benchmark_study):
    assert "by the true field" not in page(benchmark_study)
    text = page(benchmark_study.add("strict", "v8", b_los_rmse_gauss=10.0))
    assert "**B_los, by the true field** (which an observer does not know): V8 at 32" in text


def test_the_answer_does_not_depend_on_the_order_of_records(benchmark_study):
    before = page(benchmark_study).splitlines()[:10]
    benchmark_study.records.reverse()
    assert page(benchmark_study).splitlines()[:10] == before


def test_one_encoder_has_its_tables_beside_the_methods_without_a_grid(study):
    study.add("strict", "v1").classical("pixelwise").classical("regularized")
    text = page(study)
    part = text[text.index("### Regime strict") : text.index("### Training")]
    for method in ("V1", "pixelwise", "regularized"):
        assert part.count(f"| **{method}**") == 2, method


def test_methods_without_a_grid_have_tables_of_their_own_where_no_grid_was_run(study):
    study.classical("pixelwise", unseen_b_los_chi2=1.2).classical("regularized", unseen_b_los_chi2=1.1)
    text = page(study.add("reference", "siren"))
    part = text[text.index("### Regime reference") : text.index("### Training")]
    assert "Methods without a grid." in part and "vs pixelwise" in part
    for method in ("SIREN", "pixelwise", "regularized"):
        assert part.lower().count(f"| **{method.lower()}**") == 2, method


def test_a_swept_encoder_alone_has_its_row_in_the_sweep(study):
    text = page(study.add("r8", "v1").add("r16", "v1").classical("pixelwise"))
    assert "### Regime r8" not in text and "### Resolution: plage-synthetic" in text


def test_without_claims_the_page_does_not_speak_of_any(benchmark_study):
    assert "laims" not in page(benchmark_study)


def test_a_method_at_the_same_resolution_in_two_regimes_is_named_with_its_own(benchmark_study, monkeypatch):
    regimes = ABOUT["regimes"]
    monkeypatch.setitem(ABOUT, "regimes", {**regimes, "strict-as-run": regimes["strict"]})
    monkeypatch.setitem(ABOUT, "references", {**ABOUT["references"], "strict-as-run": "v6"})
    text = page(benchmark_study.add("strict-as-run", "v6", held_out_b_los_chi2=1.2))
    assert "V6 at 32 (strict)" in text and "V1 at 16 fits worse" in text
