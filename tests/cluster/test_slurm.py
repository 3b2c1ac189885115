"""The profile for Slurm on a real one: two nodes on this machine, with two pretend GPUs each."""

import itertools
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
import xarray as xr

from tests.cluster import slurm
from tests.project import Project

pytestmark = pytest.mark.cluster
pytest.importorskip("snakemake_executor_plugin_slurm", reason="`make test-cluster` installs the plugin")

# On one machine answers come within seconds.
OVERRIDES = (
    "--slurm-init-seconds-before-status-checks=1",
    "--seconds-between-status-checks=1",
    "--latency-wait=5",
)
LONG = "inversion: { training: { steps: 1500 } }\n"  # so that there is time to interrupt it
SECONDS = 600  # within which a job must begin, on a machine that is busy with other things
LONGEST = 3600  # seconds of a run; one that hangs is ended
PLAGE = "plage-synthetic"
CANCELLED = ("train_encoder", PLAGE, "strict", "v1", "1")
GPU_JOBS = {  # rule and wildcards -> log
    **{
        ("train_encoder", PLAGE, regime, encoder, seed): f"inversion/{PLAGE}/{regime}/{encoder}/{seed}"
        for regime, encoder in (("strict", "v0"), ("strict", "v1"), ("r16", "v1"))
        for seed in ("0", "1")
    },
    ("time_encoders", PLAGE, "strict"): f"inversion/{PLAGE}/strict/timing",
    ("train_sparse", "simple", "networks", "kriging", "0"): "sparse/simple/networks/kriging/0",
    ("encode", "image-busy", "shacira", "p3", "0"): "compression/image-busy/shacira/p3/0",
    ("train_radiance", "solids", "whole", "hash", "0"): "radiance/solids/whole/hash/0",
    ("render_views", "solids", "whole", "hash", "0"): "radiance/solids/whole/hash/0.views",
    ("radiance_orbit", "solids"): "figures/radiance/orbit-solids",
}


@pytest.fixture(scope="module")
def cluster():
    with ExitStack() as stack:
        try:
            started = stack.enter_context(slurm.cluster())
        except slurm.Unavailable as reason:
            pytest.skip(str(reason))
        yield started


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    copy = Project(tmp_path_factory.mktemp("cluster"))
    shutil.copy(Path(__file__).with_name("toy.yaml"), copy.folder / "config")
    (copy.folder / "config" / "long.yaml").write_text(LONG)
    return copy


def run(project, *targets, overlays=()):
    """Run Snakemake through the profile."""
    files = ("config/quick.yaml", "config/toy.yaml", *overlays)
    arguments = ("--profile", "workflow/profiles/slurm", *OVERRIDES, "--configfile", *files, "--", *targets)
    return project.snakemake(*arguments, config=None, timeout=LONGEST)


def status_file(project, job):
    return project.folder / f"results/logs/{job}.status.json"


def status(project, job):
    """What a job last said of itself."""
    return json.loads(status_file(project, job).read_text())


class SlurmJob(NamedTuple):
    """A job as Slurm sees it; `node` is the last that it ran on."""

    number: str
    node: str
    state: str
    memory: str
    restarts: int


def slurm_job(rule, *wildcards):
    """The last Slurm job of a Snakemake job, which the plugin names in the comment; None where there is none."""
    comment = "_".join((f"rule_{rule}_wildcards", *wildcards))
    listing = slurm_says("squeue", "--states=all", "--noheader", "--format=%A|%N|%T|%m|%k")
    rows = (line.split("|", 4) for line in listing.splitlines())
    jobs = [facts for *facts, text in rows if text == comment]
    if not jobs:
        return None
    last = max(jobs, key=lambda facts: int(facts[0]))
    details = slurm_says("scontrol", "show", "job", "--oneliner", last[0])
    return SlurmJob(*last, restarts=int(details.split("Restarts=")[1].split()[0]))


def slurm_says(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextmanager
def running(project, *targets, overlays=()):
    """A run of Snakemake that goes on while the block does; yields whether it has ended, and its end is waited for."""
    with ThreadPoolExecutor(1) as background:
        future = background.submit(run, project, *targets, overlays=overlays)
        try:
            yield future.done
        finally:
            result = future.result()
            assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def benchmark(cluster, project):
    """A project whose quick benchmark was run, one training of which was cancelled; and that training's Slurm job."""

    account = status_file(project, GPU_JOBS[CANCELLED])
    with running(project) as ended:
        cluster.wait_for(lambda: account.exists() or ended(), SECONDS, "the training to be cancelled runs")
        cancelled = slurm_job(*CANCELLED)
        subprocess.run(["scancel", cancelled.number], check=True)
    return project, cancelled


@pytest.mark.parametrize(
    ("area", "methods"),
    [
        ("inversion", ("regularized", "V1")),
        ("sparse", ("nearest", "kriging")),
        ("compression", ("shacira", "jpeg")),
        ("radiance", ("hash",)),
    ],
)
def test_every_area_ends_in_its_page(benchmark, area, methods):
    project, _ = benchmark
    index, page = ((project.folder / f"results/{name}.md").read_text() for name in ("benchmark", area))
    assert f"[{area}.md]({area}.md)" in index
    assert all(method in page for method in methods) and "| failed |" not in page


def test_each_gpu_job_had_a_device_of_its_own(benchmark):
    project, _ = benchmark
    jobs = [(slurm_job(*job).node, status(project, log)) for job, log in GPU_JOBS.items()]
    assert all(account["state"] == "done" for _, account in jobs)
    devices = {(node, f"GPU {number}") for node in slurm.NODES for number in range(slurm.GPUS)}
    assert {(node, account["device"]) for node, account in jobs} == devices, (
        "all were used: jobs ran at the same time"
    )
    for (one_node, one), (other_node, other) in itertools.combinations(jobs, 2):
        if (one_node, one["device"]) == (other_node, other["device"]):
            assert one["updated"] < other["began"] or other["updated"] < one["began"]


def test_a_cancelled_job_was_tried_again_with_more_memory(benchmark):
    project, cancelled = benchmark
    again = slurm_job(*CANCELLED)
    assert int(again.number) > int(cancelled.number) and again.state == "COMPLETED"
    assert (cancelled.memory, again.memory) == ("2000M", "4000M")
    assert status(project, GPU_JOBS[CANCELLED])["attempt"] == 2


def test_a_training_whose_node_dies_goes_on_from_its_checkpoint_on_the_other(cluster, project):
    job, log = ("train_encoder", PLAGE, "strict", "v1", "7"), f"inversion/{PLAGE}/strict/v1/7"
    target = f"results/{log}/field.nc"
    folder = (project.folder / target).parent
    checkpoint = folder / "checkpoint-b_los.pt"
    with running(project, target, overlays=["config/long.yaml"]) as ended:
        cluster.wait_for(lambda: checkpoint.exists() or ended(), SECONDS, "a checkpoint is written")
        before = slurm_job(*job)
        state = torch.load(checkpoint, weights_only=True)["state"]
        cluster.kill_node(before.node)
    after = slurm_job(*job)
    assert after.node != before.node
    assert after.number == before.number and after.restarts == 1, "Slurm itself started it again"
    account = status(project, log)
    assert account["state"] == "done" and account["attempt"] == 1, "which costs Snakemake no attempt"
    # When each step was done was measured: no second training has the same times.
    done_before = state["history"]["seconds"]
    done = xr.load_dataset(folder / "history.nc")["seconds"].sel(phase="b_los").values.tolist()
    assert 0 < len(done_before) < len(done) == 1500
    assert done[: len(done_before)] == done_before
