"""Misfit at wavelengths left out over training time: what a better fit costs."""

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import BLUE, GREEN, ORANGE, VERMILION, legend, new_figure, reach, styled
from fieldbench.inversion.figures._look import plain_log
from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key

CAPTION = (
    "Misfit at wavelengths left out of {dataset} over training time. Bars: 95 % intervals. The grey "
    "steps join the methods that no other beats in both."
)
TIME = "train_seconds"
MARKS = (("o", BLUE), ("s", VERMILION), ("^", GREEN), ("D", ORANGE))
SWEEP = "sweep over resolution"
BEST = 6  # of lowest misfit that are named


@styled
def draw(study: Study, dataset: str) -> Figure:
    """One panel per component; bars are 95 % intervals.

    Grey steps join the methods that no other beats in both misfit and time. Named are these, the ones of
    lowest misfit, the reference, and the methods without a grid.
    """
    study = study.on(dataset)
    figure = new_figure(6.5)
    panels = figure.subplots(1, len(COMPONENTS))
    everything = study.results.select(dataset)
    for axes, component in zip(panels, COMPONENTS.values(), strict=True):
        keys = [key for key in everything if study.results.has(key, component.misfit, TIME)]
        _panel(study, axes, keys, component.misfit)
        axes.set_title(component.label)
    legend(figure, panels)
    return figure


def _point(study: Study, key: Key, metric: str) -> tuple[float, float]:
    return study.results.estimate(key, TIME).mean, study.results.estimate(key, metric).mean


def _panel(study: Study, axes: Axes, keys: list[Key], metric: str) -> None:
    for (group, members), (marker, colour) in zip(_groups(study, keys).items(), cycle(MARKS), strict=False):
        times, means = np.transpose([_point(study, key, metric) for key in members])
        lengths = reach([study.results.estimate(key, metric) for key in members])
        look: dict[str, Any] = {
            "fmt": marker,
            "color": colour,
            "ms": 6,
            "alpha": 0.8,
            "capsize": 2,
            "label": group,
        }
        axes.errorbar(times, means, yerr=lengths, **look)
    axes.set_xscale("log")
    ranked = sorted(keys, key=lambda key: _point(study, key, metric)[1])
    if ranked and _point(study, ranked[-1], metric)[1] > 5 * _point(study, ranked[0], metric)[1]:
        plain_log(axes)
    axes.set_xlabel(heading(TIME))
    axes.set_ylabel(heading(metric))
    baselines = [key for key in keys if _is_baseline(study, key)]
    named = {*_front(study, axes, keys, metric), *ranked[:BEST], *baselines}
    _name_points(study, axes, [key for key in ranked if key in named], metric)


def _is_alone(study: Study, key: Key) -> bool:
    """Whether a regime holds one method alone, as those of the sweep do."""
    return len(study.results.select(key.dataset, [key.regime])) == 1


def _is_baseline(study: Study, key: Key) -> bool:
    """Whether a method is the reference of others, or has no grid."""
    reference = study.reference(key.dataset, key.regime)
    return study.resolution(key) is None or (key == reference and not _is_alone(study, key))


def _groups(study: Study, keys: list[Key]) -> dict[str, list[Key]]:
    """Runs by regime; regimes that hold one method alone belong to the sweep."""
    groups: dict[str, list[Key]] = {}
    for key in keys:
        groups.setdefault(SWEEP if _is_alone(study, key) else f"regime {key.regime}", []).append(key)
    return groups


def _front(study: Study, axes: Axes, keys: list[Key], metric: str) -> list[Key]:
    """Join the methods that are the best up to their time, and return them."""
    front: list[tuple[float, float, Key]] = []
    for point in sorted((*_point(study, key, metric), key) for key in keys):
        if not front or point[1] < front[-1][1]:
            front.append(point)
    times, misfits = [time for time, *_ in front], [misfit for _, misfit, _ in front]
    axes.step(times, misfits, where="post", color="0.6", lw=1, zorder=0)
    return [key for *_, key in front]


def _name_points(study: Study, axes: Axes, ranked: list[Key], metric: str) -> None:
    """Name trained methods beside the panel, in the order of misfit, so that no name hides another.

    The others, which take far less time, are named where they lie.
    """
    trained = [key for key in ranked if study.results.trained(key)]
    for index, key in enumerate(trained):
        position = (1.05, (index + 0.5) / len(trained))
        line = {"arrowstyle": "-", "color": "0.5", "lw": 0.6, "shrinkB": 4, "relpos": (0, 0.5)}
        at: dict[str, Any] = {"xytext": position, "textcoords": "axes fraction", "arrowprops": line}
        axes.annotate(place(study, key), _point(study, key, metric), va="center", fontsize=9, **at)
    for key in ranked:
        if key not in trained:
            beside: dict[str, Any] = {"xytext": (8, 0), "textcoords": "offset points"}
            axes.annotate(place(study, key), _point(study, key, metric), va="center", fontsize=9, **beside)
