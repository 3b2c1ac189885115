"""What many jobs cost: `python bench/scaling.py [section ...]`, all sections by default.

Sections: `dry_runs` (a dry run by phase, the records that a run leaves, a look at its status), `rounds` (choosing the next
jobs among many), `jobs` (the fixed cost of one job), `files` and `calls` (what one training asks of the file system).
Everything happens in temporary folders. Seconds are medians; CPU seconds are those of all processes together, and say more
than wall seconds where the machine has other work.
"""

import csv
import inspect
import io
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from fieldbench import files, provenance
from fieldbench.execution.progress import Progress
from fieldbench.monitor import jobs as plans
from fieldbench.monitor import status

ROOT = Path(__file__).resolve().parents[1]
OUTPUT, FIGURE = Path("results/bench/scaling.csv"), Path("results/bench/scaling.png")
COLUMNS = ("area", "benchmark", "size", "variant", "seconds", "cpu_seconds", "count", "bytes", "device")
SNAKEMAKE = (sys.executable, "-m", "snakemake")
SEEDS = {3: 3, 28: 3, 285: 3, 857: 1}  # and how often each dry run is repeated
MANY = 285
ROUNDS = 6
REST = "start of Python and Snakemake, output, end"
EMPTY, FULL, QUIET = "no results", "all results there", "no results, with --quiet"
EXPERIMENTS = ("grid-free", "strict", "open", "resolutions", "step-times")
TRAINING = "results/inversion/plage-synthetic/strict/v1/{}/field.nc"
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


# -- in a process of its own: Snakemake with a clock in it


class Clock:
    """Seconds by `now` spent in named parts, each without the named parts inside it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._open: list[str] = []
        self._since = now()

    def _turn(self) -> None:
        now = self.now()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Everything until the block ends belongs to `name`."""
        self._turn()
        self._open.append(name)
        self.calls[name] += 1
        yield
        self._turn()
        self._open.pop()

    def watch(self, owner: Any, attribute: str, name: str) -> None:
        """Let the function `owner.attribute` be a part; its calls of itself are not counted."""
        function = getattr(owner, attribute)

        def part() -> Any:
            return nullcontext() if name in self._open else self.part(name)

        async def later(*args: Any, **options: Any) -> Any:
            with part():
                return await function(*args, **options)

        def now(*args: Any, **options: Any) -> Any:
            with part():
                return function(*args, **options)

        setattr(owner, attribute, later if inspect.iscoroutinefunction(function) else now)


def watch_all(clock: Clock) -> None:
    """Put the clock into Snakemake and the pipeline."""
    from fieldbench import config
    from snakemake.dag import DAG
    from snakemake.io import IOCache
    from snakemake.jobs import Job
    from snakemake.scheduling.job_scheduler import JobScheduler
    from snakemake.workflow import Workflow

    for owner, attribute, name in (
        (Workflow, "include", "Snakefile and rules read"),
        (config, "check", "configuration checked"),
        (DAG, "update", "jobs and edges made"),
        (DAG, "update_conda_envs", "params of all jobs"),
        (IOCache, "mtime_inventory", "times of files"),
        (DAG, "update_needrun", "which jobs must run"),
        (DAG, "check_directory_outputs", "overlapping outputs"),
        (DAG, "postprocess", "scripts found, jobs made ready"),
        (JobScheduler, "schedule", "execution pretended"),
        (JobScheduler, "job_selector", "jobs chosen"),
        (Job, "reset_params_and_resources", "params of ready jobs forgotten"),
        (JobScheduler, "_finish_jobs", "finished jobs noted"),
        (plans, "write", "plan written"),
    ):
        clock.watch(owner, attribute, name)


def count_jobs(clock: Clock) -> None:
    """Let the clock know the number of jobs."""
    from snakemake.dag import DAG

    after = DAG.cleanup

    def counting(dag: Any) -> None:
        after(dag)
        clock.calls["jobs"] = len(dag.jobs)

    DAG.cleanup = counting


def stop_after(rounds: int) -> None:
    """End the run once the scheduler has chosen so often."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    choose = JobScheduler.job_selector

    def limited(self: Any, jobs: Any) -> Any:
        limited.left -= 1
        if limited.left < 0:
            raise SystemExit
        return choose(self, jobs)

    limited.left = rounds
    JobScheduler.job_selector = limited


def fill(clock: Clock) -> None:
    """Let a dry run leave what a run leaves: (empty) outputs, Snakemake's metadata, the plan, the jobs' accounts."""
    from snakemake.dag import DAG

    after = DAG.postprocess

    async def filling(dag: Any, *args: Any, **options: Any) -> None:
        dag.workflow.iocache.deactivate()
        start = time.time() - 1000
        for level, jobs in enumerate(dag.toposorted()):
            for job in jobs:
                for file in map(Path, job.output):
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.touch()
                    os.utime(file, (start + level, start + level))
                with clock.part("metadata written"):
                    await dag.workflow.persistence.finished(job)
                if job.log:
                    with clock.part("accounts written"):
                        progress = Progress(job.log[0], 1)
                        progress.facts["state"] = "done"
                        progress.write()
        plans.write(dag, "results")
        await after(dag, *args, **options)

    DAG.postprocess = filling


def timed(mode: str, output: str, arguments: list[str]) -> None:
    """Run Snakemake with a clock: of CPU seconds in the mode `plain`, of wall seconds in `fill` and `rounds`."""
    from snakemake import cli

    clock = Clock(time.process_time if mode == "plain" else time.perf_counter)
    watch_all(clock)
    count_jobs(clock)
    if mode == "fill":
        fill(clock)
    if mode == "rounds":
        stop_after(ROUNDS)
    try:
        cli.main(arguments)
    finally:
        Path(output).write_text(json.dumps({"seconds": clock.seconds, "calls": clock.calls}))


# -- in the benchmark's process


class Table:
    """The rows; each is printed as it comes."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        found = provenance.environment("snakemake", "torch")
        versions = f"Python {found['python']}, snakemake {found['snakemake']}, torch {found['torch']}"
        self.device = f"{found['processor']}, {os.cpu_count()} threads; {versions}"

    def add(self, benchmark: str, size: int, variant: str, **numbers: float) -> None:
        """Add a row; `numbers` are of the columns seconds, cpu_seconds, count and bytes."""
        row = {"area": "scaling", "benchmark": benchmark, "size": size, "variant": variant, **numbers}
        self.rows.append({**row, "device": self.device})
        shown = ", ".join(f"{name} {value:.5g}" for name, value in numbers.items())
        print(f"{benchmark:8} {size:6} {variant:64} {shown}", flush=True)

    def save(self, path: Path) -> None:
        """Write the rows; those of benchmarks that were not run stay as the file has them."""
        new = {row["benchmark"] for row in self.rows}
        kept = [row for row in read(path) if row["benchmark"] not in new] if path.exists() else []
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in kept + self.rows:
            writer.writerow(
                {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
            )
        files.save_text(text.getvalue(), path)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@contextmanager
def folder(seeds: Iterable[int], **config: Any) -> Iterator[Path]:
    """A temporary folder with the pipeline and an overlay `overlay.json`: one small data set, no downloads, the CPU."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-scaling-") as name:
        for part in ("Snakefile", "config", "workflow", "profiles", "envs"):
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


def run(command: list[str], where: Path, may_fail: bool = False) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode and not may_fail:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_timed(mode: str, where: Path, *arguments: str) -> tuple[float, float, dict[str, Counter]]:
    """Wall seconds, CPU seconds and the clock of Snakemake in the mode `mode`."""
    clock = where / "clock.json"
    options = ["--configfile", "overlay.json", *arguments]
    if "--cores" not in arguments:
        options += ["--cores", "2"]
    command = [sys.executable, __file__, "--timed", mode, str(clock), *options]
    wall, cpu = run(command, where, may_fail=mode == "rounds")
    return wall, cpu, {key: Counter(found) for key, found in json.loads(clock.read_text()).items()}


def dry_runs(table: Table) -> None:
    """Dry runs of growing graphs, without results and with all of them, by phase."""
    for seeds, times in SEEDS.items():
        with folder(range(seeds)) as where:
            _dry_run(table, where, EMPTY, times)
            if seeds != MANY:
                continue
            _dry_run(table, where, QUIET, times, "--quiet")
            _, _, clock = run_timed("fill", where, "-n")
            jobs = len(plans.read(where / "results").jobs)
            for name in ("metadata written", "accounts written", "plan written"):
                table.add("records", jobs, name, seconds=clock["seconds"][name])
            _sizes(table, "records", jobs, "metadata", where / ".snakemake/metadata")
            _sizes(table, "records", jobs, "plan", where / "results/plan.json")
            _dry_run(table, where, FULL, times)
            _look(table, where / "results", jobs)


def _dry_run(table: Table, where: Path, variant: str, times: int, *options: str) -> None:
    found = [run_timed("plain", where, "-n", *options) for _ in range(times)]
    jobs = found[0][2]["calls"]["jobs"]
    wall, cpu = (statistics.median(values) for values in list(zip(*found, strict=True))[:2])
    table.add("dry run", jobs, f"{variant}: all", seconds=wall, cpu_seconds=cpu)
    names = {name: None for _, _, clock in found for name in clock["seconds"]}
    for name in names:
        seconds = statistics.median(clock["seconds"][name] for _, _, clock in found)
        table.add("dry run", jobs, f"{variant}: {name}", cpu_seconds=seconds)
    rest = statistics.median(whole - sum(clock["seconds"].values()) for _, whole, clock in found)
    table.add("dry run", jobs, f"{variant}: {REST}", cpu_seconds=rest)


def _sizes(table: Table, benchmark: str, size: int, variant: str, path: Path) -> None:
    found = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    total = sum(file.stat().st_size for file in found)
    table.add(benchmark, size, variant, count=len(found), bytes=total)


def _look(table: Table, results: Path, jobs: int) -> None:
    reader = status.Reader(results)
    for variant in ("first look at the status", "second look, all jobs done"):
        began = time.perf_counter()
        reader.snapshot()
        table.add("status", jobs, variant, seconds=time.perf_counter() - began)


def rounds(table: Table) -> None:
    """One round of the scheduler while 1,000 and 10,000 trainings are ready."""
    for seeds in (28, MANY):
        with folder(range(seeds)) as where:
            prepared = "results/inversion/plage-synthetic/weak_field.nc"
            run([*SNAKEMAKE, "--configfile", "overlay.json", "--cores", "1", prepared], where)
            for options in (["greedy"], ["ilp"], ["ilp", "--scheduler-subsample", "100"]):
                _, _, clock = run_timed("rounds", where, "--scheduler", *options)
                ready = clock["calls"]["params of ready jobs forgotten"] // (ROUNDS + 1)
                for name in ("jobs chosen", "params of ready jobs forgotten", "finished jobs noted"):
                    seconds = clock["seconds"][name] / ROUNDS
                    table.add("round", ready, f"{' '.join(options)}: {name}", seconds=seconds)


def jobs(table: Table, more: int = 8) -> None:
    """The fixed cost of one job: the difference between a run of one job and one of `more` jobs more."""
    with tempfile.TemporaryDirectory(prefix="fieldbench-scaling-") as name:
        where = Path(name)
        (where / "Snakefile").write_text(TOY)
        for variant, script in SCRIPTS.items():
            (where / "step.py").write_text(script)

            def toy(count: int, where: Path = where) -> tuple[float, float]:
                shutil.rmtree(where / "done", ignore_errors=True)
                return run([*SNAKEMAKE, "--cores", "1", "--config", f"jobs={count}"], where)

            _per_job(table, variant, toy, more)
    with folder(range(more + 1)) as where:
        train(where, 1)

        def training(count: int) -> tuple[float, float]:
            shutil.rmtree(where / "results/inversion/plage-synthetic/strict", ignore_errors=True)
            return train(where, count)

        _per_job(table, "training of 1 + 1 steps, 80 x 71 pixels", training, more)


def _per_job(
    table: Table, variant: str, work: Callable[[int], tuple[float, float]], more: int, times: int = 3
) -> None:
    pairs = [(work(1), work(1 + more)) for _ in range(times)]
    wall, cpu = (statistics.median((many[part] - one[part]) / more for one, many in pairs) for part in (0, 1))
    table.add("job", 1, variant, seconds=wall, cpu_seconds=cpu)


def train(where: Path, count: int, before: tuple[str, ...] = ()) -> tuple[float, float]:
    """Train `count` seeds, one at a time."""
    targets = [TRAINING.format(seed) for seed in range(count)]
    options = ["--cores", "1", "--configfile", "overlay.json"]
    return run([*before, *SNAKEMAKE, *options, "--", *targets], where)


def measure_files(table: Table) -> None:
    """The files that one training leaves, field of 200 x 178 pixels."""
    with folder([0], datasets={}) as where:
        train(where, 1)
        run_folder = (where / TRAINING.format(0)).parent
        logs = where / "results/logs/inversion/plage-synthetic/strict/v1"
        for file in sorted([*run_folder.iterdir(), *logs.iterdir()]):
            _sizes(table, "files", 1, f"training: {file.name}", file)
        metadata = [
            file
            for file in (where / ".snakemake/metadata").rglob("*")
            if b"train_encoder" in file.read_bytes()
        ]
        total = sum(file.stat().st_size for file in metadata)
        table.add("files", 1, "training: Snakemake's metadata", count=len(metadata), bytes=total)


def calls(table: Table) -> None:
    """System calls of one training on files, by place: the job's process, and Snakemake's while it runs the job."""
    if shutil.which("strace") is None:
        print("calls: skipped, there is no strace")
        return
    with folder(range(3)) as where:
        train(where, 1)
        counted = []
        for count in (2, 3):  # the difference is one more job in a run
            shutil.rmtree(where / "results/inversion/plage-synthetic/strict")
            log = where / "calls"
            train(
                where,
                count,
                ("strace", "-f", "-y", "-e", "trace=%file,flock,rename,getdents64", "-o", str(log)),
            )
            counted.append(_by_place(log.read_text(errors="replace"), where))
    for place, kind in sorted(counted[1]):
        table.add("calls", 1, f"{place}: {kind}", count=counted[1][place, kind] - counted[0][place, kind])


def _by_place(log: str, where: Path) -> Counter[tuple[str, str]]:
    kinds = {
        **dict.fromkeys(("open", "openat"), "open"),
        **dict.fromkeys(
            ("stat", "lstat", "newfstatat", "statx", "access", "faccessat2", "readlink"), "look up"
        ),
        **dict.fromkeys(("rename", "renameat", "renameat2"), "rename"),
        **dict.fromkeys(("unlink", "unlinkat", "rmdir"), "remove"),
        **dict.fromkeys(("mkdir", "mkdirat"), "make a folder"),
        **dict.fromkeys(("flock",), "lock"),
        **dict.fromkeys(("getdents64",), "list a folder"),
    }
    found: Counter[tuple[str, str]] = Counter()
    for name, rest in re.findall(r"^\d+ +(\w+)\((.*)$", log, re.MULTILINE):
        inside = "results/" in rest and (str(where) in rest or '"results/' in rest)
        place = (
            "results" if inside else "Snakemake's folder" if ".snakemake" in rest else "software and system"
        )
        found[place, kinds.get(name, "other")] += 1
    return found


def draw(rows: list[dict[str, str]], path: Path) -> None:
    """Dry-run time against the number of jobs, and what it is spent on at 10,000."""
    from fieldbench.figures._style import BLUE, CYCLE, new_figure, styled

    found = [row for row in rows if row["benchmark"] == "dry run"]
    parts: dict[int, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in found:
        variant, name = row["variant"].split(": ", 1)
        parts[int(row["size"])][variant][name] = float(row["cpu_seconds"])
    many = next(size for size in parts if FULL in parts[size])
    names = sorted(set(parts[many][EMPTY]) - {"all"}, key=lambda name: -parts[many][EMPTY][name])

    @styled
    def figure() -> Any:
        figure = new_figure(4.6)
        left, right = figure.subplots(1, 2)
        sizes = sorted(parts)
        left.loglog(sizes, [parts[size][EMPTY]["all"] for size in sizes], "o-", color=BLUE, label=EMPTY)
        left.loglog(many, parts[many][FULL]["all"], "s", color=CYCLE[2], label=FULL)
        left.axhline(30, color="0.5", ls=":", label="30 s")
        left.set_yticks((3, 10, 30, 100))
        for axis in (left.xaxis, left.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_formatter("")
        left.set(xlabel="jobs", ylabel="CPU seconds", title="A dry run")
        left.legend()
        for shift, (variant, colour) in enumerate(((EMPTY, BLUE), (FULL, CYCLE[2]))):
            places = [place + 0.4 * shift - 0.2 for place in range(len(names))]
            values = [parts[many][variant].get(name, 0) for name in names]
            right.barh(places, values, 0.38, color=colour, label=variant)
        right.set_yticks(range(len(names)), names)
        right.invert_yaxis()
        right.set(xlabel="CPU seconds", title=f"by phase, {many:,} jobs")
        right.legend(loc="lower right")
        return figure

    with files.replacing(path) as temporary:
        figure().savefig(temporary)


SECTIONS = {"dry_runs": dry_runs, "rounds": rounds, "jobs": jobs, "files": measure_files, "calls": calls}


def main(wanted: list[str]) -> None:
    """Run the sections, write the table and draw it."""
    if unknown := set(wanted) - {*SECTIONS, "draw"}:
        sys.exit(f"unknown section {', '.join(sorted(unknown))}; known: {', '.join([*SECTIONS, 'draw'])}")
    table = Table()
    for name, section in SECTIONS.items():
        if not wanted or name in wanted:
            section(table)
            table.save(OUTPUT)
    rows = read(OUTPUT)
    if any(row["benchmark"] == "dry run" for row in rows):
        draw(rows, FIGURE)
    print(f"written: {OUTPUT}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--timed"]:
        timed(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        main(sys.argv[1:])
