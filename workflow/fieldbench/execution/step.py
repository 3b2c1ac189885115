"""What every step of the pipeline runs in: its log, its account, its limits, its devices, and its end."""

import logging
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fieldbench.errors import OutOfTime, UserError
from fieldbench.execution import handover, slots
from fieldbench.execution.locks import holder, try_lock, wait_lock
from fieldbench.execution.progress import Progress

HEARTBEAT_SECONDS = 10.0
SHARE_OF_TIME_LIMIT = 0.9  # the rest is for saving the state
MEBIBYTE = 2**20

_held: list[IO[str]] = []  # open until the process ends


class Stopped(SystemExit):
    """The job was asked to end, by a signal or because the run that started it is gone; `code` is 128 + the signal."""


class Step:
    """A running job.

    Args:
        log: its log file.
        attempt: 1 at first, one more whenever Snakemake starts it again.
        last_attempt: whether Snakemake will not start it again.
        minutes: its time limit, or None.
    """

    def __init__(self, log: str, attempt: int, last_attempt: bool, minutes: float | None) -> None:
        self.progress = Progress(log, attempt)
        self.last_attempt = last_attempt
        self.minutes = minutes
        self.began = time.monotonic()

    def say(self, line: str) -> None:
        """Write a line to the log."""
        logging.getLogger(__name__).info(line)

    def advance(self, phase: str, done: int, total: int, loss: float) -> None:
        """Note that `done` of `total` steps of a phase are done.

        Raises:
            OutOfTime: it is time to save the state and end.
        """
        self.progress.step(phase, done, total, loss)
        if done * 10 // total > (done - 1) * 10 // total:
            self.say(f"{phase}: step {done} of {total}, loss {loss:.6g}")
        if self.minutes and time.monotonic() - self.began > SHARE_OF_TIME_LIMIT * 60 * self.minutes:
            raise OutOfTime(
                f"the time limit of {self.minutes:g} min was reached at step {done} of {total} of {phase}"
            )

    def fail(self, reason: str) -> None:
        """Note that the job ends with a record of its failure in place of a result."""
        self.say(reason)
        self.end("failed", reason)

    def end(self, state: str, reason: str = "") -> None:
        """Note how the job ended."""
        self.progress.write(state=state, reason=reason, seconds_left=None)


@contextmanager
def running(snakemake: Any) -> Iterator[Step]:
    """Run one step of the pipeline.

    One process at a time runs a job: one that was started while an older one still runs it waits, and has nothing to do
    where that one completed it. GPUs are claimed before the body is entered, so that torch, imported there, sees no
    others. On a CPU the job's `mem_mb` limits its memory, so that running out of it is an error with a message. Inputs are
    compared with the checksums that the jobs before left beside them (`handover`).

    A `UserError` becomes one line in the log and on the terminal, and exit status 1; other errors keep their traceback.
    """
    resources = snakemake.resources
    attempt = resources.get("attempt", 1)
    _wait_for_others(Path(snakemake.log[0]), snakemake.output)
    log = _open_log(Path(snakemake.log[0]))
    _send_logging_to(log)
    last_attempt = attempt >= snakemake.config["attempts"]
    step = Step(snakemake.log[0], attempt, last_attempt, resources.get("runtime"))
    _end_on_signals()
    _watch(step.progress)
    try:
        handover.receive(snakemake.input)
        handover.withdraw(snakemake.output)
        _claim_devices(snakemake, step)
        yield step
        handover.deliver(snakemake.output)
    except UserError as error:
        logging.getLogger(__name__).error("error: %s", error)
        step.end("failed", str(error))
        raise SystemExit(1) from None
    except Stopped as error:
        reason = f"ended by {signal.Signals(int(error.code or 0) - 128).name}"
        step.say(f"{reason}; the next run goes on from the last checkpoint")
        step.end("stopped", reason)
        raise
    except BaseException as error:
        traceback.print_exc(file=log)
        step.end("failed", f"{type(error).__name__}: {error}".splitlines()[0])
        raise
    if step.progress.facts["state"] == "running":
        step.end("done")


def _wait_for_others(log: Path, outputs: list[str]) -> None:
    """Hold the job's lock until the process ends; end at once where another process completed the job meanwhile.

    Snakemake has removed the job's log and outputs: a lock on the log would hold nobody, and outputs that are there are
    whole and another process's.
    """
    path = log.with_name(f".{log.stem}.lock")
    try:
        lock = try_lock(path)
        if lock is None:
            print(f"{log}: {holder(path)} still runs this job; waiting for it", file=sys.stderr)
            lock = wait_lock(path)
            if all(Path(file).exists() for file in outputs):
                raise SystemExit(0)
        _held.append(lock)
    except OSError:  # no locks, or no writing, on this file system: nothing keeps two processes apart
        return


def _open_log(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "w", encoding="utf-8")
    except OSError:  # the job itself says what it cannot do
        return sys.stderr


def _send_logging_to(log: IO[str]) -> None:
    logging.raiseExceptions = False  # a full disk must not bury the message that says so
    logger = logging.getLogger("fieldbench")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(log))
    if log is not sys.stderr:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setLevel(logging.WARNING)
        logger.addHandler(terminal)


def _end_on_signals() -> None:
    def end(number: int, _frame: Any) -> None:
        raise Stopped(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def _watch(progress: Progress) -> None:
    """Show that the process lives, and end it once the run that started it is gone: nobody would take its result."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            progress.beat(HEARTBEAT_SECONDS)
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _claim_devices(snakemake: Any, step: Step) -> None:
    resources = snakemake.resources
    count = resources.get("gpu", 0)
    devices = slots.claim(count, snakemake.config["gpu_jobs_per_device"], step.say)
    if devices:
        step.progress.update(device=f"GPU {', '.join(devices)}")
    elif memory := resources.get("mem_mb"):
        _limit_memory(memory * MEBIBYTE)


def _limit_memory(most: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(
        resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )
