"""The long table, the summary, and the look-up."""

import numpy as np
import pandas as pd
import pytest
from fieldbench.report import tables
from fieldbench.report.metrics import METRICS, heading
from fieldbench.report.tables import Key


def test_every_number_has_its_unit_and_place(study):
    long = study.add("strict", "v1", seeds=(0, 1), b_los_rmse_gauss=[28.5, 29.5]).long()
    rows = long[long.metric == "b_los_rmse_gauss"]
    assert list(long.columns) == tables.COLUMNS
    assert list(rows.value) == [28.5, 29.5] and list(rows.seed) == [0, 1]
    assert set(rows.unit) == {"gauss"} and set(rows.status) == {"ok"}


def test_a_failed_run_keeps_its_reason(study):
    long = study.add("strict", "v1", seeds=(0,)).fail("strict", "v1", 1, "loss was not finite").long()
    (row,) = long[long.status == "failed"].itertuples()
    assert (row.seed, row.metric, row.reason) == (1, "", "loss was not finite") and np.isnan(row.value)


def test_timing_records_join_the_same_method(study):
    results = study.add("strict", "v1").time("strict", "v1", plain=0.25, repetitions=9).results()
    key = Key("plage-synthetic", "strict", "v1")
    assert results.estimate(key, "plain_step_seconds").count == 9
    assert results.estimate(key, "loss_total_ic2").count == 5


def test_the_table_and_what_it_ran_on_survive_a_parquet_file(study, tmp_path):
    long = study.add("strict", "v1").fail("strict", "v2", 0, "why").long()
    long.to_parquet(tmp_path / "long.parquet")
    read = pd.read_parquet(tmp_path / "long.parquet")
    pd.testing.assert_frame_equal(read, long)
    assert read.attrs["environment"] == {"device": ["cpu"], "torch": ["2.13.0"]}


def test_the_summary_has_one_row_per_method_with_mean_spread_and_number(study):
    study.add("strict", "v1", seeds=(0, 1, 2), loss_total_ic2=[1e-6, 2e-6, 3e-6])
    study.fail("strict", "v2", 0, "why").fail("strict", "v2", 1, "why")
    summary = tables.summary(study.long()).set_index("method")
    assert summary.loc["v1", ["loss_total_ic2_mean", "loss_total_ic2_sd"]].tolist() == pytest.approx(
        [2e-6, 1e-6]
    )
    assert summary.loc["v1", "loss_total_ic2_n"] == 3 and summary.loc["v1", "status"] == "ok"
    assert summary.loc["v2", "status"] == "failed" and summary.loc["v2", "reason"] == "why"
    assert np.isnan(summary.loc["v2", "loss_total_ic2_mean"])


def test_the_summary_of_nothing_but_failures(study):
    summary = tables.summary(study.fail("strict", "v2", 0, "why").long())
    assert list(summary.reason) == ["why"]


def test_an_untrained_method_is_exact_but_not_its_time(study):
    results = study.classical("pixelwise", b_los_rmse_gauss=17.0).add("strict", "v1").results()
    pixelwise, v1 = results.keys
    assert results.draws(pixelwise, "b_los_rmse_gauss") == 17.0
    assert results.estimate(pixelwise, "train_seconds").count == 1
    assert results.draws(v1, "parameter_count") == 18_000
    assert len(results.draws(v1, "b_los_rmse_gauss")) == 5


def test_what_was_never_measured(study):
    results = study.add("strict", "v1").results()
    key = results.keys[0]
    assert not results.has(key, "plain_step_seconds")
    assert np.isnan(results.estimate(key, "plain_step_seconds").mean)
    with pytest.raises(KeyError):
        results.draws(key, "plain_step_seconds")


def test_two_metrics_are_compared_as_a_ratio(study):
    study.add("strict", "v1", spread=0, train_seconds=12.0, step_seconds=0.5)
    results = study.add("strict", "v0", spread=0, train_seconds=3.0, step_seconds=0.5).results()
    fast, slow = (Key("plage-synthetic", "strict", method) for method in ("v0", "v1"))
    assert results.ratio(fast, "train_seconds", slow).mean == pytest.approx(4)
    assert results.ratio(fast, "step_seconds", slow, "train_seconds").mean == pytest.approx(24)
    assert np.isnan(results.ratio(fast, "excess_total_ic2", Key("plage-synthetic", "r8", "v1")).mean)


def test_the_seeds_of_a_metric(study):
    results = study.add("strict", "v1", seeds=(2, 0)).fail("strict", "v1", 1, "why").results()
    assert results.seeds(results.keys[0], "loss_total_ic2") == [0, 2]
    assert results.seeds(results.keys[0], "plain_step_seconds") == []


def test_reasons_are_counted_once_per_seed(study):
    study.add("strict", "v2", seeds=(0,)).fail("strict", "v2", 1, "why").fail("strict", "v2", 2, "why")
    study.fail("strict", "v2", 2, "why")
    results = study.results()
    assert results.failed(results.keys[0]) == "2 failed: why"
    assert len(results.failures("plage-synthetic")) == 2


def test_a_skipped_data_set_is_absent_and_not_among_the_measured(study):
    study.add("strict", "v1")
    study.dataset = "plage-crisp5173"
    results = study.fail("-", "-", 0, "the file is not there", status="skipped").results()
    assert results.datasets == ["plage-synthetic"]
    assert results.absent == {"plage-crisp5173": "the file is not there"}
    assert all(key.dataset == "plage-synthetic" for key in results.keys)


def test_every_metric_has_a_heading():
    assert heading("b_los_rmse_gauss") == "B_los error, rms (G)"
    assert heading("loss_total_ic2") == "Final loss (I_c²)"
    assert all(heading(metric) for metric in METRICS)
