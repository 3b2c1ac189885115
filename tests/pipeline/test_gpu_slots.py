"""Snakemake counts GPUs and the jobs share them out: many at once on four pretend devices."""

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import accumulate

import pytest

from tests import gpus
from tests.project import ROOT

pytestmark = [pytest.mark.pipeline, pytest.mark.slow, pytest.mark.xdist_group("pipeline")]

JOBS = 24
SNAKEFILE = """\
config["attempts"] = 1


rule all:
    input:
        expand("results/{number}.json", number=range(24)),


rule job:
    output:
        "results/{number}.json",
    log:
        "results/logs/{number}.log",
    resources:
        gpu=lambda w: 1 + int(w.number) % 2,
    script:
        "job.py"
"""
SCRIPT = """\
import json
import os
import time

from fieldbench.execution import step

with step.running(snakemake):
    began = time.monotonic()
    time.sleep(0.3)
    with open(snakemake.output[0], "w") as file:
        json.dump([began, time.monotonic(), os.environ["CUDA_VISIBLE_DEVICES"].split(",")], file)
"""


@pytest.mark.parametrize("jobs_per_device", [1, 2])
def test_jobs_never_share_a_device_beyond_its_slots(tmp_path, jobs_per_device):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(SCRIPT)
    slots = ["--resources", f"gpu={4 * jobs_per_device}"]
    config = ["--config", f"gpu_jobs_per_device={jobs_per_device}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), **gpus.pretend(tmp_path, 4)}
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "8", *slots, *config],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    records = [json.loads((tmp_path / "results" / f"{number}.json").read_text()) for number in range(JOBS)]
    assert [len(devices) for _, _, devices in records] == [1, 2] * (JOBS // 2)
    used = Counter(device for _, _, devices in records for device in devices)
    assert sorted(used) == ["0", "1", "2", "3"], "every device works"
    assert all(most_at_once(records, device) <= jobs_per_device for device in used)


def most_at_once(records, device):
    """The largest number of jobs that held `device` at one time."""
    events = sorted(
        event for began, ended, devices in records if device in devices for event in ((began, 1), (ended, -1))
    )
    return max(accumulate(change for _, change in events))
