"""A study of one data set that a command wrote: read again, checked before anything runs, and run by Snakemake."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fieldbench import config as configuration
from fieldbench import delivery
from fieldbench.datasets import availability
from fieldbench.errors import UserError
from fieldbench.monitor import status, view
from fieldbench.monitor.status import Reader, Snapshot, State

PROJECT = Path(__file__).resolve().parents[2]  # the folder with workflow/Snakefile
SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Study:
    """A study of one data set.

    Attributes:
        path: its file.
        config: the whole configuration with it.
        dataset: name of its data set.
    """

    path: Path
    config: Mapping[str, Any]
    dataset: str

    @property
    def results(self) -> Path:
        """The folder that everything is written to."""
        return Path(self.config["pathvars"]["results"])

    @property
    def entry(self) -> Mapping[str, Any]:
        """`type` and `with` of the data set."""
        return self.config["datasets"][self.dataset]


def name(stem: str, otherwise: str) -> str:
    """A name that the configuration allows, of a file's name, and none of its own, with which it would be merged."""
    made = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or otherwise
    known = configuration.completed({}, _defaults())
    return f"my-{made}" if made in known["datasets"] or made in known["experiments"] else made


def read(path: Path) -> Study:
    """The study in a file, checked.

    Raises:
        UserError: the file is missing or no study of one data set, a fault of the configuration, or no such data.
    """
    own = delivery.read_study(path)
    datasets = list(own.get("datasets", {})) if isinstance(own, dict) else []
    if len(datasets) != 1 or "pathvars" not in own:
        raise UserError(f"{path} must have `pathvars` and one data set; it has {len(datasets)}.")
    merged = configuration.completed(own, _defaults())
    configuration.check(merged)
    if reason := availability.unavailable(**configuration.dataset_source(merged, datasets[0])):
        raise UserError(reason)
    return Study(path, merged, datasets[0])


def _defaults() -> Path:
    """The folder of the project's own configuration."""
    if not (PROJECT / "workflow" / "Snakefile").exists():
        raise UserError(
            f"There is no workflow/Snakefile in {PROJECT}; install fieldbench from its folder (pip install -e)."
        )
    return PROJECT / "config"


def run(study: Study, targets: Sequence[str], cores: int, console: Console) -> None:
    """Make targets of a study; what was made before is kept, and what was interrupted goes on.

    Args:
        targets: names of rules, or files.
        cores: that Snakemake may use.

    Raises:
        UserError: a job failed, with its reason; or Ctrl-C.
    """
    console.print(
        f"{study.path} runs; `fieldbench status {study.results}` tells more.", soft_wrap=True, markup=False
    )
    study.results.mkdir(parents=True, exist_ok=True)
    log = study.results / "snakemake.log"
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", str(cores)]
    command += ["--configfile", str(study.path.resolve())]
    library = os.pathsep.join(filter(None, [str(PROJECT / "workflow"), os.environ.get("PYTHONPATH")]))
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": library},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches it once, from here
        )
        try:
            _watch(process, study.results, console)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
            raise UserError(
                f"Stopped. What was done is kept in {study.results}; the same command goes on."
            ) from None
    if process.returncode:
        raise UserError(_reason(study.results, process.pid, log))


def _watch(process: subprocess.Popen, results: Path, console: Console) -> None:
    with _bar(console) as show:
        while process.poll() is None:
            if snapshot := _snapshot(results, process.pid):
                show(snapshot)
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _snapshot(results: Path, pid: int) -> Snapshot | None:
    """How the run of a process stands; None where it has not begun."""
    try:
        snapshot = Reader(results).snapshot()
    except UserError:
        return None
    return snapshot if snapshot.plan.pid == pid else None


@contextmanager
def _bar(console: Console) -> Iterator:
    columns = (BarColumn(), TextColumn("{task.completed}/{task.total} jobs"), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console, transient=True) as bar:
        task = bar.add_task("planning", total=None)

        def show(snapshot: Snapshot) -> None:
            done = len(snapshot.in_state(State.DONE, State.FAILED))
            bar.update(task, completed=done, total=len(snapshot.jobs), description=_doing(snapshot))

        yield show


def _doing(snapshot: Snapshot) -> str:
    seconds, _ = status.time_left(snapshot)
    left = f"about {view.duration(round(seconds, -1))} left; " if seconds else ""
    return left + ", ".join(job.planned.name for job in snapshot.in_state(State.RUNNING))


def _reason(results: Path, pid: int, log: Path) -> str:
    """Why a run failed: what the first of its jobs that failed says, or else the last line of the log."""
    snapshot = _snapshot(results, pid)
    failed = snapshot.in_state(State.FAILED) if snapshot else []
    if reasons := [job.account.reason for job in failed if job.account and job.account.reason]:
        return f"{reasons[0]} (What was done is kept in {results}.)"
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"The run ended with an error: {lines[-1] if lines else 'no word'}; all it said is in {log}."
