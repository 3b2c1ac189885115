"""The recommended method for each component of the field."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldbench.report.statistics import Comparison
from fieldbench.report.tables import Key, Results


@dataclass(frozen=True)
class Component:
    """A part of the field that is inferred, and by what it is judged.

    Attributes:
        label: its name in text.
        misfit: metric of the misfit at held-out pixels.
        truth: metrics of its error against the true field.
    """

    label: str
    misfit: str
    truth: tuple[str, ...]


COMPONENTS = {
    "b_los": Component("B_los", "held_out_b_los_chi2", ("b_los_rmse_gauss",)),
    "b_qu": Component(
        "B_Q, B_U", "held_out_b_qu_chi2", ("b_transverse_rmse_gauss", "azimuth_median_error_degree")
    ),
}


@dataclass(frozen=True)
class Choice:
    """The method with the lowest held-out misfit, and what is known about the others.

    Attributes:
        component: what was chosen for.
        best: the recommended method.
        second: the next in rank, None where there is no other.
        cost: the second against the best in held-out misfit.
        equals: methods told apart from the best neither by misfit nor by true error, in rank order.
        count: number of methods ranked.
    """

    component: Component
    best: Key
    second: Key | None
    cost: Comparison | None
    equals: list[Key]
    count: int


def choose(results: Results, dataset: str, component: Component) -> Choice | None:
    """The recommendation for one component of one data set; None where no run finished."""
    ranked = results.ranking(dataset, component.misfit)
    if not ranked:
        return None
    best, *others = ranked
    compared = results.compare(others, best, [component.misfit])
    by_truth = results.compare(others, best, component.truth)
    verdicts = {**compared, **by_truth}
    worse = {key for (key, _), comparison in verdicts.items() if comparison.verdict == "worse"}
    equals = [key for key in others if key not in worse]
    second = others[0] if others else None
    cost = compared[second, component.misfit] if second else None
    return Choice(component, best, second, cost, equals, len(ranked))


def best(results: Results, dataset: str, metric: str, trained: bool) -> Key | None:
    """The best in a metric of the methods that are trained, or of the others; None where none finished."""
    ranked = results.ranking(dataset, metric)
    return next((key for key in ranked if results.trained(key) == trained), None)


def time_ratio(results: Results, key: Key, reference: Key) -> float:
    """Mean training time of `key` over that of `reference`; NaN where one was not timed."""
    return results.estimate(key, "train_seconds").mean / results.estimate(reference, "train_seconds").mean


def quickest(results: Results, keys: Sequence[Key]) -> Key | None:
    """The key with the shortest mean training time among those that were timed."""
    timed = [key for key in keys if results.has(key, "train_seconds")]
    return min(timed, key=lambda key: results.estimate(key, "train_seconds").mean, default=None)
