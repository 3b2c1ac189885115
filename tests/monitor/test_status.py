"""The status of a run: every state, the counts, and what is shown."""

import io
import itertools
import json
import os
import socket
import subprocess
import sys
import time

import pytest
from fieldbench import cli
from fieldbench.execution.progress import Progress, status_file
from fieldbench.monitor import jobs as plan
from fieldbench.monitor import status
from fieldbench.monitor import view as status_view
from fieldbench.monitor.status import Reader, State

HERE = socket.gethostname()
STARTED = 1_000_000.0
NOW = STARTED + 600


def facts(state="running", **changes):
    """An account as a job writes it."""
    return {
        "state": state,
        "reason": "",
        "pid": os.getpid(),
        "host": HERE,
        "device": "cpu",
        "attempt": 1,
        "began": NOW - 100,
        "updated": NOW,
        "done": None,
        "total": None,
        "loss": None,
        "phase": "",
        "seconds_left": None,
        **changes,
    }


class Run:
    """A results folder with a plan, as jobs and Snakemake leave it."""

    def __init__(self, folder, host=HERE, pid=None):
        self.folder, self.host, self.pid = folder, host, pid or os.getpid()
        self.jobs = []

    def job(self, name, account=None, *, needed=True, rule="train", area="inversion", method="v1"):
        log = f"logs/{area}/{method}/{name}.log"
        self.jobs.append(
            {"rule": rule, "area": area, "method": method, "name": name, "log": log, "needed": needed}
        )
        path = status_file(self.folder / log)
        path.parent.mkdir(parents=True, exist_ok=True)
        if account is not None:
            path.write_text(account if isinstance(account, str) else json.dumps(account))
        written = {"started": STARTED, "host": self.host, "pid": self.pid, "jobs": self.jobs}
        (self.folder / plan.FILE).write_text(json.dumps(written))
        return path

    def snapshot(self):
        return Reader(self.folder).snapshot()

    def shown(self, **detail):
        return text(status_view.view(self.snapshot(), status_view.FULL._replace(**detail)))


def text(shown, width=100):
    console = status_view.console(io.StringIO())
    console.width = width
    console.print(shown)
    return console.file.getvalue()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """An empty run at a fixed time."""
    monkeypatch.setattr(status.time, "time", lambda: NOW)
    return Run(tmp_path)


@pytest.fixture
def ended_pid():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


OLD = STARTED - 50


@pytest.mark.parametrize(
    ("needed", "account", "state"),
    [
        (True, None, State.WAITING),
        (True, facts("done", updated=OLD), State.WAITING),
        (True, facts("failed", updated=OLD), State.WAITING),
        (True, facts("running", updated=OLD), State.WAITING),
        (True, facts("running"), State.RUNNING),
        (True, facts("running", updated=NOW - 59), State.RUNNING),
        (True, facts("running", updated=NOW - 61), State.LOST),
        (True, facts("running", host="elsewhere", pid=1), State.RUNNING),
        (True, facts("running", host="elsewhere", updated=NOW - 61), State.LOST),
        (True, facts("done"), State.DONE),
        (True, facts("failed"), State.FAILED),
        (True, facts("stopped"), State.STOPPED),
        (False, None, State.DONE),
        (False, facts("done", updated=OLD), State.DONE),
        (False, facts("failed", updated=OLD), State.FAILED),
        (False, facts("stopped", updated=OLD), State.DONE),
    ],
)
def test_every_state(run, needed, account, state):
    run.job("x", account, needed=needed)
    assert run.snapshot().jobs[0].state == state


def test_a_job_whose_process_is_gone_is_lost(run, ended_pid):
    run.job("here", facts(pid=ended_pid))
    run.job("elsewhere", facts(pid=ended_pid, host="elsewhere"))
    assert [job.state for job in run.snapshot().jobs] == [State.LOST, State.RUNNING]


def test_a_job_that_ends_between_two_looks_is_not_lost(run, monkeypatch):
    path = run.job("x", facts())

    def end_while_looked_up(pid, signal):
        path.write_text(json.dumps(facts("done")))
        raise ProcessLookupError

    monkeypatch.setattr(status.os, "kill", end_while_looked_up)
    assert run.snapshot().jobs[0].state == State.DONE


@pytest.mark.parametrize(
    "damaged",
    ["", '{"state": "run', "[]", "null", '{"state": "running"}', json.dumps(facts("flying")), '"text"']
    + [json.dumps(facts(**{key: "x"})) for key in ("pid", "began", "updated", "done", "loss")],
    ids=itertools.count(),  # the accounts hold this process's number, and workers must name tests alike
)
def test_a_damaged_account_counts_as_none(run, damaged):
    run.job("x", damaged)
    assert run.snapshot().jobs[0].state == State.WAITING
    assert "1 waiting" in run.shown()


def test_what_progress_writes_can_be_read(tmp_path):
    progress = Progress(tmp_path / "x.log", 2)
    progress.step("b_los", 5, 10, 0.5)
    progress.write()
    account = status.read_account(progress.path)
    assert (account.state, account.attempt, account.pid) == (State.RUNNING, 2, os.getpid())
    assert (account.phase, account.done, account.total, account.loss) == ("b_los", 5, 10, 0.5)


def test_counts_by_area_and_method_add_up(run):
    run.job("a", facts("done"), method="v0")
    run.job("b", facts("failed", reason="diverged"), method="v0")
    run.job("c", facts(), method="v1")
    run.job("d", method="v1")
    run.job("e", needed=False, area="report", method="collect")
    jobs = run.snapshot().jobs
    counts = {key: dict(status.count(group)) for key, group in status.groups(jobs).items()}
    assert counts == {
        ("inversion", "v0"): {"done": 1, "failed": 1},
        ("inversion", "v1"): {"running": 1, "waiting": 1},
        ("report", "collect"): {"done": 1},
    }
    assert status.count(jobs).total() == len(jobs) == 5


def test_what_is_done_is_read_once_and_a_new_run_reads_it_anew(run):
    reader, path = Reader(run.folder), run.job("x", facts("done"))
    assert reader.snapshot().jobs[0].state == State.DONE
    path.write_text(json.dumps(facts("failed")))
    assert reader.snapshot().jobs[0].state == State.DONE
    written = json.loads((run.folder / plan.FILE).read_text())
    (run.folder / plan.FILE).write_text(json.dumps({**written, "started": STARTED + 1}))
    assert reader.snapshot().jobs[0].state == State.FAILED


def test_a_failed_job_that_is_tried_again_runs(run):
    reader, path = Reader(run.folder), run.job("x", facts("failed"))
    assert reader.snapshot().jobs[0].state == State.FAILED
    path.write_text(json.dumps(facts("running", attempt=2)))
    assert reader.snapshot().jobs[0].state == State.RUNNING
    assert "x (attempt 2)" in run.shown()


def test_whether_the_run_goes_on(tmp_path, ended_pid):
    for name, host, pid, account, on in (
        ("here", HERE, os.getpid(), None, True),
        ("ended", HERE, ended_pid, None, False),
        ("silent", "elsewhere", 1, None, None),
        ("busy", "elsewhere", 1, facts(updated=time.time()), True),
    ):
        (tmp_path / name).mkdir()
        there = Run(tmp_path / name, host, pid)
        there.job("x", account)
        assert there.snapshot().on is on, name


def test_time_left_goes_by_finished_kin_and_says_what_has_none(run):
    run.job("0", facts("done", began=NOW - 600, updated=NOW - 60))
    run.job("1", facts(began=NOW - 60))
    run.job("2")
    run.job("3", rule="collect", area="report", method="collect")
    seconds, untimed = status.time_left(run.snapshot())
    assert seconds == pytest.approx((540 - 60) + 540) and untimed == 1
    assert "about 17 min, not counting jobs of kinds not timed yet (1)" in run.shown()


def test_time_left_is_shared_among_jobs_side_by_side(run):
    for name in ("0", "1"):
        run.job(name, facts("done", began=NOW - 600, updated=NOW - 60))
    for name in ("2", "3"):
        run.job(name, facts(began=NOW - 60))
    assert status.time_left(run.snapshot()) == (pytest.approx((480 + 480) / 2), 0)


def test_time_left_of_a_first_job_is_its_own_word(run):
    run.job("0", facts(began=NOW - 2, updated=NOW - 2, seconds_left=30))
    assert status.time_left(run.snapshot()) == (pytest.approx(30), 0)


def test_time_left_is_not_told_before_anything_was_timed(run):
    run.job("0", facts())
    run.job("1")
    assert "time left: not known yet" in run.shown()


def test_running_jobs_are_shown_with_step_loss_and_device(run):
    steps = {"phase": "b_los", "done": 120, "total": 800, "loss": 0.01234567, "seconds_left": 75.2}
    run.job("plage strict v1 seed 0", facts(device="GPU 2", host="node7.example", began=NOW - 5, **steps))
    (line,) = [line for line in run.shown().splitlines() if line.startswith("plage strict v1 seed 0")]
    words = " ".join(line.split())
    assert words == "plage strict v1 seed 0 b_los 120/800 0.01235 5 s 1 min 15 s GPU 2, node7"
    assert "devices in use (jobs): node7 GPU 2 (1)" in run.shown()


def test_an_interrupted_job_says_where_it_was(run):
    run.job("old", facts("stopped", updated=OLD, done=40, phase="b_qu", reason="ended by SIGTERM"))
    run.job("new", facts("stopped", done=7, reason="the time limit was reached"))
    run.job("silent", facts(updated=NOW - 300))
    shown = " ".join(run.shown().split())
    assert "1 waiting, 0 running, 0 done, 0 failed, 1 stopped, 1 lost" in shown
    assert "old waiting b_qu 40 ended by SIGTERM" in shown
    assert "new stopped 7 the time limit was reached" in shown
    assert "silent lost - -" in shown


def test_failures_are_listed_with_reasons_and_the_rest_is_counted(run):
    run.job("plain", facts("failed"))
    for n in range(24):
        run.job(f"job {n}", facts("failed", reason=f"Diverged: loss [red]{n}[/red]"))
    shown = run.shown()
    assert "Diverged: loss [red]18[/red]" in shown and "see logs/inversion/v1/plain.log" in shown
    assert "job 19" not in shown and "... and 5 more" in shown


def test_the_view_keeps_to_a_hundred_columns_without_colour(run):
    for n in range(3):
        name = f"noaa-11158-sharp-cea-377 strict factorized-with-a-long-name seed {n}"
        run.job(name, facts(loss=1.23456e-7, done=123456, total=500000, phase="b_qu", seconds_left=4000))
    run.job("x", facts("failed", reason="word " * 100))
    assert max(map(len, run.shown().splitlines())) <= 100
    assert "\x1b" not in run.shown()


def test_a_low_terminal_gets_fewer_details(run):
    for n in range(40):
        run.job(f"job {n}", facts(), method=f"m{n}")
    for height, methods in ((200, True), (24, False)):
        terminal = status_view.console(io.StringIO())
        terminal.size = (100, height)
        lines = text(status_view.watched(run.snapshot(), terminal)).splitlines()
        assert len(lines) <= height and any("m39" in line for line in lines) == methods


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "-"),
        (0.2, "0 s"),
        (59.6, "1 min 00 s"),
        (130, "2 min 10 s"),
        (2099, "34 min"),
        (3900, "1 h 05 min"),
        (266400, "3 d 02 h"),
    ],
)
def test_durations_read_naturally(seconds, words):
    assert status_view.duration(seconds) == words


def test_the_command_prints_plain_text_once_where_there_is_no_terminal(run, capsys):
    run.job("x", facts("done"))
    assert cli.main(["status", str(run.folder), "--watch"]) == 0
    printed = capsys.readouterr().out
    assert "1 of 1 jobs done" in printed and "\x1b" not in printed


def test_the_command_without_a_run_is_one_sentence(tmp_path, capsys):
    assert cli.main(["status", str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err == f"error: no run has been started in {tmp_path}/; `make run` starts one\n"
    )


@pytest.mark.parametrize("interval", ["0", "-1", "inf", "nan", "soon"])
def test_an_interval_that_is_none_is_refused(interval, capsys):
    with pytest.raises(SystemExit):
        cli.main(["status", "--interval", interval])
    assert "--interval" in capsys.readouterr().err


def test_ten_thousand_jobs_cost_less_than_two_seconds_of_a_processor(tmp_path):
    there = Run(tmp_path)
    for n in range(10_000):
        log = f"logs/inversion/{n // 3}/{n}.log"
        there.jobs.append(
            {"rule": "train", "area": "a", "method": "m", "name": str(n), "log": log, "needed": True}
        )
        path = status_file(tmp_path / log)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts("done", updated=time.time())))
    there.job("last")
    reader = Reader(tmp_path)
    began = time.process_time()
    counts = status.count(reader.snapshot().jobs)
    assert time.process_time() - began < 2
    assert counts == {State.DONE: 10_000, State.WAITING: 1}
