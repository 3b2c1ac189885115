"""Files that data sets are made from: pinned ones, looked up, fetched and checked; and people's own.

Standard library only, but for pooch at the moment of a download: every dry run asks what is available.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError


class DownloadFailed(UserError):
    """A file could not be fetched now; later it may be."""


@dataclass(frozen=True)
class PinnedFile:
    """A public file, fixed by its checksum.

    Attributes:
        path: relative to the data folder, with forward slashes.
        url: an address that names a commit, so that it always gives the same bytes.
        checksum: "sha256:<hex>", or "git-blob:<hex>" for a file known only by its identifier in git.
        licence: under which it may be used.
        source: who made it and where it stands, for people.
    """

    path: str
    url: str
    checksum: str
    licence: str
    source: str


def checksum(path: Path, algorithm: str) -> str:
    """Checksum of a file in the form of `PinnedFile.checksum`; `algorithm` is "sha256" or "git-blob".

    A git blob's identifier is the SHA-1 of "blob <size>", a zero byte and the content (Git's object format).
    """
    content = path.read_bytes()
    if algorithm == "git-blob":
        blob = b"blob %d\0" % len(content) + content
        return "git-blob:" + hashlib.sha1(blob, usedforsecurity=False).hexdigest()
    return "sha256:" + hashlib.sha256(content).hexdigest()


def locate(file: PinnedFile, *, data_root: str | None, download: bool) -> Path:
    """The path of `file`, checked: in the folder `data_root`, in the cache, or downloaded into the cache.

    Raises:
        UserError: the file cannot be had, or its content is not the pinned one.
    """
    if reason := missing((file,), data_root=data_root, download=download):
        raise UserError(reason)
    path = _find(file, data_root) or _download(file)
    found = checksum(path, file.checksum.split(":")[0])
    if found != file.checksum:
        raise UserError(
            f"{path} is not the pinned file: expected {file.checksum}, found {found}. "
            f"Delete it, so that it is fetched again, or replace it by {file.url}."
        )
    return path


def missing(files: Iterable[PinnedFile], *, data_root: str | None, download: bool) -> str | None:
    """Why one of `files` cannot be had, with the remedy; None where all are present or downloadable."""
    for file in files:
        if not download and _find(file, data_root) is None:
            folder = data_root or "a folder that `data_root` names"
            return (
                f"{file.path} is missing and downloading is off: set `download: true`, "
                f"or save {file.url} as {file.path} in {folder}."
            )
    return None


def declared(type_name: str) -> tuple[PinnedFile, ...]:
    """The files that data sets of a type are made from, as `sources.toml` names them; none where it names none.

    Raises:
        UserError: there is no such type.
    """
    source = _source(type_name)
    shared = {key: value for key, value in source.items() if key not in ("files", "choice")}
    return tuple(_pinned(**{**shared, **file}) for file in source.get("files", ()))


def needed(type_name: str, params: Mapping[str, Any]) -> tuple[PinnedFile, ...]:
    """Those of `declared` that a data set with `params` is made from: all of them, or the one that a parameter chooses.

    Raises:
        UserError: there is no such type, or no such file of it.
    """
    files, key = declared(type_name), _source(type_name).get("choice")
    if key not in params:
        return files
    if not 1 <= params[key] <= len(files):
        raise UserError(f"`{key}` of a data set is {params[key]}; it must be 1 to {len(files)}.")
    return files[params[key] - 1 : params[key]]


def provenance(*files: PinnedFile) -> dict[str, str]:
    """The attributes `source`, `licence` and `file_checksums` of a data set made from `files`."""
    return {
        "source": _lines(file.source for file in files),
        "licence": _lines(file.licence for file in files),
        "file_checksums": _lines(f"{file.path} {file.checksum}" for file in files),
    }


def own_file(path: str, data_root: str | None) -> Path:
    """The path of a file of the user's: as it stands, or relative to the folder `data_root`.

    Raises:
        UserError: it exists in neither place.
    """
    candidates = [Path(path).expanduser(), *([Path(data_root) / path] if data_root else [])]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    tried = " nor ".join(str(candidate) for candidate in candidates)
    raise UserError(f"There is no file {tried}; correct `path` of the data set, or put the file there.")


def own_provenance(path: Path) -> dict[str, str]:
    """The attributes of `provenance` for a file of the user's."""
    return {
        "source": path.name,
        "licence": "the user's own",
        "file_checksums": f"{path.name} {checksum(path, 'sha256')}",
    }


def _source(type_name: str) -> dict[str, Any]:
    """What `sources.toml` says about a type."""
    if not Path(__file__).with_name(f"{type_name}.py").exists():
        raise UserError(
            f"Unknown type '{type_name}' in datasets: there is no fieldbench/datasets/{type_name}.py."
        )
    source = _sources().get(type_name, {})
    return _source(source) if isinstance(source, str) else source


@cache
def _sources() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))


def _pinned(*, folder: str, address: str, name: str, remote: str | None = None, **about: str) -> PinnedFile:
    return PinnedFile(f"{folder}/{name}", f"{address}/{remote or name}", **about)


def _lines(values: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(values))


def _find(file: PinnedFile, data_root: str | None) -> Path | None:
    folders = [*([Path(data_root)] if data_root else []), cache_folder()]
    return next((folder / file.path for folder in folders if (folder / file.path).is_file()), None)


def cache_folder() -> Path:
    """The folder for downloaded files: the operating system's cache of the user."""
    import pooch  # costs a tenth of a second, and only planning without downloads comes here

    return Path(pooch.os_cache("fieldbench"))


def _download(file: PinnedFile) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    target = cache_folder() / file.path
    try:
        pooch.retrieve(file.url, known_hash=None, fname=target.name, path=target.parent)
    except OSError as error:
        raise DownloadFailed(
            f"Cannot download {file.url}: {error}. "
            f"Check the network, or save that file as {file.path} in `data_root`."
        ) from error
    return target
