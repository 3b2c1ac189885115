"""Whether a data set can be had, answered before any job runs. Standard library only."""

from typing import Any

from fieldbench.datasets import _files
from fieldbench.errors import UserError


def unavailable(type_name: str, *, data_root: str | None, download: bool, **params: Any) -> str | None:
    """Why a data set cannot be had here, as one sentence with the remedy; None where it can.

    Pinned files count as present where they lie in `data_root` or in the cache, or may be downloaded; their
    checksums are checked when they are read. A user's own file, the parameter `path`, must exist.

    Args:
        type_name: file in `fieldbench/datasets`.
        data_root: folder that is looked in first.
        download: whether files may be downloaded.
        params: the other parameters of the data set's `load`.

    Raises:
        UserError: no such type.
    """
    if reason := _files.missing(_files.declared(type_name), data_root=data_root, download=download):
        return reason
    try:
        if "path" in params:
            _files.own_file(params["path"], data_root)
    except UserError as error:
        return str(error)
    return None
