"""Snakemake with a clock in it: `python bench/clock.py MODE FILE [argument ...]` for `bench/scaling.py`, see `run`.

A process of its own, which loads nothing that Snakemake does not.
"""

import inspect
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from fieldbench import config
from fieldbench.execution.progress import Progress
from fieldbench.monitor import jobs as plans
from snakemake import cli
from snakemake.dag import DAG
from snakemake.io import IOCache
from snakemake.jobs import Job
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.workflow import Workflow

ROUNDS = 6
PARTS = (
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
)


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


def count_jobs(clock: Clock) -> None:
    """Let the clock know the number of jobs."""
    cleanup = DAG.cleanup

    def counting(dag: Any) -> None:
        cleanup(dag)
        clock.calls["jobs"] = len(dag.jobs)

    DAG.cleanup = counting


def stop_after(rounds: int) -> None:
    """End the run once the scheduler has chosen so often."""
    choose, left = JobScheduler.job_selector, iter(range(rounds))

    def limited(self: Any, jobs: Any) -> Any:
        if next(left, None) is None:
            raise SystemExit
        return choose(self, jobs)

    JobScheduler.job_selector = limited


def fill(clock: Clock) -> None:
    """Let a dry run leave what a run leaves: (empty) outputs, Snakemake's metadata, the plan, the jobs' accounts."""
    postprocess = DAG.postprocess

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
                        Progress(job.log[0], 1).write(state="done")
        plans.write(dag, "results")
        await postprocess(dag, *args, **options)

    DAG.postprocess = filling


def run(mode: str, output: str, arguments: list[str]) -> None:
    """Run Snakemake and write the clock's `seconds` and `calls` as JSON.

    Args:
        mode: `plain`, with CPU seconds; or with wall seconds `fill`, see there, and `rounds`, which ends after some rounds.
        output: the file.
        arguments: of Snakemake.
    """
    clock = Clock(time.process_time if mode == "plain" else time.perf_counter)
    for part in PARTS:
        clock.watch(*part)
    count_jobs(clock)
    if mode == "fill":
        fill(clock)
    if mode == "rounds":
        stop_after(ROUNDS)
    try:
        cli.main(arguments)
    finally:
        Path(output).write_text(json.dumps({"seconds": clock.seconds, "calls": clock.calls}))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3:])
