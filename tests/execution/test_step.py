"""What a job runs in: its log, its account, its limits and its end."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.waiting import until

WAITING = "job.say('waits'); import time; time.sleep(600)"


def test_a_job_that_ends_is_done(job):
    status, errors = job.run("job.say('hello')")
    assert (status, errors) == (0, "")
    assert job.account["state"] == "done" and job.log.read_text() == "hello\n"


def test_a_users_fault_is_one_line(job):
    status, errors = job.run(
        "from fieldbench.errors import UserError\nraise UserError('the file is missing; get it')"
    )
    assert status == 1
    assert errors == job.log.read_text() == "error: the file is missing; get it\n"
    assert job.account["state"] == "failed"
    assert job.account["reason"] == "the file is missing; get it"


def test_another_error_keeps_its_traceback(job):
    status, errors = job.run("raise ValueError('first line\\nsecond line')")
    assert status == 1 and "Traceback" in errors
    assert "Traceback" in job.log.read_text() and "second line" in job.log.read_text()
    assert job.account["state"] == "failed" and job.account["reason"] == "ValueError: first line"


def test_warnings_reach_the_terminal_and_other_lines_the_log_only(job):
    _, errors = job.run(
        """
        import logging
        logging.getLogger("fieldbench.part").info("for later")
        logging.getLogger("fieldbench.part").warning("look at this")
        """
    )
    assert errors == "look at this\n" and job.log.read_text() == "for later\nlook at this\n"


def test_a_failure_that_leaves_a_record_is_no_error(job):
    status, errors = job.run("job.fail('Diverged: the loss became nan')")
    assert (status, errors) == (0, "")
    assert job.account["state"] == "failed" and job.account["reason"] == "Diverged: the loss became nan"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_job_and_is_named(job, number):
    process = job.start(WAITING)
    job.says("waits")
    process.send_signal(number)
    assert process.wait(timeout=60) == 128 + number
    assert job.account["state"] == "stopped" and job.account["reason"] == f"ended by {number.name}"
    assert "goes on from the last checkpoint" in job.log.read_text()


def test_a_signal_lets_the_body_put_things_in_order(job):
    process = job.start(
        f"""
        try:
            {WAITING}
        finally:
            open({str(job.output)!r}, "w").close()
        """
    )
    job.says("waits")
    process.terminate()
    process.wait(timeout=60)
    assert job.output.exists()


def test_a_job_ends_when_the_run_that_started_it_is_killed(job):
    starter = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    run = subprocess.Popen([sys.executable, "-c", starter, job.program(WAITING)])
    job.says("waits")
    run.kill()
    run.wait()
    until(lambda: job.account["state"] == "stopped")
    until(lambda: not os.path.exists(f"/proc/{job.account['pid']}"))


ONCE = """
import pathlib, time
with open("runs.txt", "a") as runs:
    runs.write("ran\\n")
job.say("waits")
while not pathlib.Path("go").exists():
    time.sleep(0.02)
"""


def test_a_second_process_of_a_job_waits_and_leaves_whole_outputs_alone(job):
    first = job.start(f"{ONCE}pathlib.Path('output.txt').write_text('whole')")
    job.says("waits")
    job.log.unlink()  # as Snakemake does before it starts a job
    second = job.start("raise AssertionError('must not run')")
    assert f"process {first.pid} on {socket.gethostname()} still runs this job" in second.stderr.readline()
    assert second.poll() is None
    (job.folder / "go").touch()
    assert first.wait(timeout=60) == second.wait(timeout=60) == 0
    assert job.output.read_text() == "whole" and job.account["pid"] == first.pid


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_second_process_takes_over_from_one_that_did_not_finish(job, end):
    first = job.start(ONCE)
    job.says("waits")
    job.log.unlink()
    second = job.start(f"{ONCE}pathlib.Path('output.txt').write_text('whole')")
    second.stderr.readline()
    first.send_signal(end)
    (job.folder / "go").touch()
    assert second.wait(timeout=60) == 0
    assert job.output.read_text() == "whole" and job.account["pid"] == second.pid
    assert (job.folder / "runs.txt").read_text() == "ran\nran\n"


def test_a_log_that_cannot_be_written_does_not_end_the_job(job):
    job.log.parent.write_text("not a folder")
    status, errors = job.run("job.say('hello')")
    assert (status, errors) == (0, "hello\n")


ALLOCATE = "memory = bytearray(2**30)"


def test_memory_is_limited_so_that_the_lack_of_it_has_a_message(job):
    assert job.run("memory = bytearray(2**20)", mem_mb=500)[0] == 0
    assert job.run(ALLOCATE, mem_mb=500)[0] == 1
    assert "MemoryError" in job.log.read_text() and job.account["reason"].startswith("MemoryError")


def test_memory_is_not_limited_on_a_gpu_or_where_no_limit_is_set(job):
    own = {"CUDA_VISIBLE_DEVICES": "0", "TMPDIR": str(job.folder)}
    assert job.run(ALLOCATE)[0] == 0
    assert job.run(ALLOCATE, mem_mb=500, gpu=1, environment=own)[0] == 0
    assert job.account["device"] == "GPU 0"


def test_progress_is_told_to_the_log_at_every_tenth_and_kept_in_the_account(job):
    job.run("for done in range(1, 26): job.advance('b_los', done, 25, 0.5)")
    lines = job.log.read_text().splitlines()
    assert len(lines) == 10 and lines[-1] == "b_los: step 25 of 25, loss 0.5"
    assert job.account["done"] == job.account["total"] == 25 and job.account["phase"] == "b_los"


def test_a_job_that_is_out_of_time_is_told_so_at_its_next_step(job):
    status, _ = job.run("job.advance('b_los', 3, 25, 0.5)", runtime=1e-9)
    assert status == 1
    assert "OutOfTime: the time limit of 1e-09 min was reached at step 3 of 25" in job.account["reason"]


@pytest.mark.parametrize("runtime", [None, 60])
def test_a_job_with_time_goes_on(job, runtime):
    assert job.run("job.advance('b_los', 3, 25, 0.5)", runtime=runtime)[0] == 0


def test_a_job_knows_its_attempt_and_whether_it_is_the_last(job):
    for attempt, last in ((1, False), (2, False), (3, True)):
        job.run("job.say(f'last: {job.last_attempt}')", attempts=3, attempt=attempt)
        assert job.account["attempt"] == attempt and job.log.read_text() == f"last: {last}\n"
    job.run("job.say(f'last: {job.last_attempt}')")
    assert job.account["attempt"] == 1 and job.log.read_text() == "last: True\n"


def test_a_job_without_gpus_sees_none(job):
    body = "import os; job.say(repr(os.environ['CUDA_VISIBLE_DEVICES']))"
    job.run(body, environment={"CUDA_VISIBLE_DEVICES": "0,1"})
    assert job.log.read_text() == "''\n"


def test_too_many_gpus_are_a_users_fault(job):
    own = {"CUDA_VISIBLE_DEVICES": "0,1", "TMPDIR": str(job.folder)}
    status, errors = job.run("pass", gpu=3, environment=own)
    assert (
        status == 1 and errors == "error: The job needs 3 GPUs but 2 are visible (0, 1); lower its `gpu`.\n"
    )
    assert "Traceback" not in job.log.read_text()
