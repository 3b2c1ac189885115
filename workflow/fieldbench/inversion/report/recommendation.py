"""The answer that the page opens with: which method, how sure that is, and what the next best would cost."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from fieldbench.inversion.report.choice import (
    COMPONENTS,
    Choice,
    Component,
    best,
    choose,
    quickest,
    time_ratio,
)
from fieldbench.inversion.report.results import Study
from fieldbench.record import unit
from fieldbench.report.formatting import ABSENT, factor, mean_interval, method_name, percent, spread
from fieldbench.report.parts import key_table, name_cell
from fieldbench.report.tables import Key

TRUTH_TEXT = {
    "b_los_rmse_gauss": "{} G",
    "b_transverse_rmse_gauss": "B_T {} G",
    "azimuth_median_error_degree": "azimuth {}°",
}
AGAINST = {
    "better": "better than",
    "worse": "worse than",
    "undecided": "not told apart from",
    "same": "the same as",
}


def place(study: Study, key: Key) -> str:
    """A method with its resolution, as in running text."""
    largest = study.resolution(key)
    return method_name(key.method) + (f" at {largest}" if largest else "")


def true_error(study: Study, key: Key, component: Component) -> str:
    """The error against the true field, or that it is unknown."""
    results = study.results
    parts = [
        TRUTH_TEXT[metric].format(spread(results.estimate(key, metric), unit(metric)))
        for metric in component.truth
        if results.has(key, metric)
    ]
    return ", ".join(parts) or "unknown"


def cost(study: Study, choice: Choice) -> str:
    """What the next best method would cost in misfit and in training time."""
    if choice.second is None:
        return ABSENT
    misfit = percent(choice.cost.difference.percent)
    ratio = factor(time_ratio(study.results, choice.second, choice.best))
    return f"{place(study, choice.second)}: misfit {misfit} ({choice.cost.verdict}), {ratio} the time"


def doubt(study: Study, choice: Choice) -> str:
    """How many others cannot be told apart from the best, and the quickest of them if it is quicker."""
    text = f"{len(choice.equals)} of {choice.count - 1}"
    quick = quickest(study.results, choice.equals)
    ratio = time_ratio(study.results, quick, choice.best) if quick else 1.0
    return text + (f"; quickest {place(study, quick)}, {factor(ratio)} the time" if ratio < 1 else "")


def choices(study: Study, datasets: Sequence[str]) -> list[Choice]:
    """The recommendation for each data set and component that has a finished run."""
    asked = [choose(study.results, name, component) for name in datasets for component in COMPONENTS.values()]
    return [choice for choice in asked if choice]


def headlines(study: Study) -> list[str]:
    """One sentence per component: the method that is best on most data sets."""
    made = choices(study, study.results.datasets)
    return [
        _headline(study, component, [choice for choice in made if choice.component is component])
        for component in COMPONENTS.values()
    ]


def _headline(study: Study, component: Component, made: Sequence[Choice]) -> str:
    if not made:
        return f"**{component.label}: no run finished**; the reasons are below."
    votes = Counter(place(study, choice.best) for choice in made)
    winner, count = votes.most_common(1)[0]
    choice = next(choice for choice in made if place(study, choice.best) == winner)
    largest = study.resolution(choice.best)
    grid = f" with at most {largest} grid points per axis" if largest else ""
    wins = f", best on {count} of {len(made)} data sets" if len(made) > 1 else ""
    misfit = mean_interval(study.results.estimate(choice.best, component.misfit))
    return (
        f"**{component.label}: use {method_name(choice.best.method)}{grid}**{wins}. On {choice.best.dataset}: "
        f"held-out reduced χ² {misfit}, true error {true_error(study, choice.best, component)}; "
        f"next best {cost(study, choice)}."
    )


def overview(study: Study) -> str:
    """Markdown table: the recommendation for each data set and component."""

    def misfit(choice: Choice) -> str:
        return mean_interval(study.results.estimate(choice.best, choice.component.misfit))

    columns = {
        "Data set": lambda choice: choice.best.dataset,
        "Component": lambda choice: choice.component.label,
        "Use": lambda choice: name_cell(choice.best),
        "Grid points per axis": lambda choice: str(study.resolution(choice.best) or "no grid"),
        "Held-out χ² [95 %]": misfit,
        "True error": lambda choice: true_error(study, choice.best, choice.component),
        "Next best would cost": partial(cost, study),
        "Not told apart from it": partial(doubt, study),
    }
    return key_table(choices(study, study.results.datasets), columns, left=len(columns))


def usage(study: Study, dataset: str) -> list[str]:
    """Advice for one data set, each line computed from the tables."""
    parts = (_quality, _speed, _network_or_not, _by_truth)
    return [
        f"**{choice.component.label}, {line}"
        for choice in choices(study, [dataset])
        for part in parts
        if (line := part(study, choice))
    ]


def _quality(study: Study, choice: Choice) -> str:
    return f"quality**: {place(study, choice.best)}; next best {cost(study, choice)}."


def _speed(study: Study, choice: Choice) -> str:
    """The quickest among the best and those that cannot be told apart from it, where that is another."""
    fast = quickest(study.results, [choice.best, *choice.equals])
    if fast in (None, choice.best):
        return ""
    ratio = factor(time_ratio(study.results, fast, choice.best))
    return f"speed**: {place(study, fast)}, not told apart from the best at {ratio} its time."


def _network_or_not(study: Study, choice: Choice) -> str:
    """The best network against the best method without one."""
    results, dataset, metric = study.results, choice.best.dataset, choice.component.misfit
    network, classical = (best(results, dataset, metric, trained) for trained in (True, False))
    if not network or not classical:
        return ""
    comparison = results.compare([network], classical, [metric])[network, metric]
    ratio = factor(time_ratio(results, network, classical))
    return (
        f"what a network brings**: {place(study, network)} is {AGAINST[comparison.verdict]} "
        f"{method_name(classical.method)}: misfit {percent(comparison.difference.percent)}, {ratio} the time."
    )


def _by_truth(study: Study, choice: Choice) -> str:
    """The method nearest to the true field, where it is clearly nearer than the recommended one."""
    results, metric = study.results, choice.component.truth[0]
    nearest = next(iter(results.ranking(choice.best.dataset, metric)), None)
    if nearest is None:
        return ""
    comparison = results.compare([nearest], choice.best, [metric]).get((nearest, metric))
    if comparison is None or comparison.verdict != "better":
        return ""
    error = true_error(study, nearest, choice.component)
    return f"by the true field** (which an observer does not know): {place(study, nearest)}, {error}."
