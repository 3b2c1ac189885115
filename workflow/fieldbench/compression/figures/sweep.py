"""What an option trades: PSNR, rate and their weighted sum against its value."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import chosen, looks
from fieldbench.compression.report.results import Run
from fieldbench.compression.report.tables import Experiment, swept
from fieldbench.figures._style import log_axis, new_figure, nothing, styled
from fieldbench.report.metrics import heading

CAPTION = (
    "What the option swept in {dataset} trades: PSNR, rate, and where all points weigh the rate alike the "
    "sum of distortion and weighted rate. Bars: 95 % intervals over seeds, or over inputs where there are "
    "several."
)
WIDE = 10.0  # ratio of the largest value to the smallest from which on the axis is logarithmic


@styled
def draw(run: Run, experiment: str) -> Figure:
    """One panel per quantity; bars are 95 % intervals over seeds or inputs.

    Args:
        run: the area's results.
        experiment: a sweep.
    """
    figure = new_figure(4.2)
    found = chosen(run, experiment)
    if found is None:
        nothing(figure.subplots(), f"{experiment} was not run")
        return figure
    metrics = list(
        dict.fromkeys(metric for codec in found.codecs for metric in swept(run.study, found, codec))
    )
    panels = figure.subplots(1, len(metrics), squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        _panel(run, axes, found, metric)
    panels[0].legend()
    return figure


def _panel(run: Run, axes: Axes, experiment: Experiment, metric: str) -> None:
    study, look = run.study, looks(run.study, experiment.codecs)
    for codec in experiment.codecs:
        names = study.points(experiment, codec)
        values = np.array([study.option(experiment, codec, point) for point in names])
        found = [study.estimate(experiment.datasets, codec, point, metric) for point in names]
        half = np.nan_to_num([estimate.high - estimate.mean for estimate in found])
        means = [estimate.mean for estimate in found]
        axes.errorbar(values, means, yerr=half, capsize=2, label=codec, **look[codec].line)
        if values.min() > 0 and values.max() / values.min() > WIDE:
            log_axis(axes, "x")
    axes.set_xlabel(f"{experiment.option.replace('_', ' ')} (ratio)")
    axes.set_ylabel(heading(metric))
