"""Whole files only: written under a temporary name and moved into place once complete."""

import errno
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fieldbench.errors import UserError

LITTLE_SPACE = 2**16  # bytes; a disk with less is called full
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
PARTIAL = ".partial-"  # how the names of temporary files begin


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; when the block ends without error it takes the place of `path`.

    The name keeps the suffix, because many writers choose the format by it. Nothing is left behind on an error.

    Raises:
        UserError: the folder cannot be written to, or the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f"{PARTIAL}{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    try:  # before the file exists, so that a signal at any moment leaves none
        _make(temporary, path)
        yield temporary
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # libraries hide a full disk in a RuntimeError
        full = getattr(error, "errno", None) in NO_SPACE or shutil.disk_usage(path.parent).free < LITTLE_SPACE
        if full:
            reason = "the disk is full"
        elif isinstance(error, OSError):
            reason = error.strerror or str(error)
        else:
            raise
        remedy = "Free some space and run again" if full else "Fix its permissions"
        raise UserError(f"Cannot write {path}: {reason}. {remedy}.") from error
    finally:
        with suppress(OSError):  # in place, or never made
            temporary.unlink()


def _make(temporary: Path, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(exist_ok=False)
    except OSError as error:
        remedy = "Choose a writable folder with free space."
        raise UserError(f"Cannot write {path}: {error.strerror}. {remedy}") from error


def remove_partial(folder: str | Path, seconds: float) -> None:
    """Remove, in `folder` and below, temporary files untouched for so many seconds: their writers were killed."""
    for file in Path(folder).rglob(f"{PARTIAL}*"):
        with suppress(FileNotFoundError):  # its writer lives and has just put it in place
            if time.time() - file.stat().st_mtime > seconds:
                file.unlink()


def save_text(text: str, path: str | Path) -> None:
    """Write UTF-8 text, atomically.

    Raises:
        UserError: see `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save_bytes(data: bytes, path: str | Path) -> None:
    """Write bytes, atomically.

    Raises:
        UserError: see `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)
