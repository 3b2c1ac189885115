"""Memory, times, quality and rate against the number of pixels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import chosen, looks
from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Run
from fieldbench.compression.report.tables import GROWTH, Experiment, growth, pixels, sizes
from fieldbench.figures._style import log_axis, new_figure, nothing, styled
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key

CAPTION = (
    "Peak memory, times, PSNR and rate on {dataset} against the number of pixels; the legends give the "
    "fitted exponents."
)
ACROSS = 3


@styled
def draw(run: Run, experiment: str) -> Figure:
    """One panel per quantity, memory and times on logarithmic axes with the fitted exponent in the legend.

    Args:
        run: the area's results.
        experiment: one on inputs of several sizes.
    """
    found = chosen(run, experiment)
    metrics = run.study.measured(found, (*GROWTH, PSNR, RATE)) if found else []
    down = -(-max(1, len(metrics)) // ACROSS)
    figure = new_figure(3.6 * down)
    panels = figure.subplots(down, ACROSS, squeeze=False).ravel()
    for axes in panels[max(1, len(metrics)) :]:
        axes.axis("off")
    if found is None:
        nothing(panels[0], f"{experiment} was not run")
    for axes, metric in zip(panels, metrics, strict=False):
        _panel(run, axes, found, metric)
    return figure


def _panel(run: Run, axes: Axes, experiment: Experiment, metric: str) -> None:
    study, look = run.study, looks(run.study, experiment.codecs)
    exponents = growth(study, experiment)
    runs = sizes(study, experiment)
    for codec, point in dict.fromkeys((codec, point) for codec, point, _ in runs):
        keys = [Key(name, point, codec) for own, at, name in runs if (own, at) == (codec, point)]
        keys = [key for key in keys if study.rates.has(key, metric)]
        counts = [pixels(study, key.dataset) / 1e6 for key in keys]
        values = [study.results.estimate(key, metric).mean for key in keys]
        power = exponents.get((codec, point), {}).get(metric)
        label = codec if power is None or not np.isfinite(power.mean) else f"{codec}: pixels^{power.mean:.2f}"
        axes.plot(counts, values, label=label, **look[codec].line)
    log_axis(axes, "x")
    if metric in GROWTH:
        log_axis(axes, "y")
    axes.set_xlabel("megapixels")
    axes.set_ylabel(heading(metric))
    axes.legend()
