"""GPU slots: which devices a process gets, and that none is held in vain."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading

import pytest
from fieldbench.errors import UserError
from fieldbench.execution import slots

from tests import gpus

HOLDER = """\
import sys, time
from fieldbench.execution import slots
print(*slots.claim(int(sys.argv[1]), int(sys.argv[2]), lambda line: None), flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A machine with four GPUs, whose locks are the test's own."""
    for name, value in gpus.pretend(tmp_path, 4).items():
        monkeypatch.setenv(name, value)
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(slots, "SECONDS_BETWEEN_TRIES", 0.02)
    yield
    release()


def release():
    """End what this process holds, as its end would."""
    while slots._held:
        slots._held.pop().close()


@pytest.fixture
def hold():
    """Start a process that claims slots and keeps them; with its devices."""
    processes = []

    def start(count, jobs_per_device=1):
        command = [sys.executable, "-c", HOLDER, str(count), str(jobs_per_device)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return processes[-1], processes[-1].stdout.readline().split()

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def claim(count, jobs_per_device=1):
    """The devices that this process gets, and what it says."""
    said = []
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)  # as in a new process
    return slots.claim(count, jobs_per_device, said.append), said


def test_the_pool_is_what_nvidia_smi_lists():
    assert slots.visible_devices(os.environ) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("visible", "pool"),
    [("2,3", ["2", "3"]), ("GPU-ab, GPU-cd", ["GPU-ab", "GPU-cd"]), ("", []), ("-1", []), ("7", ["7"])],
)
def test_the_pool_is_what_the_environment_names_before_all_else(visible, pool):
    assert slots.visible_devices({"CUDA_VISIBLE_DEVICES": visible}) == pool


def test_the_pool_is_empty_without_a_driver(tmp_path):
    (tmp_path / "bin" / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    assert slots.visible_devices(os.environ) == []
    (tmp_path / "bin" / "nvidia-smi").unlink()
    assert slots.visible_devices(os.environ) == []


def test_a_job_sees_only_the_devices_that_it_has_taken():
    devices, said = claim(2)
    assert devices == ["0", "1"] and os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert said == ["runs on GPU 0, 1"]


def test_devices_keep_the_names_that_the_environment_gives(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a/b,MIG-c")
    assert slots.claim(1, 1, print) == ["GPU-a/b"]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-a/b"


def test_a_job_that_asks_for_none_sees_none_and_takes_none(hold):
    hold(4)
    assert claim(0) == ([], [])
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ""


def test_a_machine_without_gpus_runs_the_job_on_the_cpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    said = []
    assert slots.claim(1, 1, said.append) == []
    assert said == ["no GPU is visible: this job runs on the CPU"]


def test_more_than_there_are_is_an_error():
    with pytest.raises(UserError, match="needs 5 GPUs but 4 are visible"):
        claim(5)


def test_a_device_is_not_shared(hold):
    assert [hold(1)[1], hold(2)[1], claim(1)[0]] == [["0"], ["1", "2"], ["3"]]


def test_two_slots_are_shared_by_two_and_the_least_busy_device_comes_first(hold):
    taken = [hold(1, 2)[1][0] for _ in range(8)]
    assert taken == ["0", "1", "2", "3", "0", "1", "2", "3"]


def test_a_job_takes_each_of_its_devices_once_even_where_one_has_two_slots(hold):
    hold(3, 2)
    devices, _ = claim(2, 2)
    assert devices == ["3", "0"]


def test_who_has_to_wait_holds_no_part_of_what_it_waits_for(hold):
    first, _ = hold(2)
    waiting = threading.Thread(target=claim, args=(3,), daemon=True)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive() and not slots._held
    second, devices = hold(2)
    assert devices == ["2", "3"], "the waiting job keeps nobody out"
    first.kill()
    waiting.join(0.3)
    assert waiting.is_alive()
    second.kill()
    waiting.join(60)
    assert len(slots._held) == 3


def test_who_waits_says_so_once(hold):
    first, _ = hold(4)
    said = []
    waiting = threading.Thread(target=slots.claim, args=(1, 1, said.append), daemon=True)
    waiting.start()
    waiting.join(0.3)
    first.kill()
    waiting.join(60)
    holder = f"process {first.pid} on {socket.gethostname()}"
    assert said == [f"waiting for a slot on 1 of the GPUs 0, 1, 2, 3; held by {holder}", "runs on GPU 0"]


def test_a_holder_that_was_killed_frees_its_slots(hold):
    first, _ = hold(4)
    first.kill()
    first.wait()
    assert claim(4)[0] == ["0", "1", "2", "3"]


def test_many_at_once_get_a_device_each(hold):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", ",".join("01234567"))
        commands = [[sys.executable, "-c", HOLDER, "1", "1"]] * 8
        holders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    taken = [holder.stdout.readline().strip() for holder in holders]
    for holder in holders:
        holder.kill()
        holder.communicate()
    assert sorted(taken) == list("01234567")


def test_an_allocation_of_slurm_has_locks_of_its_own(hold, monkeypatch):
    hold(4)
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert slots.claim(2, 1, print) == ["0", "1"]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    folders = {slots.lock_folder({"SLURM_JOB_ID": job}) for job in ("77", "78")}
    assert len(folders | {slots.lock_folder({})}) == 3


def test_users_do_not_meet_in_the_lock_folder():
    assert str(os.getuid()) in slots.lock_folder({}).name


def test_locks_lie_where_nobody_else_can_reach_them(hold):
    hold(1)
    folder = slots.lock_folder({})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and (folder / "0.0").exists()
