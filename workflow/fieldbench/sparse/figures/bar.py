"""Methods against the bar, the blind guesses and the limit, one panel per task."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import legend, name_rows, new_figure, nothing, styled
from fieldbench.report.formatting import method_name
from fieldbench.sparse.figures._look import MARKS, points, reference_lines
from fieldbench.sparse.report.results import POOLED, Study

CAPTION = (
    "Mean PSNR of test fields of {dataset} by every method, one panel per task: circles and squares with "
    "95 % intervals; crosses: PSNR of the mean squared error, which failures rule. Grey "
    "band: the bar, the best method that is not trained in steps. Lines: what guessing without "
    "observations gives, and the Cramér-Rao limit."
)
ACROSS = 4


@styled
def draw(study: Study, tasks: Sequence[str] = ()) -> Figure:
    """One row per method, best on average on top; bars are 95 % intervals, crosses pooled PSNR.

    Args:
        study: the area's results.
        tasks: one panel each; all of them where left out.
    """
    tasks = [task for task in tasks or study.results.datasets if study.compared(task)]
    methods = _methods(study, tasks)
    across = min(ACROSS, max(1, len(tasks)))
    down = -(-max(1, len(tasks)) // across)
    figure = new_figure(down * (0.24 * max(4, len(methods)) + 0.9) + 0.6)
    panels = figure.subplots(down, across, sharey=True, squeeze=False)
    for axes in panels.ravel()[max(1, len(tasks)) :]:
        axes.axis("off")
    if not tasks:
        nothing(panels[0, 0], "no method was compared")
    for axes, task in zip(panels.ravel(), tasks, strict=False):
        _panel(study, axes, task, methods)
    legend(figure, list(panels.ravel()))
    return figure


def _methods(study: Study, tasks: Sequence[str]) -> list[str]:
    """All methods, the best mean rank first."""
    ranks: dict[str, list[int]] = {}
    for task in tasks:
        for rank, key in enumerate(study.compared(task)):
            ranks.setdefault(key.method, []).append(rank)
    return sorted(ranks, key=lambda method: np.mean(ranks[method]))


def _panel(study: Study, axes: Axes, task: str, methods: Sequence[str]) -> None:
    compared = study.compared(task)
    for kind, trained, (marker, colour) in (("classical", False, MARKS[0]), ("network", True, MARKS[1])):
        keys = [key for key in compared if study.results.trained(key) == trained]
        y = np.array([methods.index(key.method) for key in keys])
        if keys:
            points(axes, [study.level(key) for key in keys], y, marker, colour, kind)
            pooled = [study.results.estimate(key, POOLED).mean for key in keys]
            axes.plot(pooled, y, "x", color=colour, ms=5, label=f"{kind}, pooled")
    bar = study.bar(task)
    if bar:
        axes.axvline(study.level(bar).mean, color="0.8", lw=4, zorder=0, label="the bar")
    reference_lines(study, axes, task)
    name_rows(axes, [method_name(method) for method in methods])
    axes.set_title(task)
    axes.set_xlabel("PSNR (dB)")
