"""What many jobs cost: `python bench/scaling.py [section ...]`, all sections by default.

Sections: `dry_runs` (a dry run by phase, the records that a run leaves, a look at its status), `rounds` (choosing the next
jobs among many), `jobs` (the fixed cost of one job), `files` and `calls` (what one training asks of the file system), and
`draw`. Everything happens in temporary folders. Seconds are medians; CPU seconds are those of all processes together, and
say more than wall seconds where the machine has other work.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from clock import ROUNDS
from fieldbench import files, provenance
from fieldbench.figures._style import BLUE, CYCLE, new_figure, styled
from fieldbench.monitor import jobs as plans
from fieldbench.monitor import status
from matplotlib.figure import Figure
from measure import Table, write

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("area", "benchmark", "size", "variant", "seconds", "cpu_seconds", "count", "bytes", "device")
SNAKEMAKE = (sys.executable, "-m", "snakemake")
SEEDS = {3: 3, 28: 3, 285: 3, 857: 1}  # and how often each dry run is repeated
MANY = 285
REST = "start of Python and Snakemake, output, end"
EMPTY, FULL, QUIET = "no results", "all results there", "no results, with --quiet"
EXPERIMENTS = ("grid-free", "strict", "open", "resolutions", "step-times")
PREPARED = "results/inversion/plage-synthetic/weak_field.nc"
REGIME = "results/inversion/plage-synthetic/strict"
TRAINING = REGIME + "/v1/{}/field.nc"
TOY = """
rule all:
    input: expand("done/{i}", i=range(config["jobs"]))
rule one:
    output: touch("done/{i}")
    script: "step.py"
"""
SCRIPTS = {
    "empty script": "",
    "script that imports xarray": "import xarray",
    "script that imports torch": "import torch",
    "script that imports what a training imports": "import torch, fieldbench.io, fieldbench.inversion.neural",
}
STRACE = ("strace", "-f", "-y", "-e", "trace=%file,flock,rename,getdents64", "-o", "calls")
KINDS = {
    "open": ("open", "openat"),
    "look up": ("stat", "lstat", "newfstatat", "statx", "access", "faccessat2", "readlink"),
    "rename": ("rename", "renameat", "renameat2"),
    "remove": ("unlink", "unlinkat", "rmdir"),
    "make a folder": ("mkdir", "mkdirat"),
    "lock": ("flock",),
    "list a folder": ("getdents64",),
}
KIND = {call: kind for kind, calls in KINDS.items() for call in calls}


@contextmanager
def folder(seeds: Iterable[int], **config: Any) -> Iterator[Path]:
    """A temporary folder with the pipeline and an overlay `overlay.json`: one small data set, no downloads, the CPU."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-scaling-") as name:
        for part in ("config", "workflow", "envs"):
            Path(name, part).symlink_to(ROOT / part)
        small = {
            "pathvars": {"results": "results"},
            "run": EXPERIMENTS,
            "download": False,
            "device": "cpu",
            "datasets": {"plage-synthetic": {"with": {"shape": [80, 71]}}},
            "inversion": {"seeds": list(seeds), "training": {"steps": 1}},
            "experiments": {name: {"data": ["plage-synthetic"]} for name in EXPERIMENTS},
        }
        Path(name, "overlay.json").write_text(json.dumps({**small, **config}))
        yield Path(name)


def run(command: Iterable[str], where: Path, may_fail: bool = False) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode and not may_fail:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_timed(mode: str, where: Path, *arguments: str) -> tuple[float, float, dict[str, Counter]]:
    """Wall seconds, CPU seconds and the clock of Snakemake in a mode of `clock.run`."""
    clock = where / "clock.json"
    options = ["--configfile", "overlay.json", "--cores", "2", *arguments]
    command = [sys.executable, str(ROOT / "bench/clock.py"), mode, str(clock), *options]
    wall, cpu = run(command, where, may_fail=mode == "rounds")
    return wall, cpu, {key: Counter(values) for key, values in json.loads(clock.read_text()).items()}


def train(where: Path, count: int, before: tuple[str, ...] = ()) -> tuple[float, float]:
    """Wall and CPU seconds of training `count` seeds, one at a time."""
    targets = [TRAINING.format(seed) for seed in range(count)]
    options = ["--cores", "1", "--configfile", "overlay.json"]
    return run([*before, *SNAKEMAKE, *options, "--", *targets], where)


def dry_runs(table: Table) -> None:
    """Dry runs of growing graphs, without results and with all of them, by phase."""
    for seeds, times in SEEDS.items():
        with folder(range(seeds)) as where:
            _dry_run(table, where, EMPTY, times)
            if seeds == MANY:
                _dry_run(table, where, QUIET, times, "--quiet")
                jobs = _fill(table, where)
                _dry_run(table, where, FULL, times)
                _look(table, where / "results", jobs)


def _dry_run(table: Table, where: Path, variant: str, times: int, *options: str) -> None:
    walls, cpus, clocks = zip(*(run_timed("plain", where, "-n", *options) for _ in range(times)), strict=True)
    jobs = clocks[0]["calls"]["jobs"]
    table.add("dry run", jobs, f"{variant}: all", seconds=median(walls), cpu_seconds=median(cpus))
    parts = [clock["seconds"] for clock in clocks]
    for name in dict.fromkeys(name for part in parts for name in part):
        seconds = median(part[name] for part in parts)
        table.add("dry run", jobs, f"{variant}: {name}", cpu_seconds=seconds)
    rest = median(cpu - sum(part.values()) for cpu, part in zip(cpus, parts, strict=True))
    table.add("dry run", jobs, f"{variant}: {REST}", cpu_seconds=rest)


def _fill(table: Table, where: Path) -> int:
    """Leave the records of a whole run; returns the number of its jobs."""
    _, _, clock = run_timed("fill", where, "-n")
    jobs = len(plans.read(where / "results").jobs)
    for name in ("metadata written", "accounts written", "plan written"):
        table.add("records", jobs, name, seconds=clock["seconds"][name])
    _sizes(table, "records", jobs, "metadata", (where / ".snakemake/metadata").rglob("*"))
    _sizes(table, "records", jobs, "plan", [where / "results/plan.json"])
    return jobs


def _sizes(table: Table, benchmark: str, size: int, variant: str, paths: Iterable[Path]) -> None:
    sizes = [path.stat().st_size for path in paths if path.is_file()]
    table.add(benchmark, size, variant, count=len(sizes), bytes=sum(sizes))


def _look(table: Table, results: Path, jobs: int) -> None:
    reader = status.Reader(results)
    for variant in ("first look at the status", "second look, all jobs done"):
        began = time.perf_counter()
        reader.snapshot()
        table.add("status", jobs, variant, seconds=time.perf_counter() - began)


def rounds(table: Table) -> None:
    """One round of the scheduler while 1,000 and 10,000 trainings are ready."""
    forgotten = "params of ready jobs forgotten"
    for seeds in (28, MANY):
        with folder(range(seeds)) as where:
            run([*SNAKEMAKE, "--configfile", "overlay.json", "--cores", "1", PREPARED], where)
            for options in (["greedy"], ["ilp"], ["ilp", "--scheduler-subsample", "100"]):
                _, _, clock = run_timed("rounds", where, "--scheduler", *options)
                ready = clock["calls"][forgotten] // (ROUNDS + 1)
                for name in ("jobs chosen", forgotten, "finished jobs noted"):
                    seconds = clock["seconds"][name] / ROUNDS
                    table.add("round", ready, f"{' '.join(options)}: {name}", seconds=seconds)


def jobs(table: Table, more: int = 8) -> None:
    """The fixed cost of one job: the difference between a run of one job and one of `more` jobs more."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-scaling-") as name:
        where = Path(name)
        (where / "Snakefile").write_text(TOY)

        def toy(count: int) -> tuple[float, float]:
            shutil.rmtree(where / "done", ignore_errors=True)
            return run([*SNAKEMAKE, "--cores", "1", "--config", f"jobs={count}"], where)

        for variant, script in SCRIPTS.items():
            (where / "step.py").write_text(script)
            _per_job(table, variant, toy, more)
    with folder(range(more + 1)) as where:
        train(where, 1)

        def training(count: int) -> tuple[float, float]:
            shutil.rmtree(where / REGIME, ignore_errors=True)
            return train(where, count)

        _per_job(table, "training of 1 + 1 steps, 80 x 71 pixels", training, more)


def _per_job(
    table: Table, variant: str, work: Callable[[int], tuple[float, float]], more: int, times: int = 3
) -> None:
    pairs = [(work(1), work(1 + more)) for _ in range(times)]
    wall, cpu = (median((many[part] - single[part]) / more for single, many in pairs) for part in (0, 1))
    table.add("job", 1, variant, seconds=wall, cpu_seconds=cpu)


def measure_files(table: Table) -> None:
    """The files that one training leaves, field of 200 x 178 pixels."""
    with folder([0], datasets={}) as where:
        train(where, 1)
        logs = where / "results/logs/inversion/plage-synthetic/strict/v1"
        for file in sorted([*(where / TRAINING.format(0)).parent.iterdir(), *logs.iterdir()]):
            _sizes(table, "files", 1, f"training: {file.name}", [file])
        metadata = [path for path in (where / ".snakemake/metadata").rglob("*") if path.is_file()]
        of_training = [path for path in metadata if b"train_encoder" in path.read_bytes()]
        _sizes(table, "files", 1, "training: Snakemake's metadata", of_training)


def calls(table: Table) -> None:
    """System calls of one training on files, by place: the job's process, and Snakemake's while it runs the job."""
    if shutil.which("strace") is None:
        print("calls: skipped, there is no strace")
        return
    counts = []
    with folder(range(3)) as where:
        train(where, 1)
        for seeds in (2, 3):  # the difference is one more job in a run
            shutil.rmtree(where / REGIME)
            train(where, seeds, STRACE)
            counts.append(_by_place((where / "calls").read_text(errors="replace"), where))
    for place, kind in sorted(counts[1]):
        table.add("calls", 1, f"{place}: {kind}", count=counts[1][place, kind] - counts[0][place, kind])


def _by_place(log: str, where: Path) -> Counter[tuple[str, str]]:
    def place(arguments: str) -> str:
        if "results/" in arguments and (str(where) in arguments or '"results/' in arguments):
            return "results"
        return "Snakemake's folder" if ".snakemake" in arguments else "software and system"

    lines = re.findall(r"^\d+ +(\w+)\((.*)$", log, re.MULTILINE)
    return Counter((place(arguments), KIND.get(call, "other")) for call, arguments in lines)


def draw(table: Table) -> None:
    """Dry-run time against the number of jobs, and what it is spent on at 10,000, from the table's file."""
    seconds: dict[int, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in table.read():
        if row["benchmark"] == "dry run":
            variant, name = row["variant"].split(": ", 1)
            seconds[int(row["size"])][variant][name] = float(row["cpu_seconds"])
    if any(FULL in variants for variants in seconds.values()):
        with files.replacing(table.path.with_suffix(".png")) as temporary:
            _figure(seconds).savefig(temporary)


@styled
def _figure(seconds: dict[int, dict[str, dict[str, float]]]) -> Figure:
    many = next(size for size in seconds if FULL in seconds[size])
    names = sorted(set(seconds[many][EMPTY]) - {"all"}, key=lambda name: -seconds[many][EMPTY][name])
    figure = new_figure(4.6)
    left, right = figure.subplots(1, 2)
    sizes = sorted(seconds)
    left.loglog(sizes, [seconds[size][EMPTY]["all"] for size in sizes], "o-", color=BLUE, label=EMPTY)
    left.loglog(many, seconds[many][FULL]["all"], "s", color=CYCLE[2], label=FULL)
    left.axhline(30, color="0.5", ls=":", label="30 s")
    left.set_yticks((3, 10, 30, 100))
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_formatter("")
    left.set(xlabel="jobs", ylabel="CPU seconds", title="A dry run")
    left.legend()
    for shift, (variant, colour) in enumerate(((EMPTY, BLUE), (FULL, CYCLE[2]))):
        places = [place + 0.4 * shift - 0.2 for place in range(len(names))]
        values = [seconds[many][variant].get(name, 0) for name in names]
        right.barh(places, values, 0.38, color=colour, label=variant)
    right.set_yticks(range(len(names)), names)
    right.invert_yaxis()
    right.set(xlabel="CPU seconds", title=f"by phase, {many:,} jobs")
    right.legend(loc="lower right")
    return figure


SECTIONS = {
    "dry_runs": dry_runs,
    "rounds": rounds,
    "jobs": jobs,
    "files": measure_files,
    "calls": calls,
    "draw": draw,
}

if __name__ == "__main__":
    machine = provenance.environment("snakemake", "torch")
    versions = ", ".join(
        [f"Python {machine['python']}", *(f"{name} {machine[name]}" for name in ("snakemake", "torch"))]
    )
    threads = os.cpu_count()
    write(
        "scaling",
        {threads: SECTIONS},
        COLUMNS,
        device=f"{machine['processor']}, {threads} threads; {versions}",
    )
