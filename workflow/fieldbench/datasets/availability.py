"""Whether a data set can be had, answered before any job runs. Standard library only."""

from pathlib import Path
from typing import Any

from fieldbench.datasets import _files
from fieldbench.errors import UserError


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
