"""What has become of the jobs of a run: its plan, joined with the accounts that the jobs keep beside their logs."""

import functools
import json
import os
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fieldbench.execution.progress import status_file
from fieldbench.monitor import jobs as plans
from fieldbench.monitor.jobs import Plan, PlannedJob

SECONDS_TO_LOST = 60.0  # six heartbeats


class State(StrEnum):
    """What a job is doing; `docs/status.md` says what the words mean."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True)
class Account:
    """What a job last said of itself (see `execution.progress`); times in Unix seconds, unknown numbers None.

    Attributes:
        done, total, seconds_left: of the current phase.
    """

    state: State
    reason: str
    pid: int
    host: str
    device: str
    attempt: int
    began: float
    updated: float
    done: int | None
    total: int | None
    loss: float | None
    phase: str
    seconds_left: float | None


@dataclass(frozen=True)
class Job:
    """A planned job and what has become of it; `account` may stem from an earlier run."""

    planned: PlannedJob
    state: State
    account: Account | None

    @property
    def was_at(self) -> str:
        """The step that an interrupted job had reached: "b_los 120"; empty for a job that begins anew."""
        account = self.account
        if account is None or self.state not in (State.WAITING, State.STOPPED, State.LOST):
            return ""
        if account.state not in (State.RUNNING, State.STOPPED) or not account.done:
            return ""
        return f"{account.phase} {account.done}".strip()


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment.

    Attributes:
        now: Unix seconds.
        on: whether the run goes on; None where that cannot be seen from this host.
    """

    plan: Plan
    now: float
    on: bool | None
    jobs: tuple[Job, ...]

    def in_state(self, *states: State) -> list[Job]:
        """The jobs in one of these states, in the plan's order."""
        return [job for job in self.jobs if job.state in states]

    @property
    def seconds(self) -> float:
        """How long the run has gone on; once it has ended, until the last sign of life."""
        signs = [job.account.updated for job in self.jobs if job.account]
        end = max(signs, default=self.now) if self.on is False else self.now
        return max(end - self.plan.started, 0.0)


class Reader:
    """Reads a run again and again; what can no longer change is read once."""

    def __init__(self, results: str | Path) -> None:
        self.results = Path(results)
        self._started = 0.0
        self._settled: dict[str, Job] = {}

    def snapshot(self) -> Snapshot:
        """The run as it is now.

        Raises:
            UserError: no run was started in the folder.
        """
        plan = plans.read(self.results)
        if plan.started != self._started:
            self._started, self._settled = plan.started, {}
        now = time.time()
        # Listing a folder tells which accounts exist, and makes a network file system look at them anew.
        names = functools.cache(_names)
        jobs = tuple(self._job(planned, plan.started, now, names) for planned in plan.jobs)
        return Snapshot(plan, now, _is_on(plan, jobs), jobs)

    def _job(
        self, planned: PlannedJob, started: float, now: float, names: Callable[[str], frozenset[str]]
    ) -> Job:
        if planned.log in self._settled:
            return self._settled[planned.log]
        path = status_file(self.results / planned.log)
        account = read_account(path) if path.name in names(str(path.parent)) else None
        state = classify(planned.needed, account, started, now)
        if state == State.LOST:  # or it ended in between and said so
            account = read_account(path)
            state = classify(planned.needed, account, started, now)
        job = Job(planned, state, account)
        if state == State.DONE or not planned.needed:
            self._settled[planned.log] = job
        return job


def read_account(path: str | Path) -> Account | None:
    """The account in a file; None where there is none or it is not whole."""
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        return Account(
            state=State(facts["state"]),
            pid=int(facts["pid"]),
            attempt=int(facts["attempt"]),
            reason=str(facts["reason"]),
            host=str(facts["host"]),
            device=str(facts["device"]),
            phase=str(facts["phase"]),
            began=float(facts["began"]),
            updated=float(facts["updated"]),
            done=_number(facts["done"], int),
            total=_number(facts["total"], int),
            loss=_number(facts["loss"], float),
            seconds_left=_number(facts["seconds_left"], float),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def has_ended(host: str, pid: int) -> bool:
    """Whether a process is known to have ended: only those of this host can be looked up."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it runs and is somebody else's
    return False


def classify(
    needed: bool,
    account: Account | None,
    started: float,
    now: float,
    ended: Callable[[str, int], bool] = has_ended,
) -> State:
    """The state of a job.

    Args:
        needed: whether the run has to do the job.
        account: what the job last said, perhaps in an earlier run.
        started, now: Unix seconds, of the run's start and of this look.
        ended: whether a process is known to have ended, by host and number.
    """
    if not needed:
        return State.FAILED if account and account.state == State.FAILED else State.DONE
    if account is None or account.updated < started:
        return State.WAITING
    if account.state != State.RUNNING:
        return account.state
    silent = now - account.updated > SECONDS_TO_LOST
    return State.LOST if silent or ended(account.host, account.pid) else State.RUNNING


def count(jobs: Iterable[Job]) -> Counter[State]:
    """State -> number of jobs."""
    return Counter(job.state for job in jobs)


def groups(jobs: Iterable[Job], by_method: bool = True) -> dict[tuple[str, ...], list[Job]]:
    """(area, method), or (area,) alone, -> its jobs, in alphabetical order."""
    found = defaultdict(list)
    for job in jobs:
        key = (job.planned.area, job.planned.method) if by_method else (job.planned.area,)
        found[key].append(job)
    return dict(sorted(found.items()))


def devices(jobs: Iterable[Job]) -> Counter[tuple[str, str]]:
    """(host, device) -> number of jobs that run on it."""
    running = (job.account for job in jobs if job.state == State.RUNNING and job.account)
    return Counter((account.host, account.device) for account in running)


def time_left(snapshot: Snapshot) -> tuple[float, int]:
    """Seconds that the run still takes, and the number of jobs that this leaves out.

    A job takes as long as those of its rule did whose logs lie in the same folder (other seeds), or else in the one
    above (other methods on the same data); a job without such kin is left out. So many jobs are taken to run side by
    side as did so on the run's average until now, pauses included.
    """
    kin = _durations(snapshot.in_state(State.DONE))
    times = [_expected(job, kin) for job in snapshot.in_state(State.WAITING)]
    times += [_rest(job, kin, snapshot.now) for job in snapshot.in_state(State.RUNNING)]
    known = [seconds for seconds in times if seconds is not None]
    return sum(known) / _side_by_side(snapshot), len(times) - len(known)


def _side_by_side(snapshot: Snapshot) -> float:
    """Seconds of jobs per second since the run's first job began; 1 before that."""
    spans = [
        (job.account.began, snapshot.now if job.state == State.RUNNING else job.account.updated)
        for job in snapshot.jobs
        if job.account and job.account.began >= snapshot.plan.started
    ]
    busy = sum(end - began for began, end in spans)
    elapsed = snapshot.now - min((began for began, _ in spans), default=snapshot.now)
    return busy / elapsed if busy > 0 and elapsed > 0 else 1.0


def _durations(jobs: Iterable[Job]) -> dict[tuple[str, str], list[float]]:
    """(rule, folder) -> seconds of the done jobs whose logs lie in it or one below."""
    found = defaultdict(list)
    for job in jobs:
        if job.account:
            for folder in _folders(job):
                found[job.planned.rule, folder].append(job.account.updated - job.account.began)
    return found


def _expected(job: Job, kin: dict[tuple[str, str], list[float]]) -> float | None:
    for folder in _folders(job):
        if seconds := kin.get((job.planned.rule, folder)):
            return sum(seconds) / len(seconds)
    return None


def _rest(job: Job, kin: dict[tuple[str, str], list[float]], now: float) -> float | None:
    """What is left of a running job: its own word is about the current phase only."""
    expected, account = _expected(job, kin), job.account
    if expected is None or account is None:
        return None if account is None else account.seconds_left
    return max(expected - (now - account.began), account.seconds_left or 0.0)


def _folders(job: Job) -> tuple[str, str]:
    folder = os.path.dirname(job.planned.log)
    return folder, os.path.dirname(folder)


def _is_on(plan: Plan, jobs: Iterable[Job]) -> bool | None:
    if plan.host == socket.gethostname():
        return not has_ended(plan.host, plan.pid)
    return True if any(job.state == State.RUNNING for job in jobs) else None


def _names(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()


def _number(value: Any, kind: type) -> Any:
    return None if value is None else kind(value)
