"""The jobs of a run, written down once when it starts, for `fieldbench status`."""

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError
from fieldbench.files import save_text

FILE = "plan.json"
LOGS = "logs"
NOT_METHODS = ("area", "dataset", "regime", "seed")  # wildcards that say on what and how often, not with what


@dataclass(frozen=True)
class PlannedJob:
    """One job, known by its log.

    Attributes:
        area: folder of the log below `logs/`.
        method: value of the wildcard that picks the method; the rule's name where none does.
        name: what a reader calls it: "plage-synthetic strict v1 seed 0".
        log: relative to the results folder, so that the folder can be moved.
        needed: whether the run has to do it; the others were done before.
    """

    rule: str
    area: str
    method: str
    name: str
    log: str
    needed: bool


@dataclass(frozen=True)
class Plan:
    """A run: when (Unix seconds), by which process of which host, and what it is to do."""

    started: float
    host: str
    pid: int
    jobs: tuple[PlannedJob, ...]


def write(dag: Any, results: str | Path) -> None:
    """Write `<results>/plan.json` from Snakemake's graph of jobs; jobs without a log, such as `all`, are left out.

    Called by the process that is to run the jobs.

    Raises:
        UserError: the folder cannot be written to.
    """
    jobs = [vars(_planned(job, dag.needrun(job), str(results))) for job in dag.jobs if job.log]
    jobs.sort(key=lambda job: job["log"])
    facts = {"started": time.time(), "host": socket.gethostname(), "pid": os.getpid(), "jobs": jobs}
    save_text(json.dumps(facts), Path(results) / FILE)


def read(results: str | Path) -> Plan:
    """The plan of the run that last wrote to a results folder.

    Raises:
        UserError: there is none, or it is not whole.
    """
    path = Path(results) / FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        jobs = tuple(PlannedJob(**job) for job in facts["jobs"])
        return Plan(float(facts["started"]), str(facts["host"]), int(facts["pid"]), jobs)
    except FileNotFoundError:
        raise UserError(f"no run has been started in {results}/; `make run` starts one") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}); the next run writes it anew") from error


def _planned(job: Any, needed: bool, results: str) -> PlannedJob:
    rule, log = job.rule.name, os.path.relpath(job.log[0], results)
    wildcards = dict(job.wildcards_dict)
    methods = [value for name, value in wildcards.items() if name not in NOT_METHODS]
    method = methods[-1] if methods else rule
    words = [f"{name} {value}" if value.isdigit() else value for name, value in wildcards.items()]
    name = " ".join(words if methods else [rule, *words])
    return PlannedJob(rule, _area(log, rule), method, name, log, needed)


def _area(log: str, rule: str) -> str:
    folders = Path(log).parts[:-1]
    return folders[1] if len(folders) > 1 and folders[0] == LOGS else rule
