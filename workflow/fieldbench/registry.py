"""From a configuration entry to the code that it names: the file is the registration."""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

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
    function = factory(kind, type_name)
    try:
        inspect.signature(function).bind(*args, **params)
    except TypeError as error:
        takes = ", ".join(inspect.signature(function).parameters)
        raise UserError(f"Entry of type '{type_name}' in {kind}: {error}; it takes: {takes}.") from error
    return function(*args, **params)
