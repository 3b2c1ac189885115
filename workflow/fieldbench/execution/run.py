"""The start of a run: one at a time per results folder."""

from pathlib import Path
from typing import IO

from fieldbench.errors import UserError
from fieldbench.execution.locks import holder, try_lock
from fieldbench.files import remove_partial, save_text

SECONDS_TO_LEFTOVER = 3600.0  # then a temporary file is a killed job's; a cluster's jobs may still run

_held: list[IO[str]] = []  # open until the process ends


def begin(results: Path) -> None:
    """Check the results folder, and lock it until this process ends.

    What killed jobs left half-written is removed once it is an hour old.

    Snakemake's own lock outlives a run that was killed and must then be removed by hand; this one the kernel frees.

    Raises:
        UserError: the folder cannot be written, or another run is writing to it.
    """
    probe = results / ".writable"
    save_text("it can be written", probe)  # or says what is wrong with the folder
    probe.unlink(missing_ok=True)
    if lock := _lock(results / ".lock"):
        _held.append(lock)
    remove_partial(results, SECONDS_TO_LEFTOVER)


def _lock(path: Path) -> IO[str] | None:
    try:
        lock = try_lock(path)
    except OSError:  # a file system without locks: nothing keeps two runs apart there
        return None
    if lock is None:
        raise UserError(f"Another run ({holder(path)}) is writing to {path.parent}; wait for it or stop it.")
    return lock
