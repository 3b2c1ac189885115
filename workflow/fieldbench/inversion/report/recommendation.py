"""The answer that the page opens with: which method, how sure that is, and what others would cost."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from fieldbench.inversion.report.choice import (
    COMPONENTS,
    Choice,
    Component,
    best,
    choose,
    time_ratio,
)
from fieldbench.inversion.report.results import Study
from fieldbench.record import unit
from fieldbench.report.formatting import (
    ABSENT,
    change_text,
    factor,
    interval,
    method_name,
    spread,
    verdict_text,
)
from fieldbench.report.parts import Columns, key_table, name_cell
from fieldbench.report.tables import Key

TRUTH_TEXT = {
    "b_los_rmse_gauss": "{} G",
    "b_transverse_rmse_gauss": "B_T {} G",
    "azimuth_median_error_degree": "azimuth {}°",
}
AGAINST = {
    "better": "fits better than {}",
    "worse": "fits worse than {}",
    "undecided": "is not told apart from {}",
    "same": "fits the same as {}",
    "": "beside {}",
}
NAMED = 6  # of the methods within the margin


def place(study: Study, key: Key) -> str:
    """A method with its resolution, as in running text, and its regime where others have both in common with it."""
    largest = study.resolution(key)
    return method_name(key.method) + (f" at {largest}" if largest else "") + among_twins(study, key)


def among_twins(study: Study, key: Key) -> str:
    """The regime of a run, in brackets, where the same method was run at the same resolution in another; else empty."""
    own = key.method, study.resolution(key)
    twins = [run for run in study.results.select(key.dataset) if (run.method, study.resolution(run)) == own]
    return f" ({key.regime})" if len(twins) > 1 else ""


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
    misfit = verdict_text(choice.costs[choice.second])
    return f"{place(study, choice.second)}: misfit {misfit}; {_time(study, choice.second, choice.best)}"


def _time(study: Study, key: Key, reference: Key) -> str:
    return f"{factor(time_ratio(study.results, key, reference))} the time"


def similar(study: Study, choice: Choice) -> str:
    """The best method and those within the margin of it, with how much worse each is."""
    texts = [f"{place(study, key)} ({choice.costs[key].worse_by.mean:+.1f} %)" for key in choice.near[:NAMED]]
    more = [f"{len(choice.near) - NAMED} more"] if len(choice.near) > NAMED else []
    return ", ".join([place(study, choice.best), *texts, *more])


def choices(study: Study, datasets: Sequence[str]) -> list[Choice]:
    """The recommendation for each data set and component that has a finished run."""
    asked = [choose(study, name, component) for name in datasets for component in COMPONENTS.values()]
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
    seen = [choice for choice in made if not choice.unseen]
    if not seen:
        where = f"on {made[0].best.dataset}, {made[0].unseen}"
        return f"**{component.label}: nothing to recommend**: {where}."
    made = seen
    votes = Counter(place(study, choice.use) for choice in made)
    winner, count = votes.most_common(1)[0]
    choice = next(choice for choice in made if place(study, choice.use) == winner)
    wins = f", the choice on {count} of {len(made)} data sets" if len(made) > 1 else ""
    misfit = interval(study.results.estimate(choice.use, component.misfit))
    return (
        f"**{component.label}: use {_with_grid(study, choice.use)}**{wins}. On {choice.best.dataset} it has, at wavelengths "
        f"left out, a reduced χ² of {misfit}{_why(study, choice)}. Its true error is "
        f"{true_error(study, choice.use, component)}."
    )


def _with_grid(study: Study, key: Key) -> str:
    largest = study.resolution(key)
    grid = f" with at most {largest} grid points per axis" if largest else ""
    return method_name(key.method) + grid + among_twins(study, key)


def _why(study: Study, choice: Choice) -> str:
    """Why a method is the one to use: that it is the best, or the quickest of those as good."""
    margin = f"{study.about['margins']['misfit_percent']:g} %"
    if not choice.near:
        return f", the lowest; no other of {len(choice.costs)} is within {margin} of it"
    if choice.use == choice.best:
        return f", the lowest, and is the quickest of {1 + len(choice.near)} within {margin} of it"
    behind = choice.costs[choice.use].worse_by.mean
    return (
        f", {behind:.1f} % above the lowest ({place(study, choice.best)}), and is the quickest of {1 + len(choice.near)} "
        f"within {margin} of that, at {_time(study, choice.use, choice.best)}"
    )


def overview(study: Study) -> str:
    """Markdown table: the recommendation for each data set and component."""

    def misfit(choice: Choice) -> str:
        return interval(study.results.estimate(choice.use, choice.component.misfit))

    columns: Columns = {
        "Data set": lambda choice: choice.best.dataset,
        "Component": lambda choice: choice.component.label,
        "Use": lambda choice: _use(study, choice),
        "Grid points per axis": lambda choice: str(study.resolution(choice.use) or "no grid"),
        "χ² at wavelengths left out [95 %]": misfit,
        "True error": lambda choice: true_error(study, choice.use, choice.component),
        "Lowest misfit, and all within the margin": partial(similar, study),
        "Not told apart from the lowest": lambda choice: f"{len(choice.equals)} of {len(choice.costs)}",
    }
    return key_table(choices(study, study.results.datasets), columns, left=len(columns))


def _use(study: Study, choice: Choice) -> str:
    return "none: not seen" if choice.unseen else name_cell(choice.use) + among_twins(study, choice.use)


def usage(study: Study, dataset: str) -> list[str]:
    """Advice for one data set, each line computed from the tables."""
    parts = (_quality, _next_best, _network_or_not, _by_truth)
    return [
        f"**{choice.component.label}, {line}"
        for choice in choices(study, [dataset])
        for part in parts
        if (line := part(study, choice))
    ]


def _quality(study: Study, choice: Choice) -> str:
    if choice.unseen:
        return f"nothing to recommend**: {choice.unseen}."
    return f"use**: {place(study, choice.use)}; as good within the margin: {similar(study, choice)}."


def _next_best(study: Study, choice: Choice) -> str:
    return (
        f"next in rank** after {place(study, choice.best)}: {cost(study, choice)}." if choice.second else ""
    )


def _network_or_not(study: Study, choice: Choice) -> str:
    """The best network against the best method without one."""
    results, dataset, metric = study.results, choice.best.dataset, choice.component.misfit
    network, classical = (best(results, dataset, metric, trained) for trained in (True, False))
    if not network or not classical:
        return ""
    comparison = study.comparison(network, classical, metric)
    against = AGAINST[comparison.verdict].format(method_name(classical.method))
    return (
        f"what a network brings**: {place(study, network)} {against}: misfit {change_text(comparison)}, at "
        f"{_time(study, network, classical)}."
    )


def _by_truth(study: Study, choice: Choice) -> str:
    """The method nearest to the true field, where it is clearly nearer than the recommended one."""
    results, metric = study.results, choice.component.truth[0]
    nearest = next(iter(results.ranking(choice.best.dataset, metric)), None)
    if nearest is None:
        return ""
    comparison = study.against([nearest], choice.best, metric).get(nearest)
    if comparison is None or comparison.verdict != "better":
        return ""
    error = true_error(study, nearest, choice.component)
    return f"by the true field** (which an observer does not know): {place(study, nearest)}, {error}."
