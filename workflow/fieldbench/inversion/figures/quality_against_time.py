"""Held-out misfit over training time: what a better fit costs."""

from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, GREEN, ORANGE, VERMILION, new_figure, plain_log, styled
from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Run
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key

CAPTION = (
    "Misfit at held-out pixels of {dataset} over training time. Bars: 95 % intervals over seeds. The grey "
    "steps join the methods that no other beats in both."
)
TIME = "train_seconds"
MARKS = (("o", BLUE), ("s", VERMILION), ("^", GREEN), ("D", ORANGE))
SWEEP = "sweep over resolution"
BEST = 6  # of lowest misfit that are named


@styled
def draw(run: Run, dataset: str) -> Figure:
    """One panel per component; bars are 95 % intervals over seeds.

    Grey steps join the methods that no other beats in both misfit and time. Named are these, the ones of
    lowest misfit, the reference, and the methods without a grid.
    """
    run = run.on(dataset)
    figure = new_figure(6.5)
    panels = figure.subplots(1, len(COMPONENTS))
    for axes, component in zip(panels, COMPONENTS.values(), strict=True):
        everything = run.results.select(run.dataset)
        _panel(
            run,
            axes,
            [key for key in everything if run.results.has(key, component.misfit, TIME)],
            component.misfit,
        )
        axes.set_title(component.label)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=max(1, len(handles)))
    return figure


def _point(run: Run, key: Key, metric: str) -> tuple[float, float]:
    return run.results.estimate(key, TIME).mean, run.results.estimate(key, metric).mean


def _panel(run: Run, axes: Axes, keys: list[Key], metric: str) -> None:
    for (group, members), (marker, colour) in zip(_groups(run, keys).items(), cycle(MARKS), strict=False):
        times, means = np.transpose([_point(run, key, metric) for key in members])
        half = np.nan_to_num([run.results.estimate(key, metric).high for key in members] - means)
        look = {"fmt": marker, "color": colour, "ms": 6, "alpha": 0.8, "capsize": 2, "label": group}
        axes.errorbar(times, means, yerr=half, **look)
    axes.set_xscale("log")
    ranked = sorted(keys, key=lambda key: _point(run, key, metric)[1])
    if ranked and _point(run, ranked[-1], metric)[1] > 5 * _point(run, ranked[0], metric)[1]:
        plain_log(axes)
    axes.set_xlabel(heading(TIME))
    axes.set_ylabel(heading(metric))
    references = run.about["references"]
    baselines = {key for key in keys if key.method == references[key.regime] or not run.regimes[key.regime]}
    named = {*_front(run, axes, keys, metric), *ranked[:BEST], *baselines}
    _name_points(run, axes, [key for key in ranked if key in named], metric)


def _groups(run: Run, keys: list[Key]) -> dict[str, list[Key]]:
    """Runs by regime; regimes that hold one method alone belong to the sweep."""
    groups: dict[str, list[Key]] = {}
    for key in keys:
        alone = len(run.results.select(run.dataset, [key.regime])) == 1
        groups.setdefault(SWEEP if alone else f"regime {key.regime}", []).append(key)
    return groups


def _front(run: Run, axes: Axes, keys: list[Key], metric: str) -> list[Key]:
    """Join the methods that are the best up to their time, and return them."""
    front: list[tuple[float, float, Key]] = []
    for point in sorted((*_point(run, key, metric), key) for key in keys):
        if not front or point[1] < front[-1][1]:
            front.append(point)
    times, misfits = [time for time, *_ in front], [misfit for _, misfit, _ in front]
    axes.step(times, misfits, where="post", color="0.6", lw=1, zorder=0)
    return [key for *_, key in front]


def _name_points(run: Run, axes: Axes, ranked: list[Key], metric: str) -> None:
    """Name trained methods beside the panel, in the order of misfit, so that no name hides another.

    The others, which take far less time, are named where they lie.
    """
    trained = [key for key in ranked if run.results.trained(key)]
    for index, key in enumerate(trained):
        position = (1.05, (index + 0.5) / len(trained))
        line = {"arrowstyle": "-", "color": "0.5", "lw": 0.6, "shrinkB": 4, "relpos": (0, 0.5)}
        at = {"xytext": position, "textcoords": "axes fraction", "arrowprops": line}
        axes.annotate(place(key, run.regimes), _point(run, key, metric), va="center", fontsize=9, **at)
    for key in ranked:
        if key not in trained:
            at = {"xytext": (8, 0), "textcoords": "offset points"}
            axes.annotate(place(key, run.regimes), _point(run, key, metric), va="center", fontsize=9, **at)
