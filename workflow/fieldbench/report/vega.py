"""How plots are drawn: their descriptions for Vega-Lite."""

from collections.abc import Sequence
from typing import Any

from fieldbench.report.plots import Axis, Plot

# Okabe & Ito 2008, "Color Universal Design", without black and yellow, which one of both backgrounds hides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#8C8C8C")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")  # five and seven: 35 pairs
PADDING = 12  # pixels between the outer points and the frame
APART = ("setting", "training")  # columns that tell curves of one series apart
DENSE = 10  # points of a curve from which on they are drawn small
SMALL = 1e-5  # numbers along a logarithmic axis below which these are written as powers of ten


def spec(plot: Plot) -> dict[str, Any]:
    """The Vega-Lite description of a plot.

    Source: Satyanarayan et al. 2017, IEEE Trans. Vis. Comput. Graph. 23, 341; Vega-Lite 5.
    """
    series = list(dict.fromkeys(str(row["series"]) for row in plot.rows))
    shared = _encoding(plot, series)
    # The points come first: Vega-Lite binds the legend of the first layer only.
    size = 25 if len(plot.rows) > DENSE * len(series) else 80
    layers = [_layer({"type": "point", "filled": True, "size": size}, shared)]
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
    return [{"field": name} for name in APART if name in plot.rows[0]]


def _encoding(plot: Plot, series: Sequence[str]) -> dict[str, Any]:
    count = len(series)

    def look(choices: Sequence[str]) -> dict[str, Any]:
        return {"domain": series, "range": [choices[place % len(choices)] for place in range(count)]}

    def channel(axis: Axis, name: str, nice: bool) -> dict[str, Any]:
        kind = {"type": "log", "nice": False} if axis.log else {"zero": False, "nice": nice}
        small = axis.log and min(row[name] for row in plot.rows) < SMALL
        return {
            "type": "quantitative",
            "title": axis.title,
            "scale": {**kind, "padding": PADDING},
            "axis": {"format": "~e"} if small else {},
        }

    named = {"field": "series", "type": "nominal", "title": None}
    shown = {"and": [{"param": "picked"}, "chosen === null || datum.series === chosen"]}
    return {
        "x": {"field": "x", **channel(plot.x, "x", nice=False)},
        "y": {"field": "y", **channel(plot.y, "y", nice=True)},
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
