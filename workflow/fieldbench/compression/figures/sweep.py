"""What an option trades: PSNR, rate and their weighted sum against its value."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import looks
from fieldbench.compression.report.results import Study
from fieldbench.compression.report.sweeps import option_name, swept
from fieldbench.figures._style import log_axis, new_figure, nothing, reach, styled
from fieldbench.report.experiments import Experiment
from fieldbench.report.metrics import heading

CAPTION = (
    "What the option swept in {dataset} trades: PSNR, rate, and where all points weigh the rate alike the "
    "sum of distortion and weighted rate. Bars: 95 % intervals over seeds and inputs, from at "
    "least three."
)
WIDE = 10.0  # ratio of the largest value to the smallest from which on the axis is logarithmic


@styled
def draw(study: Study, experiment: str) -> Figure:
    """One panel per quantity that a sweep trades; bars are 95 % intervals over seeds or inputs."""
    figure = new_figure(4.2)
    chosen = study.experiments.get(experiment)
    if chosen is None:
        return nothing(figure.subplots(), f"{experiment} was not run")
    every = [metric for codec in chosen.methods for metric in swept(study, chosen, codec)]
    metrics = list(dict.fromkeys(every))
    panels = figure.subplots(1, len(metrics), squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        _panel(study, axes, chosen, metric)
    panels[0].legend()
    return figure


def _panel(study: Study, axes: Axes, experiment: Experiment, metric: str) -> None:
    for codec, look in looks(study, experiment.methods).items():
        points = study.points(experiment, codec)
        values = np.array([study.option(experiment, codec, point) for point in points])
        levels = [study.estimate(experiment, codec, point, metric) for point in points]
        means = [level.mean for level in levels]
        axes.errorbar(values, means, yerr=reach(levels), capsize=2, label=codec, **look)
        if values.min() > 0 and values.max() / values.min() > WIDE:
            log_axis(axes, "x")
    axes.set_xlabel(f"{option_name(experiment)} (ratio)")
    axes.set_ylabel(heading(metric))
