"""The recommended method for each component of the field."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fieldbench.physics.weak_field import DETECTED
from fieldbench.report.formatting import method_name
from fieldbench.report.results import Study
from fieldbench.report.statistics import Comparison, near
from fieldbench.report.tables import Key, Results

BY_NOISE = math.exp(-(DETECTED**2) / 2)  # Rayleigh's law: B_Q and B_U of noise alone


@dataclass(frozen=True)
class Component:
    """A part of the field that is inferred, and by what it is judged.

    Attributes:
        label: its name in text.
        misfit: metric of the misfit at wavelengths left out, by which methods are chosen.
        filled: that of the misfit at held-out pixels, where holes are filled.
        truth: metrics of its error against the true field.
        undetected: metric of the share of pixels that do not show it beyond its error; empty where none is measured.
    """

    label: str
    misfit: str
    filled: str
    truth: tuple[str, ...]
    undetected: str = ""


COMPONENTS = {
    "b_los": Component("B_los", "unseen_b_los_chi2", "held_out_b_los_chi2", ("b_los_rmse_gauss",)),
    "b_qu": Component(
        "B_Q, B_U",
        "unseen_b_qu_chi2",
        "held_out_b_qu_chi2",
        ("b_transverse_rmse_gauss", "azimuth_median_error_degree"),
        "undetected_fraction",
    ),
}


@dataclass(frozen=True)
class Choice:
    """The method to use: the quickest of those whose misfit at wavelengths left out is the lowest, within a margin.

    Attributes:
        component: what was chosen for.
        best: the method with the lowest misfit.
        near: the others within the margin of it, in rank order.
        use: the quickest of all these.
        second: the next in rank, None where there is no other.
        costs: of every other its misfit against that of the best.
        unseen: why nothing is to be recommended after all: noise alone would show as much. Else empty.
    """

    component: Component
    best: Key
    near: list[Key]
    use: Key
    second: Key | None
    costs: dict[Key, Comparison]
    unseen: str = ""

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
    second, unseen = others[0] if others else None, _unseen(study.results, use, component.undetected)
    return Choice(component, best, similar, use, second, costs, unseen)


def _unseen(results: Results, use: Key, undetected: str) -> str:
    """A field that wavelengths do not show, or that the formula does not hold for, looks smooth and fits well."""
    if not undetected or not results.has(use, undetected):
        return ""
    seen = 1 - results.estimate(use, undetected).mean
    if seen > BY_NOISE:
        return ""
    shares = (f"{100 * share:.1f} %" for share in (seen, BY_NOISE))
    return "{} shows it beyond its error in {} of the pixels, noise alone would in {}".format(
        method_name(use.method), *shares
    )


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
