"""What claims are judged by: draws of the methods that they name, on the data that they are about."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, Self

from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import scale
from fieldbench.report.results import Study
from fieldbench.report.statistics import Comparison, Draws, Scale, compare_two
from fieldbench.report.tables import Key

Names = Sequence[str]
Metric = str | Names  # several are added up


class NotMeasured(Exception):
    """The tables do not hold what a claim needs; the message says what is missing.

    Attributes:
        why: a class of reasons, see `claims.CLASSES`, where more runs like these would not help; else empty.
    """

    def __init__(self, message: str, why: str = ""):
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Sample:
    """Draws of a method.

    Attributes:
        draws: of its metric.
        scale: on what they are compared.
        subject: the method in words, where a claim does not name it; begins a text.
    """

    draws: Draws
    scale: Scale
    subject: str = ""


@dataclass(frozen=True)
class Contrast:
    """A method against another.

    Attributes:
        comparison: of their metric.
        subject: the methods in words, where a claim does not name them; begins a text.
        over: on what they are compared, where that is more than the claim says; ends a text.
    """

    comparison: Comparison
    subject: str = ""
    over: str = ""


class Evidence:
    """The results of one area on the data set that a claim is about; areas with draws of their own derive from it.

    Args:
        study: the area's results.
        dataset: name of the data set, or a pattern where the area's claims are about several at once.

    Attributes:
        family: number of comparisons that intervals are simultaneous for, where a statement has several parts; None where
            each is as in the table that holds it.
    """

    default_metric = ""
    family: int | None = None

    def __init__(self, study: Study, dataset: str):
        self.study = study
        self.results = study.results
        self.dataset = dataset

    def among(self, family: int) -> Self:
        """The same evidence for one of several parts of a statement."""
        other = copy(self)
        other.family = family * (self.family or 1)
        return other

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

    def sample(self, method: str, metric: Metric, regime: str | None = None) -> Sample:
        """Draws of a method's metric.

        Raises:
            NotMeasured: it is missing.
        """
        key = self.measured(method, metric, regime)
        return Sample(self.total(key, metric), scale(names(metric)[0]))

    def contrast(
        self,
        of: str,
        over: str,
        metric: str,
        *,
        regimes: tuple[str | None, str | None] = (None, None),
        over_metric: str | None = None,
        no_worse_than: str | None = None,
    ) -> Contrast:
        """Method `of` against method `over` in a metric.

        Args:
            regimes: of each.
            over_metric: what is taken of `over`, where that is another metric.
            no_worse_than: method `of` must be as good as this one, in areas that know a quality.

        Raises:
            NotMeasured: one is missing, or `of` is worse.
        """
        key = self.measured(of, metric, regimes[0])
        reference = self.measured(over, over_metric or metric, regimes[1])
        if over_metric:
            draws = self.results.draws(key, metric), self.results.draws(reference, over_metric)
            return self.as_part(compare_two(*draws, scale(metric)))
        return self.as_part(self.study.comparison(key, reference, metric))

    def as_part(self, comparison: Comparison, subject: str = "", over: str = "") -> Contrast:
        """A comparison as one of the statement's parts."""
        family = self.family or comparison.family
        return Contrast(comparison.among(family), subject, over)

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        """The value of every seed of every metric of every method.

        Raises:
            NotMeasured: one is missing.
        """
        for method, metric in product(methods, metrics):
            key = self.measured(method, metric, regime)
            yield from map(float, sum(self.results.by_seed(key, name) for name in names(metric)))

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
