"""What a training job does around its training, whatever becomes of it."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
import xarray as xr
from fieldbench.errors import OutOfTime, UserError
from fieldbench.execution import trial
from fieldbench.training.loop import Diverged
from fieldbench.training.result import Result

WHERE = {"area": "sparse", "dataset": "d", "regime": "r", "method": "m"}


class Outputs(dict):
    """Snakemake's, by name either way."""

    __getattr__ = dict.__getitem__


class Job:
    """A running step that only remembers."""

    def __init__(self, last_attempt=True):
        self.last_attempt, self.reasons, self.reports = last_attempt, [], []

    def fail(self, reason):
        self.reasons.append(reason)

    def advance(self, *report):
        self.reports.append(report)


class Training:
    """Saves its state, tells of a step, and then succeeds or fails."""

    def __init__(self, error=None):
        self.error = error

    def __call__(self, *, seed, device, checkpoint, progress):
        self.given = seed, device.type, torch.get_num_threads()
        for kept in (checkpoint, checkpoint.part("flow")):
            kept.save("me", {})
        progress("flow", 1, 2, 0.5)
        if self.error:
            raise self.error
        return Result(outputs(1.0), {"train_seconds": 2.0})


def outputs(value):
    return {"history": xr.Dataset({"loss": ("step", [value])}), "coded": b"whole" if value else b""}


@pytest.fixture
def job(tmp_path):
    """Run a training as a job in `tmp_path`, and return the job and its record."""
    before = torch.get_num_threads()
    files = {"history": "history.nc", "coded": "coded.fbc", "record": "training.json"}
    snakemake = SimpleNamespace(
        params=SimpleNamespace(device="cpu", code="f00"),
        wildcards=SimpleNamespace(seed="3"),
        output=Outputs({name: str(tmp_path / file) for name, file in files.items()}),
        threads=1,
    )

    def run(training, last_attempt=True):
        running = Job(last_attempt)
        trial.run(
            running,
            snakemake,
            training,
            lambda: Result(outputs(0.0)),
            checkpoint_seconds=60.0,
            packages=("numpy",),
            **WHERE,
        )
        return running, json.loads((tmp_path / "training.json").read_text())

    yield run
    torch.set_num_threads(before)


def names(folder):
    return {file.name for file in folder.iterdir()}


def test_a_training_that_succeeds_leaves_its_outputs_and_no_checkpoint(job, tmp_path):
    training = Training()
    running, record = job(training)
    assert training.given == (3, "cpu", 1)
    assert running.reports == [("flow", 1, 2, 0.5)] and running.reasons == []
    assert {key: record[key] for key in (*WHERE, "seed")} == {**WHERE, "seed": 3}
    assert (record["status"], record["reason"]) == ("ok", "") and record["metrics"] == {"train_seconds": 2.0}
    assert (tmp_path / "coded.fbc").read_bytes() == b"whole"
    assert names(tmp_path) == {"history.nc", "coded.fbc", "training.json"}


def test_a_record_names_code_device_and_versions(job):
    told = job(Training())[1]["provenance"]
    assert told["code"] == "f00" and told["device"] == "cpu" and told["threads"] == "1"
    assert {"processor", "python", "numpy", "torch"} <= set(told)


def test_a_training_that_diverged_leaves_empty_outputs_a_reason_and_its_checkpoint(job, tmp_path):
    running, record = job(Training(Diverged("the loss became nan")), last_attempt=False)
    assert running.reasons == ["Diverged: the loss became nan"] == [record["reason"]]
    assert record["status"] == "failed" and record["metrics"] == {}
    assert (tmp_path / "coded.fbc").read_bytes() == b""
    assert names(tmp_path) >= {"checkpoint.pt", "checkpoint-flow.pt", "history.nc", "training.json"}


def test_a_training_that_ran_out_of_time_leaves_its_checkpoint_alone_but_after_the_last_attempt(
    job, tmp_path
):
    training = Training(OutOfTime("the limit is near"))
    with pytest.raises(UserError, match="goes on from the last checkpoint"):
        job(training, last_attempt=False)
    assert names(tmp_path) == {"checkpoint.pt", "checkpoint-flow.pt"}
    assert job(training)[1]["reason"] == "OutOfTime: the limit is near"


def test_a_fault_of_the_code_leaves_no_record(job, tmp_path):
    with pytest.raises(ZeroDivisionError):
        job(Training(ZeroDivisionError("by hand")))
    assert "training.json" not in names(tmp_path)


def test_a_script_imports_it_without_torch():
    program = "import sys; from fieldbench.execution import trial; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
