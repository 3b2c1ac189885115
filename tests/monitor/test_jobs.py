"""The plan of a run: what is written when Snakemake starts, and read by `fieldbench status`."""

import json
import os
import time
from types import SimpleNamespace

import pytest
from fieldbench.errors import UserError
from fieldbench.monitor import jobs as plan


class Graph:
    """What `plan.write` asks of Snakemake's DAG."""

    def __init__(self, *jobs):
        self.jobs = [job for job, _ in jobs]
        self._needed = {id(job) for job, needed in jobs if needed}

    def needrun(self, job):
        return id(job) in self._needed


def job(rule, log, **wildcards):
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule), log=[log] if log else [], wildcards_dict=wildcards
    )


TRAINING = {"dataset": "plage-synthetic", "regime": "strict", "encoder": "v1", "seed": "0"}
GRAPH = Graph(
    (job("train_encoder", "results/logs/inversion/plage-synthetic/strict/v1/0.log", **TRAINING), True),
    (job("prepare_data", "results/logs/data/plage-synthetic.log", dataset="plage-synthetic"), False),
    (job("figure", "results/logs/figures/plage/maps.log", dataset="plage", figure="maps"), True),
    (job("collect", "results/logs/report/collect.log"), True),
    (job("odd", "elsewhere/odd.log"), True),
    (job("all", None), True),
)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The plan of GRAPH by log, after a way through the file."""
    monkeypatch.chdir(tmp_path)
    plan.write(GRAPH, "results")
    return {job.log: job for job in plan.read("results").jobs}


def test_a_job_is_named_by_what_it_does_to_what(written):
    assert written["logs/inversion/plage-synthetic/strict/v1/0.log"] == plan.PlannedJob(
        rule="train_encoder",
        area="inversion",
        method="v1",
        name="plage-synthetic strict v1 seed 0",
        log="logs/inversion/plage-synthetic/strict/v1/0.log",
        needed=True,
    )


@pytest.mark.parametrize(
    ("log", "area", "method", "name"),
    [
        ("logs/data/plage-synthetic.log", "data", "prepare_data", "prepare_data plage-synthetic"),
        ("logs/figures/plage/maps.log", "figures", "maps", "plage maps"),
        ("logs/report/collect.log", "report", "collect", "collect"),
        ("../elsewhere/odd.log", "odd", "odd", "odd"),
    ],
)
def test_area_and_method_come_from_log_and_wildcards(written, log, area, method, name):
    found = written[log]
    assert (found.area, found.method, found.name) == (area, method, name)


def test_jobs_without_a_log_are_left_out_and_finished_ones_are_marked(written):
    assert len(written) == 5
    assert [job.log for job in written.values() if not job.needed] == ["logs/data/plage-synthetic.log"]


def test_the_plan_names_its_process(tmp_path):
    before = time.time()
    plan.write(GRAPH, tmp_path)
    found = plan.read(tmp_path)
    assert found.pid == os.getpid() and before <= found.started <= time.time()


def test_no_run_is_one_sentence_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"no run has been started in .*; `make run` starts one"):
        plan.read(tmp_path)


@pytest.mark.parametrize("text", ["", '{"started": 1', "[]", '{"started": 1, "jobs": [{"rule": "x"}]}'])
def test_a_damaged_plan_is_named(tmp_path, text):
    (tmp_path / plan.FILE).write_text(text)
    with pytest.raises(UserError, match=plan.FILE):
        plan.read(tmp_path)


def test_ten_thousand_jobs_are_one_file_and_quickly_written(tmp_path):
    many = (job("train", f"{tmp_path}/logs/a/{n}.log", seed=str(n)) for n in range(10_000))
    graph = Graph(*((one, True) for one in many))
    began = time.process_time()
    plan.write(graph, tmp_path)
    assert time.process_time() - began < 2
    assert len(json.loads((tmp_path / plan.FILE).read_text())["jobs"]) == 10_000
    assert len(list(tmp_path.iterdir())) == 1
