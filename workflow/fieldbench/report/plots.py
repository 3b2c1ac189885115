"""Plots that a reader can ask: hover for the numbers, pick methods in the legend. Made by Vega-Lite from plain rows.

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
# Okabe & Ito 2008, "Color Universal Design", without black and yellow, which one of both backgrounds hides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#8C8C8C")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")  # five and seven: 35 pairs
MOST = 25  # methods with a colour each; where there are more, their settings are coloured
ALONG = 80  # points of a curve
PADDING = 12  # pixels between the outer points and the frame
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
    rows = [
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
    places = np.unique(np.linspace(0, len(finite) - 1, ALONG).round().astype(int)) if len(finite) else []
    return [{"series": series, "x": rounded(x[at]), "y": rounded(y[at]), **more} for at in finite[places]]


def spec(plot: Plot) -> dict[str, Any]:
    """The Vega-Lite description of a plot.

    Source: Satyanarayan et al. 2017, IEEE Trans. Vis. Comput. Graph. 23, 341; Vega-Lite 5.
    """
    series = list(dict.fromkeys(str(row["series"]) for row in plot.rows))
    shared = _encoding(plot, series)
    # The points come first: Vega-Lite binds the legend of the first layer only.
    layers = [_layer({"type": "point", "filled": True, "size": 25 if plot.curves else 80}, shared)]
    layers[0]["params"] = [
        {"name": "picked", "select": {"type": "point", "fields": ["series"]}, "bind": "legend"}
    ]
    if plot.curves:
        line = {name: channel for name, channel in shared.items() if name not in ("shape", "tooltip")}
        layers.append(_layer({"type": "line", "strokeWidth": 1.5}, line | {"detail": _detail(plot)}))
    if any("low" in row for row in plot.rows):
        bar = {name: channel for name, channel in shared.items() if name != "shape"}
        bar |= {"y": {**shared["y"], "field": "low"}, "y2": {"field": "high"}}
        layers.append(_layer({"type": "rule"}, bar))
    chosen = {"input": "select", "options": [None, *series], "labels": ["all", *series], "name": "Highlight "}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": f"{plot.title}. {plot.caption}",
        "width": "container",
        "height": 300,
        "data": {"values": list(plot.rows)},
        "params": [{"name": "chosen", "value": None, "bind": chosen}],
        "layer": layers,
    }


def _layer(mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return {"mark": mark, "encoding": encoding}


def _detail(plot: Plot) -> list[dict[str, str]]:
    """What tells the curves of a series apart."""
    return [{"field": name} for name in plot.rows[0] if name not in ("series", "x", "y", "low", "high")]


def _encoding(plot: Plot, series: Sequence[str]) -> dict[str, Any]:
    count = len(series)

    def look(choices: Sequence[str]) -> dict[str, Any]:
        return {"domain": series, "range": [choices[place % len(choices)] for place in range(count)]}

    def channel(axis: Axis) -> dict[str, Any]:
        kind = {"type": "log", "nice": False} if axis.log else {"zero": False}
        return {"type": "quantitative", "title": axis.title, "scale": {**kind, "padding": PADDING}}

    named = {"field": "series", "type": "nominal", "title": None}
    shown = {"and": [{"param": "picked"}, "chosen === null || datum.series === chosen"]}
    return {
        "x": {"field": "x", **channel(plot.x)},
        "y": {"field": "y", **channel(plot.y)},
        "color": {**named, "scale": look(COLOURS)},
        "shape": {**named, "scale": look(SHAPES)},
        "opacity": {"condition": {"test": shown, "value": 0.9}, "value": 0.08},
        "tooltip": _tooltip(plot),
    }


def _tooltip(plot: Plot) -> list[dict[str, str]]:
    titles = {
        "x": plot.x.title,
        "y": plot.y.title,
        "low": "95 %, from",
        "high": "95 %, to",
        "series": "series",
    }
    fields = list(dict.fromkeys(name for row in plot.rows for name in row))
    fields = [name for name in fields if name != "series" or "method" not in fields]
    return [{"field": name, "title": titles.get(name, name)} for name in fields]
