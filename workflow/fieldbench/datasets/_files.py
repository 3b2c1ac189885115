"""Files that data sets are made from: pinned ones, looked up, fetched and checked; and people's own.

Standard library only, but for pooch at the moment of a download: every dry run asks what is available.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
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
    """`FILES` of a data set's module, read from its source: planning must not load the numerical libraries.

    `FILES` may be made from the module's literal constants and the `FILES` of other data sets that it imports; a module
    without `FILES` needs no file.

    Raises:
        UserError: there is no such module.
    """
    return _constants(type_name).get("FILES", ())


def needed(type_name: str, params: Mapping[str, Any]) -> tuple[PinnedFile, ...]:
    """Those of `declared` that a data set with `params` is made from: all of them, or one.

    A module of which each data set is made from one file names, as `FILE_NUMBER`, the parameter that says which.

    Raises:
        UserError: see `declared` and `numbered`.
    """
    constants = _constants(type_name)
    files, key = constants.get("FILES", ()), constants.get("FILE_NUMBER")
    return (numbered(files, params[key], key),) if key in params else files


def numbered(files: Sequence[PinnedFile], number: int, key: str) -> PinnedFile:
    """The file that `number`, the parameter `key`, stands for; the first is 1.

    Raises:
        UserError: there is no such file.
    """
    if not 1 <= number <= len(files):
        raise UserError(f"`{key}` of a data set is {number}; it must be 1 to {len(files)}.")
    return files[number - 1]


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


def _constants(type_name: str) -> dict[str, Any]:
    """The constants of a data set's module up to `FILES`, without running the module."""
    module = Path(__file__).parent / f"{type_name}.py"
    if not module.exists():
        raise UserError(
            f"Unknown type '{type_name}' in datasets: there is no fieldbench/datasets/{type_name}.py."
        )
    constants: dict[str, Any] = {"PinnedFile": PinnedFile}
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module == "fieldbench.datasets":
            public = [alias.name for alias in node.names if not alias.name.startswith("_")]
            constants |= {name: SimpleNamespace(FILES=declared(name)) for name in public}
        elif isinstance(node, ast.Assign) and (name := ast.unparse(node.targets[0])) == "FILES":
            constants[name] = eval(compile(ast.Expression(node.value), str(module), "eval"), constants)
        elif isinstance(node, ast.Assign) and _is_literal(node.value):
            constants[name] = ast.literal_eval(node.value)
    return constants


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


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
