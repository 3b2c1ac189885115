"""Memory, times, quality and rate against the number of pixels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._compression import chosen, log_axis, looks
from fieldbench.figures._sparse import nothing
from fieldbench.figures._style import new_figure, styled
from fieldbench.report.catalogue import heading
from fieldbench.report.compression_run import CompressionRun
from fieldbench.report.compression_tables import GROWTH, Experiment, growth, pixels, sizes
from fieldbench.report.rate_curves import PSNR, RATE
from fieldbench.report.tables import Key

ACROSS = 3


@styled
def draw(run: CompressionRun, experiment: str) -> Figure:
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


def _panel(run: CompressionRun, axes: Axes, experiment: Experiment, metric: str) -> None:
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
