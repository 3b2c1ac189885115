"""Locks: one holder, and none that outlives it."""

import subprocess
import sys
import threading

import pytest
from fieldbench.execution.locks import try_lock, wait_lock

HOLDER = """\
import sys, time
from pathlib import Path
from fieldbench.execution.locks import wait_lock
lock = wait_lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "lock"


@pytest.fixture
def holder(path):
    """A process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_lock_has_one_holder_at_a_time(path):
    with try_lock(path) as first:
        assert first and try_lock(path) is None
    with try_lock(path) as again:
        assert again


def test_a_holder_that_was_killed_holds_nothing(path, holder):
    assert try_lock(path) is None
    holder.kill()
    holder.wait()
    with try_lock(path) as lock:
        assert lock


def test_a_child_process_does_not_hold_its_parents_lock(path):
    with try_lock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with try_lock(path) as again:
        assert again
    child.communicate(b"\n")


def test_who_waits_gets_the_lock_when_it_is_free(path, holder):
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(wait_lock(path)), daemon=True)
    waiting.start()
    waiting.join(0.2)
    assert not taken
    holder.kill()
    waiting.join(60)
    assert len(taken) == 1 and try_lock(path) is None
    taken[0].close()


def test_what_is_written_in_a_lock_file_stays_until_it_is_changed(path):
    path.parent.mkdir()
    path.write_text("before")
    with try_lock(path):
        assert path.read_text() == "before"


def test_a_lock_that_cannot_be_had_is_an_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for lock in (try_lock, wait_lock):
        with pytest.raises(OSError):
            lock(tmp_path / "file" / "lock")
