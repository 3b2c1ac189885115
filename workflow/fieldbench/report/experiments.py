"""Experiments of the configuration, as far as they were run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

WORDS = ("data", "methods")  # of an entry: what it runs on, and what it runs


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
    entries: Mapping[str, Mapping[str, Any]],
    has: Callable[[str, str, str], bool],
    words: tuple[str, str] = WORDS,
) -> dict[str, Experiment]:
    """The experiments of which something was measured.

    Args:
        entries: experiment -> lists of data sets and methods, perhaps `title`, `answers` and `reference`.
        has: whether an experiment, a data set and a method have results.
        words: the keys of both lists.
    """
    found = {name: _measured(name, entry, partial(has, name), words) for name, entry in entries.items()}
    return {name: experiment for name, experiment in found.items() if experiment}


def _measured(
    name: str, entry: Mapping[str, Any], has: Callable[[str, str], bool], words: tuple[str, str]
) -> Experiment | None:
    pairs = [pair for pair in product(*(entry[word] for word in words)) if has(*pair)]
    if not pairs:
        return None
    data, methods = (
        tuple(name for name in dict.fromkeys(entry[word]) if name in with_results)
        for word, with_results in zip(words, zip(*pairs, strict=True), strict=True)
    )
    reference = entry.get("reference")
    return Experiment(
        name=name,
        title=entry.get("title") or name,
        answers=entry.get("answers", ""),
        data=data,
        methods=methods,
        reference=reference if reference in methods else methods[0],
        entry=entry,
    )
