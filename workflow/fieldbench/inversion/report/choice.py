"""The recommended method for each component of the field."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldbench.report.results import Study
from fieldbench.report.statistics import Comparison, near
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
    """The method to use: the quickest of those whose held-out misfit is, within a margin that matters, the lowest.

    Attributes:
        component: what was chosen for.
        best: the method with the lowest misfit.
        near: the others within the margin of it, in rank order.
        use: the quickest of all these.
        second: the next in rank, None where there is no other.
        costs: of every other its misfit against that of the best.
    """

    component: Component
    best: Key
    near: list[Key]
    use: Key
    second: Key | None
    costs: dict[Key, Comparison]

    @property
    def equals(self) -> list[Key]:
        """The methods that draws do not tell apart from the best."""
        return [key for key, cost in self.costs.items() if cost.verdict in ("undecided", "same")]


def choose(study: Study, dataset: str, component: Component) -> Choice | None:
    """The recommendation for one component of one data set; None where no run finished."""
    ranked = study.results.ranking(dataset, component.misfit)
    if not ranked:
        return None
    best, *others = ranked
    costs = study.against(others, best, component.misfit)
    similar = near(costs, study.about["margins"]["misfit_percent"])
    use = quickest(study.results, [best, *similar]) or best
    return Choice(component, best, similar, use, others[0] if others else None, costs)


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
