"""Experiments of the configuration, as far as they were run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from fieldbench.report.formatting import plain


@dataclass(frozen=True)
class Experiment:
    """What was run of an experiment.

    Attributes:
        name: its key.
        title: its heading.
        answers: the question that it answers.
        data: data sets with results.
        methods: those with results on one of them.
        reference: method that others are compared with.
        entry: all that the configuration says of it.
    """

    name: str
    title: str
    answers: str
    data: tuple[str, ...]
    methods: tuple[str, ...]
    reference: str
    entry: Mapping[str, Any]


def measured(
    entries: Mapping[str, Mapping[str, Any]], has: Callable[[str, str, str], bool]
) -> dict[str, Experiment]:
    """The experiments of which something was measured.

    Args:
        entries: experiment -> `data` and `methods`, perhaps `title`, `answers` and `reference`.
        has: whether an experiment, a data set and a method have results.
    """
    found = {name: _measured(name, entry, partial(has, name)) for name, entry in entries.items()}
    return {name: experiment for name, experiment in found.items() if experiment}


def _measured(name: str, entry: Mapping[str, Any], has: Callable[[str, str], bool]) -> Experiment | None:
    pairs = [pair for pair in product(entry["data"], entry["methods"]) if has(*pair)]
    if not pairs:
        return None
    data = tuple(dict.fromkeys(dataset for dataset, _ in pairs))
    measured = {method for _, method in pairs}
    methods = tuple(method for method in dict.fromkeys(entry["methods"]) if method in measured)
    reference = entry.get("reference")
    return Experiment(
        name=name,
        title=plain(entry.get("title") or name),
        answers=plain(entry.get("answers", "")),
        data=data,
        methods=methods,
        reference=str(reference) if reference in methods else methods[0],
        entry=entry,
    )
