"""Locks that the kernel frees when their holder ends, however it ends, and that say who holds them."""

import fcntl
import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from fieldbench.errors import UserError


def try_lock(path: Path) -> IO[str] | None:
    """Lock `path`, made if need be, for as long as the returned file is open; None while another process holds it.

    Raises:
        OSError: the file cannot be opened, or its file system has no locks.
    """
    try:
        return _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def wait_lock(path: Path) -> IO[str]:
    """Lock `path` as `try_lock` does, waiting for whoever holds it."""
    return _locked(path, fcntl.LOCK_EX)


def _locked(path: Path, operation: int) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - open for as long as the lock is held
    try:
        fcntl.flock(file, operation)
    except OSError:
        file.close()
        raise
    with suppress(OSError):  # on a full disk a lock without a name is still a lock
        file.truncate(0)
        file.write(signature())
        file.flush()
    return file


def signature() -> str:
    """This process, as others are told of it."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def holder(path: Path) -> str:
    """Who holds the lock `path`, or held it last."""
    return path.read_text(encoding="utf-8")


def private_folder(name: str) -> Path:
    """A folder that this user alone can enter, the same for all processes of the user on this machine.

    It lies in the temporary folder; where someone else has taken its name there, in XDG_RUNTIME_DIR. That is the second
    choice because a logout removes it, together with the locks of jobs that run on.

    Raises:
        UserError: both are taken or cannot be written to.
    """
    places = [
        Path(place) / name for place in (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR")) if place
    ]
    for folder in places:
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            if _is_own(folder):
                folder.chmod(0o700)
                return folder
    raise UserError(
        f"{places[0]} cannot be made or is not your own; let TMPDIR name a folder that only you can write to."
    )


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user's, no link, in which nobody else may have put anything."""
    state = folder.lstat()
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o022
