"""Plots that a reader can ask: hover for the numbers, pick methods in the legend; here their rows, in `vega` their look.

An area that has more to plot than quality against cost defines `plots(study)` in its own `report/plots.py`; it may take
`against_costs` from here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.report.cards import quality
from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import heading, scale
from fieldbench.report.results import Study
from fieldbench.report.statistics import Scale
from fieldbench.report.tables import Key

COSTS = ("train_seconds", "parameter_count")
MOST = 25  # methods with a colour each; where there are more, their settings are coloured
ALONG = 80  # points of a curve
DIGITS = 5  # of a number that is plotted


@dataclass(frozen=True)
class Axis:
    """A quantity along an axis.

    Attributes:
        title: its name with its unit.
        log: whether it is drawn by its logarithm.
    """

    title: str
    log: bool = False


@dataclass(frozen=True)
class Plot:
    """Points or curves of several methods.

    Attributes:
        title: what is shown.
        caption: how to read it.
        x, y: the axes.
        rows: one for each point: `series`, what the legend picks; `x`, `y`; perhaps `low` and `high`, the ends of an
            interval; any other is shown when the point is hovered over.
        curves: whether the points of a series are joined in the order of `x`.
    """

    title: str
    caption: str
    x: Axis
    y: Axis
    rows: Sequence[Mapping[str, Any]]
    curves: bool = False


def plots(study: Study) -> list[Plot]:
    """Of each data set the first metric that is no cost, against training time and size."""
    return [
        plot
        for dataset in study.results.datasets
        if (metric := quality(study, dataset))
        for plot in against_costs(study, dataset, metric)
    ]


def against_costs(
    study: Study,
    dataset: str,
    metric: str,
    costs: Iterable[str] = COSTS,
    keys: Sequence[Key] = (),
    label: Callable[[Key], str] = lambda key: method_name(key.method),
) -> list[Plot]:
    """A metric of a data set's methods against each of some costs that more than one of them has.

    Args:
        keys: the methods; all of the data set where left out.
        label: a method as it is printed.
    """
    keys = keys or study.results.select(dataset)
    made = (_against(study, dataset, metric, cost, keys, label) for cost in costs)
    return [plot for plot in made if len(plot.rows) > 1]


def _against(
    study: Study, dataset: str, metric: str, cost: str, keys: Sequence[Key], label: Callable[[Key], str]
) -> Plot:
    results = study.results
    found = [key for key in keys if results.has(key, metric, cost) and results.estimate(key, cost).mean > 0]
    few = len({key.method for key in found}) <= MOST
    rows: list[dict[str, Any]] = [
        {
            "series": method_name(key.method) if few else key.regime,
            "method": label(key),
            "setting": key.regime,
            "kind": "neural" if results.trained(key) else "classical",
            "x": rounded(results.estimate(key, cost).mean),
            **ends(results.estimate(key, metric)),
        }
        for key in found
    ]
    return Plot(
        title=f"{dataset}: {heading(metric)} against {heading(cost).lower()}",
        caption="Bars are 95 % intervals.",
        x=Axis(heading(cost), log=True),
        y=Axis(heading(metric), log=scale(metric) is Scale.RATIO and _spans([row["y"] for row in rows])),
        rows=rows,
    )


def _spans(values: Sequence[float]) -> bool:
    """Whether positive values differ so much that their logarithms are easier to read."""
    return bool(values) and min(values) > 0 and max(values) > 5 * min(values)


def ends(estimate: Any) -> dict[str, float]:
    """`y`, and the ends of its interval where one is known."""
    known = {"low": estimate.low, "high": estimate.high} if estimate.has_interval else {}
    return {name: rounded(value) for name, value in {"y": estimate.mean, **known}.items()}


def rounded(value: float) -> float:
    """A number to the digits that a plot shows."""
    return float(f"{value:.{DIGITS}g}")


def curve(series: str, x: np.ndarray, y: np.ndarray, **more: Any) -> list[dict[str, Any]]:
    """Rows of a curve (n,) without its gaps, thinned to ALONG points evenly spread over it, its ends kept."""
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(finite):
        return []
    places = np.unique(np.linspace(0, len(finite) - 1, ALONG).round().astype(int))
    return [{"series": series, "x": rounded(x[at]), "y": rounded(y[at]), **more} for at in finite[places]]
