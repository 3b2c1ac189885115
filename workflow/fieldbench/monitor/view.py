"""A run's status as text for a terminal; all is said in words and numbers, colour only repeats it."""

import time
from collections.abc import Iterable
from typing import IO, NamedTuple

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from fieldbench.monitor import status
from fieldbench.monitor.status import Job, Snapshot, State

COLOURS = {
    State.WAITING: "",
    State.RUNNING: "cyan",
    State.DONE: "green",
    State.FAILED: "bold red",
    State.STOPPED: "yellow",
    State.LOST: "yellow",
}
RARE = (State.STOPPED, State.LOST)  # shown where there are any
BAR_CELLS = 40
GAP = Text("")
PLAIN_WIDTH = 100  # columns, where the output is no terminal


class Detail(NamedTuple):
    """How much is shown: a row per method or per area, and at most so many jobs in each list."""

    methods: bool
    jobs: int


FULL = Detail(methods=True, jobs=20)
DETAILS = (FULL, Detail(False, 20), Detail(False, 8), Detail(False, 3))


def console(file: IO[str] | None = None) -> Console:
    """Where views are printed: names and reasons are taken as they are, never as markup."""
    made = Console(file=file, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = PLAIN_WIDTH
    return made


def view(snapshot: Snapshot, detail: Detail = FULL) -> Group:
    """The whole status."""
    running = snapshot.in_state(State.RUNNING)
    failed = snapshot.in_state(State.FAILED)
    interrupted = [job for job in snapshot.jobs if job.was_at or job.state in RARE]
    parts: list[RenderableType] = [_header(snapshot), GAP, _counts(snapshot, detail.methods)]
    if running:
        parts += [GAP, _running(running[: detail.jobs], snapshot.now), *_rest(running, detail)]
        parts += [GAP, _devices(snapshot)]
    if interrupted:
        parts += [GAP, _interrupted(interrupted[: detail.jobs]), *_rest(interrupted, detail)]
    if failed:
        parts += [GAP, _failed(failed[: detail.jobs]), *_rest(failed, detail)]
    return Group(*parts)


def watched(snapshot: Snapshot, terminal: Console) -> RenderableType:
    """The most detailed view that the terminal has lines for."""
    for detail in DETAILS:
        shown = Group(view(snapshot, detail), GAP, Text("Ctrl-C ends this view, not the run"))
        if len(terminal.render_lines(shown, pad=False)) <= terminal.height:
            break
    return shown


def duration(seconds: float | None) -> str:
    """As much as is worth reading: "4 s", "2 min 10 s", "34 min", "1 h 05 min", "3 d 02 h"; "-" where unknown."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def _header(snapshot: Snapshot) -> Text:
    counts, total = status.count(snapshot.jobs), len(snapshot.jobs)
    share = counts[State.DONE] / total if total else 1.0
    cells = int(share * BAR_CELLS)
    lines = [
        _course(snapshot),
        f"[{'█' * cells}{'░' * (BAR_CELLS - cells)}] {int(share * 100)} %, {counts[State.DONE]} of {total} jobs done",
        ", ".join(f"{counts[state]} {state}" for state in State if counts[state] or state not in RARE),
    ]
    if snapshot.on and (counts[State.WAITING] or counts[State.RUNNING]):
        lines.append(_estimate(snapshot))
    return Text("\n".join(lines))


def _course(snapshot: Snapshot) -> str:
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(snapshot.plan.started))
    length = duration(snapshot.seconds)
    begun = f"Run started {started} on {_short(snapshot.plan.host)}"
    if snapshot.on is None:
        return f"{begun}, {length} ago; whether it still goes on cannot be seen from this host"
    if snapshot.on:
        return f"{begun}, on for {length}"
    left = len(snapshot.in_state(State.WAITING, *RARE))
    return f"{begun}, ended after {length}" + (f"; {left} jobs are left" if left else "")


def _estimate(snapshot: Snapshot) -> str:
    seconds, untimed = status.time_left(snapshot)
    if not seconds:
        return "time left: not known yet"
    others = f", not counting jobs of kinds not timed yet ({untimed})" if untimed else ""
    return f"time left: about {duration(round(seconds, -1))}{others}"


def _counts(snapshot: Snapshot, by_method: bool) -> Table:
    totals = status.count(snapshot.jobs)
    states = [state for state in State if totals[state] or state not in RARE]
    table = _table("area", *(["method"] if by_method else []))
    for state in states:
        table.add_column(state, justify="right", style=COLOURS[state])
    for where, jobs in status.groups(snapshot.jobs, by_method).items():
        counts = status.count(jobs)
        table.add_row(*where, *(str(counts[state] or "·") for state in states))
    return table


def _running(jobs: Iterable[Job], now: float) -> Table:
    table = _table("running", "step")
    for name in ("loss", "since", "phase ends in"):
        table.add_column(name, justify="right")
    table.add_column("device")
    for job in jobs:
        if (account := job.account) is None:
            continue
        name = job.planned.name + (f" (attempt {account.attempt})" if account.attempt > 1 else "")
        steps = "" if account.done is None else f"{account.done}/{account.total}"
        loss = "-" if account.loss is None else f"{account.loss:.4g}"
        since, left = duration(now - account.began), duration(account.seconds_left)
        where = f"{account.device}, {_short(account.host)}"
        table.add_row(name, f"{account.phase} {steps}".strip() or "-", loss, since, left, where)
    return table


def _devices(snapshot: Snapshot) -> Text:
    used = sorted(status.devices(snapshot.jobs).items())
    parts = [f"{_short(host)} {device} ({number})" for (host, device), number in used]
    return Text(f"devices in use (jobs): {', '.join(parts)}")


def _interrupted(jobs: Iterable[Job]) -> Table:
    table = _table("interrupted", "state", "was at step", "reason")
    for job in jobs:
        reason = job.account.reason if job.account else ""
        table.add_row(job.planned.name, job.state, job.was_at or "-", reason or "-")
    return table


def _failed(jobs: Iterable[Job]) -> Table:
    table = _table("failed", "reason")
    for job in jobs:
        reason = job.account.reason if job.account else ""
        table.add_row(job.planned.name, reason or f"see {job.planned.log}")
    return table


def _rest(jobs: list[Job], detail: Detail) -> list[Text]:
    hidden = len(jobs) - detail.jobs
    return [Text(f"... and {hidden} more")] if hidden > 0 else []


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _short(host: str) -> str:
    return host.split(".")[0]
