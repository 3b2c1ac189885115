"""The answer that a report opens with: which method at which resolution, how sure, and the next best's cost."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fieldbench.record import unit
from fieldbench.report.comparison import (
    COMPONENTS,
    Choice,
    Component,
    choose,
    compare,
    quickest,
    ranking,
    time_ratio,
)
from fieldbench.report.formatting import ABSENT, factor, mean_interval, method_name, percent, spread, table
from fieldbench.report.tables import Key, Results

Regimes = Mapping[str, Mapping[str, Any]]
NO_GRID = "no grid"
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


def resolution(key: Key, regimes: Regimes) -> str:
    """The finest grid of a run as text."""
    largest = regimes.get(key.regime, {}).get("max_resolution")
    return str(largest) if largest else NO_GRID


def place(key: Key, regimes: Regimes) -> str:
    """A method with its resolution, as in running text."""
    largest = resolution(key, regimes)
    return method_name(key.method) + ("" if largest == NO_GRID else f" at {largest}")


def true_error(results: Results, key: Key, component: Component) -> str:
    """The error against the true field, or that it is unknown."""
    known = [metric for metric in component.truth if results.has(key, metric)]
    parts = [
        TRUTH_TEXT[metric].format(spread(results.estimate(key, metric), unit(metric))) for metric in known
    ]
    return ", ".join(parts) or "unknown"


def cost(results: Results, choice: Choice, regimes: Regimes) -> str:
    """What the next best method would cost in misfit and in training time."""
    if choice.second is None:
        return ABSENT
    misfit = percent(choice.cost.difference.percent)
    ratio = factor(time_ratio(results, choice.second, choice.best))
    return f"{place(choice.second, regimes)}: misfit {misfit} ({choice.cost.verdict}), {ratio} the time"


def doubt(results: Results, choice: Choice, regimes: Regimes) -> str:
    """How many others cannot be told apart from the best, and the quickest of them if it is quicker."""
    text = f"{len(choice.equals)} of {choice.count - 1}"
    other = quickest(results, choice.equals)
    if other and time_ratio(results, other, choice.best) < 1:
        text += (
            f"; quickest {place(other, regimes)}, {factor(time_ratio(results, other, choice.best))} the time"
        )
    return text


def _choices(results: Results) -> list[tuple[str, Component, Choice]]:
    return [
        (dataset, component, choice)
        for dataset in results.datasets
        for component in COMPONENTS.values()
        if (choice := choose(results, dataset, component))
    ]


def headlines(results: Results, regimes: Regimes) -> list[str]:
    """One sentence per component: the method that is best on most data sets."""
    found = _choices(results)
    return [
        _headline(
            results,
            component,
            [(dataset, choice) for dataset, about, choice in found if about is component],
            regimes,
        )
        for component in COMPONENTS.values()
    ]


def _headline(
    results: Results, component: Component, winners: list[tuple[str, Choice]], regimes: Regimes
) -> str:
    if not winners:
        return f"**{component.label}: no run finished**; the reasons are below."
    votes = Counter(place(choice.best, regimes) for _, choice in winners)
    winner, count = votes.most_common(1)[0]
    dataset, choice = next(pair for pair in winners if place(pair[1].best, regimes) == winner)
    wins = f", best on {count} of {len(winners)} data sets" if len(winners) > 1 else ""
    name, size = method_name(choice.best.method), resolution(choice.best, regimes)
    grid = "" if size == NO_GRID else f" with at most {size} grid points per axis"
    misfit = mean_interval(results.estimate(choice.best, component.misfit))
    return (
        f"**{component.label}: use {name}{grid}**{wins}. On {dataset}: held-out reduced χ² {misfit}, true error "
        f"{true_error(results, choice.best, component)}; next best {cost(results, choice, regimes)}."
    )


def overview(results: Results, regimes: Regimes) -> str:
    """Markdown table: the recommendation for each data set and component."""
    rows = [
        [
            dataset,
            component.label,
            f"**{method_name(choice.best.method)}**",
            resolution(choice.best, regimes),
            mean_interval(results.estimate(choice.best, component.misfit)),
            true_error(results, choice.best, component),
            cost(results, choice, regimes),
            doubt(results, choice, regimes),
        ]
        for dataset, component, choice in _choices(results)
    ]
    headers = [
        "Data set",
        "Component",
        "Use",
        "Grid points per axis",
        "Held-out χ² [95 %]",
        "True error",
        "Next best would cost",
        "Not told apart from it",
    ]
    return table(headers, rows, left=len(headers))


def usage(results: Results, dataset: str, regimes: Regimes) -> list[str]:
    """Advice for one data set, each line computed from the tables."""
    lines = []
    for component in COMPONENTS.values():
        choice = choose(results, dataset, component)
        if choice:
            lines += _component_advice(results, dataset, component, choice, regimes)
    return lines


def _component_advice(
    results: Results, dataset: str, component: Component, choice: Choice, regimes: Regimes
) -> list[str]:
    label = component.label
    lines = [
        f"**{label}, quality**: {place(choice.best, regimes)}; next best {cost(results, choice, regimes)}."
    ]
    fast = quickest(results, [choice.best, *choice.equals])
    if fast and fast != choice.best:
        gain = factor(time_ratio(results, fast, choice.best))
        lines.append(
            f"**{label}, speed**: {place(fast, regimes)}, not told apart from the best at {gain} its time."
        )
    lines += _network_or_not(results, dataset, component, choice, regimes)
    return lines + _by_truth(results, dataset, component, choice, regimes)


def _by_truth(
    results: Results, dataset: str, component: Component, choice: Choice, regimes: Regimes
) -> list[str]:
    """The method nearest to the true field, where it is clearly nearer than the recommended one."""
    metric = component.truth[0]
    nearest = next(iter(ranking(results, dataset, metric)), None)
    if nearest is None or not results.has(choice.best, metric):
        return []
    found = compare(results, [nearest], choice.best, [metric]).get((nearest, metric))
    if found is None or found.verdict != "better":
        return []
    error = true_error(results, nearest, component)
    return [
        f"**{component.label}, by the true field** (which an observer does not know): {place(nearest, regimes)}, {error}."
    ]


def _network_or_not(
    results: Results, dataset: str, component: Component, choice: Choice, regimes: Regimes
) -> list[str]:
    """The best network against the best method without one."""
    ranked = ranking(results, dataset, component.misfit)
    network = next((key for key in ranked if results.trained(key)), None)
    classical = next((key for key in ranked if not results.trained(key)), None)
    if not network or not classical:
        return []
    found = compare(results, [network], classical, [component.misfit])[network, component.misfit]
    change = percent(found.difference.percent)
    ratio = factor(time_ratio(results, network, classical))
    return [
        f"**{component.label}, what a network brings**: {place(network, regimes)} is {AGAINST[found.verdict]} "
        f"{method_name(classical.method)}: misfit {change}, {ratio} the time."
    ]
