"""The answer that a report opens with: which method, how sure that is, and what the next best would cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fieldbench.inversion.report.choice import COMPONENTS, Choice, Component, choose, quickest, time_ratio
from fieldbench.record import unit
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
HEADERS = (
    "Data set",
    "Component",
    "Use",
    "Grid points per axis",
    "Held-out χ² [95 %]",
    "True error",
    "Next best would cost",
    "Not told apart from it",
)


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
    known = {metric: results.estimate(key, metric) for metric in component.truth if results.has(key, metric)}
    parts = [TRUTH_TEXT[metric].format(spread(error, unit(metric))) for metric, error in known.items()]
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
    ratio = time_ratio(results, other, choice.best) if other else 1.0
    return text + (f"; quickest {place(other, regimes)}, {factor(ratio)} the time" if ratio < 1 else "")


def choices(results: Results, datasets: Sequence[str]) -> list[Choice]:
    """The recommendation for each data set and component that has a finished run."""
    found = [choose(results, name, component) for name in datasets for component in COMPONENTS.values()]
    return [choice for choice in found if choice]


def headlines(results: Results, regimes: Regimes) -> list[str]:
    """One sentence per component: the method that is best on most data sets."""
    found = choices(results, results.datasets)
    return [
        _headline(results, component, [choice for choice in found if choice.component is component], regimes)
        for component in COMPONENTS.values()
    ]


def _headline(results: Results, component: Component, found: Sequence[Choice], regimes: Regimes) -> str:
    if not found:
        return f"**{component.label}: no run finished**; the reasons are below."
    votes = Counter(place(choice.best, regimes) for choice in found)
    winner, count = votes.most_common(1)[0]
    choice = next(choice for choice in found if place(choice.best, regimes) == winner)
    name, size = method_name(choice.best.method), resolution(choice.best, regimes)
    grid = "" if size == NO_GRID else f" with at most {size} grid points per axis"
    wins = f", best on {count} of {len(found)} data sets" if len(found) > 1 else ""
    misfit = mean_interval(results.estimate(choice.best, component.misfit))
    error = true_error(results, choice.best, component)
    return (
        f"**{component.label}: use {name}{grid}**{wins}. On {choice.best.dataset}: held-out reduced χ² "
        f"{misfit}, true error {error}; next best {cost(results, choice, regimes)}."
    )


def overview(results: Results, regimes: Regimes) -> str:
    """Markdown table: the recommendation for each data set and component."""
    rows = [
        [
            choice.best.dataset,
            choice.component.label,
            f"**{method_name(choice.best.method)}**",
            resolution(choice.best, regimes),
            mean_interval(results.estimate(choice.best, choice.component.misfit)),
            true_error(results, choice.best, choice.component),
            cost(results, choice, regimes),
            doubt(results, choice, regimes),
        ]
        for choice in choices(results, results.datasets)
    ]
    return table(HEADERS, rows, left=len(HEADERS))


def usage(results: Results, dataset: str, regimes: Regimes) -> list[str]:
    """Advice for one data set, each line computed from the tables."""
    parts = (_quality, _speed, _network_or_not, _by_truth)
    return [
        f"**{choice.component.label}, {line}"
        for choice in choices(results, [dataset])
        for part in parts
        if (line := part(results, choice, regimes))
    ]


def _quality(results: Results, choice: Choice, regimes: Regimes) -> str:
    return f"quality**: {place(choice.best, regimes)}; next best {cost(results, choice, regimes)}."


def _speed(results: Results, choice: Choice, regimes: Regimes) -> str:
    """The quickest among the best and those that cannot be told apart from it, where that is another."""
    fast = quickest(results, [choice.best, *choice.equals])
    if fast in (None, choice.best):
        return ""
    ratio = factor(time_ratio(results, fast, choice.best))
    return f"speed**: {place(fast, regimes)}, not told apart from the best at {ratio} its time."


def _network_or_not(results: Results, choice: Choice, regimes: Regimes) -> str:
    """The best network against the best method without one."""
    metric = choice.component.misfit
    ranked = results.ranking(choice.best.dataset, metric)
    network = next((key for key in ranked if results.trained(key)), None)
    classical = next((key for key in ranked if not results.trained(key)), None)
    if not network or not classical:
        return ""
    found = results.compare([network], classical, [metric])[network, metric]
    ratio = factor(time_ratio(results, network, classical))
    return (
        f"what a network brings**: {place(network, regimes)} is {AGAINST[found.verdict]} "
        f"{method_name(classical.method)}: misfit {percent(found.difference.percent)}, {ratio} the time."
    )


def _by_truth(results: Results, choice: Choice, regimes: Regimes) -> str:
    """The method nearest to the true field, where it is clearly nearer than the recommended one."""
    metric = choice.component.truth[0]
    nearest = next(iter(results.ranking(choice.best.dataset, metric)), None)
    found = results.compare([nearest], choice.best, [metric]).get((nearest, metric)) if nearest else None
    if found is None or found.verdict != "better":
        return ""
    error = true_error(results, nearest, choice.component)
    return f"by the true field** (which an observer does not know): {place(nearest, regimes)}, {error}."
