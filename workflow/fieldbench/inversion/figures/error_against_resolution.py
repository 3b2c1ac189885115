"""Misfit at wavelengths left out and true error over the finest resolution of the grid."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from fieldbench.figures._style import BLUE, CYCLE, DASHES, legend, new_figure, reach, styled
from fieldbench.inversion.figures._look import plain_log
from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.inversion.report.results import Study
from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key

CAPTION = (
    "Misfit at wavelengths left out of {dataset}, and error against the true field where it is known, over the "
    "finest resolution of the grid. Bars and bands: 95 % intervals. Horizontal lines: methods "
    "without a grid. The lowest point of the sweep is ringed."
)
COLOURS = CYCLE[2:6]  # of methods without a grid


@styled
def draw(study: Study, dataset: str) -> Figure:
    """Columns: B_los, and B_Q and B_U; rows: misfit at wavelengths left out, and true error where it is known.

    Bars and bands are 95 % intervals; horizontal lines are the methods without a grid; the lowest
    point of the sweep is ringed.
    """
    study = study.on(dataset)
    keys = study.sweep(dataset)
    rows = [[component.misfit for component in COMPONENTS.values()]]
    truth = [component.truth[0] for component in COMPONENTS.values()]
    if any(study.results.has(key, *truth) for key in study.results.select(dataset)):
        rows.append(truth)
    figure = new_figure(4.2 * len(rows) + 0.4)
    panels = figure.subplots(len(rows), len(COMPONENTS), sharex=True, squeeze=False)
    for axes, metric in zip(panels.ravel(), np.ravel(rows), strict=True):
        _panel(study, axes, [key for key in keys if study.results.has(key, metric)], metric)
    for axes in panels[-1]:
        axes.set_xlabel("finest resolution (grid points per axis)")
    legend(figure, panels.ravel())
    return figure


def _panel(study: Study, axes: Axes, keys: list[Key], metric: str) -> None:
    sizes = [study.resolution(key) or 0 for key in keys]
    estimates = [study.results.estimate(key, metric) for key in keys]
    means = np.array([estimate.mean for estimate in estimates])
    label = f"{method_name(study.about['sweep']['encoder'])} over resolution"
    axes.errorbar(sizes, means, yerr=reach(estimates), color=BLUE, marker="o", ms=5, capsize=3, label=label)
    if len(means):
        lowest = int(np.argmin(means))
        axes.plot(sizes[lowest], means[lowest], "o", ms=13, mfc="none", mec=BLUE, mew=1.5)
    levels = _references(study, axes, metric)
    everything = np.array([*means, *levels])
    if everything.size and everything.min() > 0 and everything.max() > 5 * everything.min():
        plain_log(axes)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(heading(metric))


def _references(study: Study, axes: Axes, metric: str) -> list[float]:
    """Horizontal lines with their intervals; returns their levels."""
    keys = [key for key in study.without_grid() if study.results.has(key, metric)]
    levels = []
    for index, key in enumerate(keys):
        estimate = study.results.estimate(key, metric)
        colour = COLOURS[index % len(COLOURS)]
        axes.axhline(
            estimate.mean, color=colour, ls=DASHES[(index + 1) % len(DASHES)], label=method_name(key.method)
        )
        if estimate.has_interval:
            axes.axhspan(estimate.low, estimate.high, color=colour, alpha=0.12, lw=0)
        levels.append(estimate.mean)
    return levels
