"""What an option trades: PSNR, rate and their weighted sum against its value."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._compression import chosen, log_axis, looks
from fieldbench.figures._sparse import nothing
from fieldbench.figures._style import new_figure, styled
from fieldbench.report.catalogue import heading
from fieldbench.report.compression_run import CompressionRun
from fieldbench.report.compression_tables import Experiment, swept

WIDE = 10.0  # ratio of the largest value to the smallest from which on the axis is logarithmic


@styled
def draw(run: CompressionRun, experiment: str) -> Figure:
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


def _panel(run: CompressionRun, axes: Axes, experiment: Experiment, metric: str) -> None:
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
