"""Tables of runs, and what failed."""

from fieldbench.report.parts import failures, key_table, metric_columns, name_cell


def test_a_table_has_a_row_for_each_run_and_a_dash_for_what_was_not_measured(study):
    study.add("strict", "v1", seeds=(0,), spread=0, b_los_rmse_gauss=28.5).classical("pixelwise")
    results = study.results()
    columns = {"Version": name_cell, **metric_columns(results, ["b_los_rmse_gauss", "step_seconds"])}
    assert key_table(results.keys, columns).splitlines() == [
        "| Version | B_los error, rms (G) | Time per step while training (s) |",
        "| :--- | ---: | ---: |",
        "| **V1** | 28.50 | 0.01500 |",
        "| **pixelwise** | 30.00 | – |",
    ]


def test_a_heading_may_be_another(study):
    results = study.add("strict", "v1").results()
    assert list(metric_columns(results, ["step_seconds"], title=str.upper)) == ["STEP_SECONDS"]


def test_without_runs_there_is_no_table():
    assert key_table([], {"Version": name_cell}) == ""


def test_failures_are_listed_by_data_set_with_their_seeds(study):
    study.add("strict", "v1", seeds=(0,)).fail("strict", "v1", 2, "why").fail("strict", "v1", 1, "why")
    text = failures(study.results())
    assert text.startswith("plage-synthetic:") and "| strict | V1 | 1, 2 | failed | why |" in text
