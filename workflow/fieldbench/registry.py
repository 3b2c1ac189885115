"""From a configuration entry to the code that it names: the file is the registration."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, overload

from fieldbench.errors import UserError

Part = TypeVar("Part")
FACTORY = {  # last folder of a kind -> the function that its files define
    "encoders": "build",
    "networks": "build",
    "datasets": "load",
    "figures": "draw",
    "methods": "build",
    "codecs": "build",
    "standard": "build",
    "inversion": "invert",
    "fields": "build",
}


def areas() -> list[str]:
    """The areas that exist: the folders with a `plan.py`."""
    return sorted(file.parent.name for file in Path(__file__).parent.glob("*/plan.py"))


def part(area: str, name: str) -> ModuleType:
    """A module of an area, such as "plan" or "report.page"; where the area has none, the one that the house has for all."""
    return importlib.import_module(f"fieldbench.{part_name(area, name)}")


def part_name(area: str, name: str) -> str:
    """The dotted name below `fieldbench` of the module that `part` gives."""
    own = Path(__file__).parent.joinpath(area, *name.split(".")).with_suffix(".py")
    return f"{area}.{name}" if own.exists() else name


def factory_name(kind: str) -> str:
    """The function that every file of a kind defines; a kind is a folder, such as "encoders" or "sparse/methods"."""
    return FACTORY[kind.rpartition("/")[2]]


def known_types(kind: str) -> list[str]:
    """The types that exist under `fieldbench/<kind>/`: the files that define that kind's factory."""
    files = (Path(__file__).parent / kind).glob("[a-z]*.py")
    return sorted(
        file.stem for file in files if f"\ndef {factory_name(kind)}(" in file.read_text(encoding="utf-8")
    )


def source(kind: str, type_name: str) -> ast.Module:
    """The syntax tree of a type's file, for what must be known without running it.

    Raises:
        UserError: there is no such file; the message lists those that exist.
    """
    if type_name not in known_types(kind):
        raise UserError(f"Unknown type '{type_name}' in {kind}; known: {', '.join(known_types(kind))}.")
    file = Path(__file__).parent / kind / f"{type_name}.py"
    return ast.parse(file.read_text(encoding="utf-8"))


def constant(kind: str, type_name: str, name: str) -> Any:
    """The value of a constant that a type's file defines, such as CAPTION.

    Raises:
        KeyError: it does not.
        UserError: unknown type.
    """
    for node in source(kind, type_name).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    raise KeyError(f"{kind}/{type_name}.py defines no {name}")


def option_meanings(kind: str, type_name: str) -> dict[str, str]:
    """Parameter -> what the docstring of the type's factory says of it, in its section Args.

    Raises:
        UserError: unknown type.
    """
    body = source(kind, type_name).body
    found = next(
        node for node in body if isinstance(node, ast.FunctionDef) and node.name == factory_name(kind)
    )
    section = (ast.get_docstring(found) or "").partition("\nArgs:\n")[2].partition("\n\n")[0]
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n      .*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}


def factory(kind: str, type_name: str) -> Callable[..., Any]:
    """The function that makes a `type_name` of `kind`.

    Raises:
        UserError: there is no such file; the message lists those that exist.
    """
    source(kind, type_name)
    module = f"fieldbench.{kind.replace('/', '.')}.{type_name}"
    return getattr(importlib.import_module(module), factory_name(kind))


def build(kind: str, type_name: str, *args: Any, **params: Any) -> Any:
    """Call the factory of `type_name` with `params`.

    Raises:
        UserError: unknown type, or a parameter that the type does not take or lacks.
    """
    return make_part(
        f"Entry of type '{type_name}' in {kind}", factory(kind, type_name), *args, options=params
    )


@overload
def make_part(key: str, factory: Callable[..., Part], *args: Any, options: Mapping[str, Any]) -> Part: ...
@overload
def make_part(
    key: str, factory: Callable[..., Part], *args: Any, options: Mapping[str, Any] | None
) -> Part | None: ...
def make_part(
    key: str, factory: Callable[..., Part], *args: Any, options: Mapping[str, Any] | None
) -> Part | None:
    """Build what the configuration's `options` under `key` describe; None without options.

    Raises:
        UserError: an option that the factory does not take, or lacks.
    """
    if options is None:
        return None
    try:
        inspect.signature(factory).bind(*args, **options)
    except TypeError as error:
        takes = list(inspect.signature(factory).parameters)[len(args) :]
        raise UserError(f"{key}: {error}; it takes: {', '.join(takes)}.") from error
    return factory(*args, **options)


def check_word(key: str, word: Any, words: Iterable[Any]) -> None:
    """Raise a UserError that lists the words if `word` is none of them."""
    if word not in words:
        raise UserError(f"Unknown {key} '{word}'; known: {', '.join(map(str, words))}.")
