"""From a configuration entry to the code that it names: the file is the registration."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from fieldbench.errors import UserError

Part = TypeVar("Part")
FACTORY = {
    "encoders": "build",
    "networks": "build",
    "datasets": "load",
    "figures": "draw",
    "sparse/methods": "build",
    "compression/codecs": "build",
    "compression/standard": "build",
}


def known_types(kind: str) -> list[str]:
    """The types that exist under `fieldbench/<kind>/`: the files that define that kind's factory."""
    files = (Path(__file__).parent / kind).glob("[a-z]*.py")
    return sorted(
        file.stem for file in files if f"\ndef {FACTORY[kind]}(" in file.read_text(encoding="utf-8")
    )


def factory(kind: str, type_name: str) -> Callable[..., Any]:
    """The function that makes a `type_name` of `kind`.

    Raises:
        UserError: there is no such file; the message lists those that exist.
    """
    if type_name not in known_types(kind):
        raise UserError(f"Unknown type '{type_name}' in {kind}; known: {', '.join(known_types(kind))}.")
    module = f"fieldbench.{kind.replace('/', '.')}.{type_name}"
    return getattr(importlib.import_module(module), FACTORY[kind])


def build(kind: str, type_name: str, *args: Any, **params: Any) -> Any:
    """Call the factory of `type_name` with `params`.

    Raises:
        UserError: unknown type, or a parameter that the type does not take or lacks.
    """
    return make_part(
        f"Entry of type '{type_name}' in {kind}", factory(kind, type_name), *args, options=params
    )


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
