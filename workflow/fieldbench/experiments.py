"""What exists, and what runs: the experiments that `run` names."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import yaml

from fieldbench.errors import UserError
from fieldbench.models import Experiment, suggestion, unknown

Kind = TypeVar("Kind", bound=Experiment)


def selected(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The experiments that are run, as the configuration writes them, in the order in which `run` names them.

    An entry of `run` is a name, `area/name`, or a shell pattern of either.

    Raises:
        UserError: an entry matches none.
    """
    known = config["experiments"]
    chosen: dict[str, dict[str, Any]] = {}
    for pattern in config["run"]:
        names = [
            name
            for name, entry in known.items()
            if fnmatchcase(name, pattern) or fnmatchcase(f"{entry['area']}/{name}", pattern)
        ]
        if not names:
            raise UserError(
                f"config: run: no experiment matches '{pattern}'; {suggestion(pattern, list(known))}."
            )
        chosen |= {name: known[name] for name in names}
    return chosen


def areas(config: Mapping[str, Any]) -> list[str]:
    """The areas of the experiments that are run."""
    return list(dict.fromkeys(entry["area"] for entry in selected(config).values()))


def of_catalogue(config: Mapping[str, Any], area: str, catalogues: Iterable[str | Path]) -> bool:
    """Whether an area's experiments that are run are about data of the catalogue; else all data are the user's own.

    Args:
        catalogues: the files of all areas.
    """
    known: set[str] = set()
    for file in catalogues:
        entries = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        known |= {*entries.get("datasets", {}), *entries.get(Path(file).stem, {}).get("tasks", {})}
    asked = (name for entry in selected(config).values() if entry["area"] == area for name in entry["data"])
    return any(name in known for name in asked)


def of_area(
    config: Mapping[str, Any], area: str, model: type[Kind], methods: Collection[str] = ()
) -> dict[str, Kind]:
    """The experiments of an area that are run; where its `methods` are given, with their names for patterns."""
    found = {name: model(**entry) for name, entry in selected(config).items() if entry["area"] == area}
    if not methods:
        return found
    return {
        name: entry.model_copy(update={"methods": matching(entry.methods, methods)})
        for name, entry in found.items()
    }


def matching(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names that match one of the shell patterns, in the order of the patterns."""
    names = list(names)
    return list(dict.fromkeys(name for pattern in patterns for name in names if fnmatchcase(name, pattern)))


def unmatched(patterns: Iterable[str], names: Collection[str], key: str) -> Iterator[str]:
    """A fault for each of the patterns in the entry `key` that no name matches."""
    return unknown((pattern for pattern in patterns if not matching([pattern], names)), names, key)


def faults(config: Mapping[str, Any], area: str, methods: Collection[str]) -> Iterator[str]:
    """Names in an area's experiments and figures that lead nowhere, where its `data` are data sets.

    Args:
        config: the whole configuration.
        area: whose they are.
        methods: those that it has.
    """
    for name, entry in config["experiments"].items():
        if entry["area"] == area:
            yield from unknown(entry["data"], config["datasets"], f"experiments.{name}.data")
            yield from unmatched(entry["methods"], methods, f"experiments.{name}.methods")
            yield from unknown(
                filter(None, [entry.get("reference")]), methods, f"experiments.{name}.reference"
            )
    for name, entry in config[area]["figures"].items():
        for word, known in (("experiment", config["experiments"]), ("dataset", config["datasets"])):
            if word in (shown := entry.get("with", {})):
                yield from unknown([shown[word]], known, f"{area}.figures.{name}.with.{word}")
