"""Whether a data set can be had, answered before any job runs. Standard library only."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fieldbench.datasets import _files
from fieldbench.errors import UserError
from fieldbench.files import save_text


def unavailable(type_name: str, *, data_root: str | None, download: bool, **params: Any) -> str | None:
    """Why a data set cannot be had here, as one sentence with the remedy; None where it can.

    Pinned files count as present where they lie in `data_root` or in the cache, or may be downloaded; their
    checksums are checked when they are read. A user's own files, the parameter `path`, must exist.

    Args:
        type_name: file in `fieldbench/datasets`.
        data_root: folder that is looked in first.
        download: whether files may be downloaded.
        params: the other parameters of the data set's `load`.

    Raises:
        UserError: no such type, or no such file of it.
    """
    if reason := _files.missing(_files.needed(type_name, params), data_root=data_root, download=download):
        return reason
    try:
        paths = params.get("path", [])
        for path in [paths] if isinstance(paths, str) else paths:
            _files.own_files(path, data_root)
    except UserError as error:
        return str(error)
    return None


def failed_download(data_file: str | Path) -> str | None:
    """Why an earlier run could not download what `data_file` is made from, noted beside it; None where none failed."""
    note = note_of_failed_download(data_file)
    return f"{note.read_text(encoding='utf-8')} (Delete {note} to try again.)" if note.exists() else None


def note_of_failed_download(data_file: str | Path) -> Path:
    """The file that says why the download failed."""
    return Path(data_file).with_suffix(".unavailable")


def refusal(data_file: str | Path, made_from: Sequence[Any]) -> str | None:
    """Why the data were refused when they were last read, as long as they are made from the same; None else.

    Args:
        data_file: the file that they were to be written to.
        made_from: what decides about them: options, checksums of files, and of code.
    """
    note = note_of_refusal(data_file)
    if not note.exists():
        return None
    said = json.loads(note.read_text(encoding="utf-8"))
    same = said["made_from"] == json.loads(json.dumps(made_from))
    return said["reason"] if same else None


def refuse(data_file: str | Path, made_from: Sequence[Any], reason: str) -> None:
    """Note that data were refused, for the next run to go on without them; see `refusal`."""
    said = {"reason": reason, "made_from": made_from}
    save_text(json.dumps(said, indent=1), note_of_refusal(data_file))


def note_of_refusal(data_file: str | Path) -> Path:
    """The file that says why the data were refused."""
    return Path(data_file).with_suffix(".refused")
