"""What claims are judged by: draws of the methods that they name, on the data that they are about."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import numpy as np

from fieldbench.report.formatting import method_name
from fieldbench.report.results import Study
from fieldbench.report.statistics import Draws
from fieldbench.report.tables import Key

Names = Sequence[str]
Metric = str | Names  # several are added up
Needs = Sequence[tuple[str, Metric]]  # a method and what is asked of it
Regimes = Sequence[str | None]


class NotMeasured(Exception):
    """The tables do not hold what a claim needs; the message says what is missing."""


@dataclass(frozen=True)
class Sample:
    """Draws of several methods, paired where they share what they were drawn over.

    Attributes:
        draws: of each method.
        subject: the methods in words, where a claim names them by patterns; begins a text.
        over: what the draws are over or on, where that is more than the claim says; ends a text.
    """

    draws: tuple[Draws, ...]
    subject: str = ""
    over: str = ""


class Evidence:
    """The results of one area on the data set that a claim is about; areas with draws of their own derive from it.

    Args:
        study: the area's results.
        dataset: name of the data set, or a pattern where the area's claims are about several at once.
    """

    default_metric = ""

    def __init__(self, study: Study, dataset: str):
        self.study = study
        self.results = study.results
        self.dataset = dataset

    def require_data(self) -> None:
        """Check that the data set was not skipped.

        Raises:
            NotMeasured: it was, with the reason.
        """
        if reason := self.results.absent.get(self.dataset):
            raise NotMeasured(f"{self.dataset}: {reason}")

    def key(self, method: str, regime: str | None) -> Key:
        """The run of a method in a regime.

        Raises:
            NotMeasured: it was not planned, or the data set was skipped.
        """
        self.require_data()
        key = Key(self.dataset, regime or "", method)
        if key not in self.results.keys:
            raise NotMeasured(f"{method_name(method)} was not run in regime {regime} on {self.dataset}")
        return key

    def measured(self, method: str, metric: Metric, regime: str | None) -> Key:
        """A run that has every one of the metrics.

        Raises:
            NotMeasured: one is missing; with the reason where the run failed.
        """
        key = self.key(method, regime)
        for name in names(metric):
            if not self.results.has(key, name):
                reason = self.results.failed(key) or f"no {name} on {key.dataset}"
                raise NotMeasured(f"{method_name(method)} ({key.regime}): {reason}")
        return key

    def total(self, key: Key, metric: Metric) -> Draws:
        """The sum of the metrics of a run, by draw."""
        return sum(self.results.draws(key, name) for name in names(metric))

    def sample(self, needs: Needs, regimes: Regimes = (None,), no_worse_than: str | None = None) -> Sample:
        """Draws of each method's metric; the last regime stands for those that follow.

        Args:
            needs: method and metric of each.
            regimes: of each.
            no_worse_than: the first method must be as good as this one, in areas that know a quality.

        Raises:
            NotMeasured: one is missing, or the first method is worse.
        """
        places = [*regimes, *[regimes[-1]] * (len(needs) - len(regimes))]
        keys = [self.measured(*need, regime) for need, regime in zip(needs, places, strict=True)]
        return Sample(tuple(self.total(key, metric) for key, (_, metric) in zip(keys, needs, strict=True)))

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        """Every single value of every metric of every method.

        Raises:
            NotMeasured: one is missing.
        """
        for method, metric in product(methods, metrics):
            key = self.measured(method, metric, regime)
            yield from map(float, np.atleast_1d(self.total(key, metric)))

    def matching(self, methods: Metric) -> list[str]:
        """The planned methods that match one of the patterns.

        Raises:
            NotMeasured: a pattern matches none.
        """
        planned = dict.fromkeys(key.method for key in self.results.select(self.dataset))
        matching: dict[str, None] = {}
        for pattern in names(methods):
            chosen = [name for name in planned if fnmatchcase(name, pattern)]
            if not chosen:
                raise NotMeasured(f"{method_name(pattern)} was not run on {self.dataset}")
            matching |= dict.fromkeys(chosen)
        return list(matching)


def names(named: str | Sequence[str]) -> list[str]:
    """One or several names as a list."""
    return [named] if isinstance(named, str) else list(named)


KINDS: dict[str, Callable[..., Any]] = {}  # of claims that only one area can measure; see `claim_kinds`
