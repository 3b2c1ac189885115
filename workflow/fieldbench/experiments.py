"""What exists, and what runs: the experiments that `run` names."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from fieldbench.errors import UserError
from fieldbench.models import Experiment, suggestion

Kind = TypeVar("Kind", bound=Experiment)


def selected(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The experiments that are run, in the configuration's order, as it writes them.

    An entry of `run` is a name, `area/name`, or a shell pattern of either.

    Raises:
        UserError: an entry matches none.
    """
    known = {name: f"{entry['area']}/{name}" for name, entry in config["experiments"].items()}
    chosen = set()
    for pattern in config["run"]:
        matching = {
            name for name, path in known.items() if fnmatchcase(name, pattern) or fnmatchcase(path, pattern)
        }
        if not matching:
            raise UserError(
                f"config: run: no experiment matches '{pattern}'; {suggestion(pattern, list(known))}."
            )
        chosen |= matching
    return {name: entry for name, entry in config["experiments"].items() if name in chosen}


def areas(config: Mapping[str, Any]) -> list[str]:
    """The areas of the experiments that are run."""
    return list(dict.fromkeys(entry["area"] for entry in selected(config).values()))


def of_area(config: Mapping[str, Any], area: str, model: type[Kind]) -> dict[str, Kind]:
    """The experiments of an area that are run."""
    return {name: model(**entry) for name, entry in selected(config).items() if entry["area"] == area}
