"""Records: what a job measured, or why it could not."""

import json

import pytest
from fieldbench import record
from fieldbench.errors import UserError

WHERE = {"area": "inversion", "dataset": "d", "regime": "r", "method": "v0", "seed": 3}


def test_round_trip_through_a_file(tmp_path):
    made = record.make(**WHERE, metrics={"b_los_rmse_gauss": 12.5}, provenance={"code": "abc"})
    path = tmp_path / "metrics.json"
    path.write_text(record.dumps([made]))
    assert record.read(path) == [made]


def test_a_single_record_reads_as_a_list(tmp_path):
    path = tmp_path / "training.json"
    path.write_text(record.dumps(record.make(**WHERE)))
    assert len(record.read(path)) == 1


def test_a_number_that_is_not_finite_fails_the_record_and_is_named():
    made = record.make(**WHERE, metrics={"loss_total_ic2": float("nan"), "train_seconds": 2.0})
    assert made["status"] == "failed"
    assert "loss_total_ic2" in made["reason"]
    assert made["metrics"] == {"train_seconds": 2.0}


def test_a_metric_without_unit_is_refused():
    with pytest.raises(ValueError, match="loss_total"):
        record.make(**WHERE, metrics={"loss_total": 1.0})


def test_a_failure_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        record.make(**WHERE, status="failed")


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="fine"):
        record.make(**WHERE, status="fine")


@pytest.mark.parametrize("text", ["{", json.dumps({"area": "inversion"})], ids=["cut off", "keys missing"])
def test_a_damaged_file_says_which_and_what_to_do(tmp_path, text):
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"metrics\.json.*delete it and run again"):
        record.read(path)
