"""Locks: one holder, and none that outlives it."""

import socket
import stat
import subprocess
import sys
import tempfile
import threading

import pytest
from fieldbench.errors import UserError
from fieldbench.execution import locks
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
def process(path):
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


def test_a_holder_that_was_killed_holds_nothing(path, process):
    assert try_lock(path) is None
    process.kill()
    process.wait()
    with try_lock(path) as lock:
        assert lock


def test_a_child_process_does_not_hold_its_parents_lock(path):
    with try_lock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with try_lock(path) as again:
        assert again
    child.communicate(b"\n")


def test_who_waits_gets_the_lock_when_it_is_free(path, process):
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(wait_lock(path)), daemon=True)
    waiting.start()
    waiting.join(0.2)
    assert not taken
    process.kill()
    waiting.join(60)
    assert len(taken) == 1 and try_lock(path) is None
    taken[0].close()


def test_a_held_lock_says_who_holds_it(path, process):
    assert locks.holder(path) == f"process {process.pid} on {socket.gethostname()}"
    process.kill()
    process.wait()
    with try_lock(path):
        assert locks.holder(path) == locks.signature()


def test_a_private_folder_is_the_users_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    folder = locks.private_folder("mine")
    assert folder == tmp_path / "mine" and stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    assert stat.S_IMODE(locks.private_folder("mine").stat().st_mode) == 0o700


@pytest.mark.parametrize("taken", ["by a link", "by another user", "open to all", "by a file"])
def test_a_name_that_is_taken_sends_locks_elsewhere_or_is_refused(tmp_path, monkeypatch, taken):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = tmp_path / "mine"
    if taken == "by a link":
        (tmp_path / "theirs").mkdir()
        folder.symlink_to(tmp_path / "theirs")
    elif taken == "by a file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777 if taken == "open to all" else 0o700)
    if taken == "by another user":
        monkeypatch.setattr(locks.os, "getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(UserError, match="is not your own; let TMPDIR name"):
        locks.private_folder("mine")
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    if taken != "by another user":
        assert locks.private_folder("mine") == tmp_path / "run" / "mine"


def test_a_lock_that_cannot_be_had_is_an_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for lock in (try_lock, wait_lock):
        with pytest.raises(OSError):
            lock(tmp_path / "file" / "lock")
