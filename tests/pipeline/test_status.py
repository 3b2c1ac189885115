"""What `fieldbench status` counts, against what Snakemake does."""

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from fieldbench.monitor import status
from fieldbench.monitor.status import Reader, State

pytestmark = [pytest.mark.pipeline, pytest.mark.xdist_group("pipeline")]


def test_after_a_run_every_job_of_the_graph_is_done(finished):
    snapshot = Reader(finished.folder / "results").snapshot()
    assert Counter(job.planned.rule for job in snapshot.jobs) == finished.planned("--forceall")
    assert status.count(snapshot.jobs) == {State.DONE: len(snapshot.jobs)}
    assert snapshot.on is False


def test_the_command_shows_the_finished_run(finished):
    command = [sys.executable, "-m", "fieldbench.cli", "status", "results"]
    shown = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True, check=True).stdout
    total = sum(finished.planned("--forceall").values())
    assert f"100 %, {total} of {total} jobs done" in shown


def test_during_a_run_the_counts_add_up(finished):
    reader = Reader(finished.folder / "results")
    seen = []
    with ThreadPoolExecutor() as pool:
        run = pool.submit(finished.snakemake, "--cores", "1", "--forcerun", "claims")
        while not run.done():
            seen.append(status.count(reader.snapshot().jobs))
            time.sleep(0.05)
    assert run.result().returncode == 0, run.result().stdout + run.result().stderr
    total = sum(finished.planned("--forceall").values())
    for counts in seen:
        assert sum(counts[s] for s in (State.WAITING, State.RUNNING, State.DONE, State.FAILED)) == total
    assert max(counts[State.RUNNING] for counts in seen) == 1, "one job on one core"
    assert status.count(reader.snapshot().jobs) == {State.DONE: total}
