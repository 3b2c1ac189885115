"""What commands share that hand a file over: the target, the study that is left beside it, and options of a command line."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fieldbench import files
from fieldbench.errors import UserError

STUDIES = (".yaml", ".yml")
HEAD = """# Written by `fieldbench {command}` (unedited: {mark}). It may be edited, and run again by
#   fieldbench {command} {name}
# {keys}
"""


def require_target(target: Path, suffixes: Sequence[str], inputs: Iterable[Path]) -> None:
    """Check, before anything runs, that a target can be written.

    Raises:
        UserError: a suffix that is not known, one of the inputs, a folder, or a file that is read-only.
    """
    if target.suffix.lower() not in suffixes:
        known = " or ".join(filter(None, [", ".join(suffixes[:-1]), suffixes[-1]]))
        raise UserError(f"{target} must end in {known}; choose its name by -o.")
    if target.resolve() in {path.resolve() for path in inputs}:
        raise UserError(f"{target} is what it would be made from; choose another name by -o.")
    if target.is_dir():
        raise UserError(f"{target} is a folder; choose another name by -o.")
    if target.exists() and not target.stat().st_mode & 0o222:
        raise UserError(f"{target} is read-only; make it writable, or choose another name by -o.")


def write_study(path: Path, study: Mapping[str, Any], command: str, keys: str) -> None:
    """Write a study that can be run again; one that was edited is not overwritten.

    Args:
        path: of the study.
        study: its content.
        command: that runs it.
        keys: a sentence on where its keys are described.

    Raises:
        UserError: the folder cannot be written to, or a study there was edited.
    """
    body = yaml.safe_dump(dict(study), sort_keys=False, default_flow_style=None, width=110)
    _keep_edits(path, body, command)
    files.save_text(HEAD.format(command=command, mark=_mark(body), name=path, keys=keys) + body, path)


def read_study(path: Path) -> Any:
    """What a study holds.

    Raises:
        UserError: the file is missing or no YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read as a study ({error}); correct it.") from error


def assigned(words: Iterable[str]) -> dict[str, Any]:
    """What words of a command line give, each KEY=VALUE, the value as YAML has it.

    Raises:
        UserError: another form.
    """
    given = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not key or not equals:
            raise UserError(f"--set {word} has not the form KEY=VALUE, such as hdu=1.")
        given[key] = value(text)
    return given


def value(word: str) -> Any:
    """A word of a command line as YAML has it.

    Raises:
        UserError: it is no value.
    """
    try:
        return yaml.safe_load(word)
    except yaml.YAMLError as error:
        raise UserError(f"{word} is no value of YAML ({error}); correct it.") from error


def _keep_edits(path: Path, body: str, command: str) -> None:
    if not path.exists():
        return
    old = path.read_text(encoding="utf-8")
    lines = old.splitlines(keepends=True)
    written = "".join(line for line in lines if not line.startswith("#"))
    if f"unedited: {_mark(written)}" not in old and written != body:
        raise UserError(
            f"{path} was edited, and is not overwritten: run it by `fieldbench {command} {path}`, or choose another output "
            "by -o."
        )


def _mark(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]
