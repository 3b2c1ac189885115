"""What jobs hand to one another: files with a checksum beside each, so that damage is noticed before a file is used."""

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from fieldbench.errors import UserError
from fieldbench.files import save_text


def receive(inputs: Iterable[str]) -> None:
    """Compare files with the checksums beside them, where there are any, and date those from the future today.

    Snakemake removes what a job has made when an input is younger.

    Raises:
        UserError: a file is not what was written, or is dated in the future and not ours to date.
    """
    for file in map(Path, inputs):
        if _noted(file).exists() and _noted(file).read_text(encoding="utf-8") != _sum(file):
            raise UserError(
                f"{file} is damaged or was edited: its checksum is not that in {_noted(file)}; delete it and run again."
            )
        if file.stat().st_mtime > time.time():
            _date(file)


def withdraw(outputs: Iterable[str]) -> None:
    """Remove the checksums of files that are about to be written anew."""
    for file in outputs:
        _noted(Path(file)).unlink(missing_ok=True)


def deliver(outputs: Iterable[str]) -> None:
    """Write the checksums of files beside them; one that is missing is for Snakemake to say.

    Raises:
        UserError: see `files.replacing`.
    """
    for file in filter(Path.exists, map(Path, outputs)):
        save_text(_sum(file), _noted(file))


def _noted(file: Path) -> Path:
    return file.with_name(f".{file.name}.sha256")


def _sum(file: Path) -> str:
    """A line as `sha256sum` writes it and `sha256sum --check` reads it."""
    with file.open("rb") as content:
        return f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {file.name}\n"


def _date(file: Path) -> None:
    try:
        os.utime(file)
    except OSError as error:
        raise UserError(f"{file} is dated in the future; `touch` it, or set the clock right.") from error
