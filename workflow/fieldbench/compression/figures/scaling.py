"""Memory, times, quality and rate against the number of pixels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import looks, panels_in_rows
from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Study
from fieldbench.compression.report.scaling import GROWTH, exponents, runs
from fieldbench.figures._style import log_axis, nothing, styled
from fieldbench.report.experiments import Experiment
from fieldbench.report.metrics import heading

CAPTION = (
    "Peak memory, times, PSNR and rate on {dataset} against the number of pixels; the legends give the "
    "fitted exponents."
)
ACROSS = 3


@styled
def draw(study: Study, experiment: str) -> Figure:
    """One panel per quantity by size of the inputs; memory and times on logarithmic axes, with fitted exponents."""
    chosen = study.experiments.get(experiment)
    metrics = study.measured(chosen, (*GROWTH, PSNR, RATE)) if chosen else []
    figure, panels = panels_in_rows(len(metrics), ACROSS, height=3.6)
    if chosen is None:
        return nothing(panels[0], f"{experiment} was not run")
    for axes, metric in zip(panels, metrics, strict=False):
        _panel(study, axes, chosen, metric)
    return figure


def _panel(study: Study, axes: Axes, experiment: Experiment, metric: str) -> None:
    look = looks(study, experiment.methods)
    for (codec, _), keys in runs(study, experiment).items():
        measured = [key for key in keys if study.rates.has(key, metric)]
        counts = [study.pixels(key.dataset) / 1e6 for key in measured]
        values = [study.results.estimate(key, metric).mean for key in measured]
        power = exponents(study, keys).get(metric)
        label = codec if power is None or not np.isfinite(power.mean) else f"{codec}: pixels^{power.mean:.2f}"
        axes.plot(counts, values, label=label, **look[codec])
    log_axis(axes, "x")
    if metric in GROWTH:
        log_axis(axes, "y")
    axes.set_xlabel("megapixels")
    axes.set_ylabel(heading(metric))
    axes.legend()
