"""What a data set was made from, by content: an edit of a file is noticed, a move is none, and a deletion loses nothing.

Standard library only: every dry run asks. The note beside a data file says of each raw file which checksum it had and
when it was seen, so that nothing is read again that has not been touched.
"""

import json
import os
from collections.abc import Iterator, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from fieldbench.datasets import _cameras, _files
from fieldbench.files import save_text

FOLLOWED = {"scene_transforms": _cameras.files}  # type -> the files that a file of its names


def own_files(entry: Mapping[str, Any], data_root: str | None) -> list[Path]:
    """The user's files that the options of a data set name: each text that leads to some, with what they name.

    Args:
        entry: `type` and `with` of the data set.
        data_root: folder that they may be relative to.
    """
    folders = [Path(), *([Path(data_root)] if data_root else [])]
    found: dict[Path, None] = {}
    for text in _texts(entry.get("with", {})):
        pattern = os.path.expanduser(text.partition("#")[0])
        matches = (sorted(glob(str(folder / pattern))) for folder in folders)
        found |= dict.fromkeys(Path(name) for name in next(filter(None, matches), []) if Path(name).is_file())
    follow = FOLLOWED.get(entry["type"])
    more = [other for file in found for other in follow(file)] if follow else []
    return list(dict.fromkeys([*found, *more]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.partition("#")[0]:
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def checksums(entry: Mapping[str, Any], data_root: str | None, data_file: str | Path) -> list[str]:
    """The checksums of `own_files`, in their order; of a file that is as the note of `data_file` saw it, from there."""
    seen = _note(data_file).get("files", {})
    return [
        _checked(file, seen.get(str(file.resolve()), {}))["checksum"] for file in own_files(entry, data_root)
    ]


def note(entry: Mapping[str, Any], data_root: str | None, data_file: str | Path) -> None:
    """Write down beside `data_file` what it is made from; called before that is read, so that no later edit is missed."""
    files = {str(file.resolve()): _checked(file, {}) for file in own_files(entry, data_root)}
    save_text(json.dumps({"entry": _made_from(entry), "files": files}), _note_file(data_file))


def prepared(entry: Mapping[str, Any], data_file: str | Path) -> bool:
    """Whether `data_file` exists and was made as `entry` says, from whatever files there were then."""
    return Path(data_file).exists() and _note(data_file).get("entry") == _made_from(entry)


def _made_from(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Type and options as JSON gives them back."""
    return json.loads(json.dumps({"type": entry["type"], "with": entry.get("with", {})}))


def _checked(file: Path, seen: Mapping[str, Any]) -> dict[str, Any]:
    """Checksum and marks of a file. No edit leaves all marks: the last change of an inode's state cannot be set back."""
    state = file.stat()
    marks = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    known = seen.get("checksum") if seen.get("marks") == marks else None
    return {"checksum": known or _files.checksum(file, "sha256"), "marks": marks}


def _note_file(data_file: str | Path) -> Path:
    return Path(data_file).with_suffix(".sources.json")


def _note(data_file: str | Path) -> dict[str, Any]:
    """What the note says; nothing where there is none that can be read."""
    try:
        return json.loads(_note_file(data_file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
