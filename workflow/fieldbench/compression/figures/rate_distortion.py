"""Quality against rate, all codecs of an experiment in one figure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.compression.figures._look import RATE_LABEL, looks
from fieldbench.compression.report.rates import PSNR, QUALITIES, RATE
from fieldbench.compression.report.results import Study
from fieldbench.figures._style import legend, log_axis, name_rows, new_figure, nothing, styled
from fieldbench.report.experiments import Experiment

CAPTION = (
    "Left: quality against rate for every codec of {dataset}, means over inputs; learned codecs are drawn "
    "solid, with bands from the least to the largest seed, standard ones dashed and hollow. Dashed grey "
    "lines: published averages, of other images or sizes. Right: rate at equal quality over that of the "
    "reference, with 95 % intervals over seeds and inputs as in the table: all codecs are one family. None from two inputs."
)
PUBLISHED = "published, other images or sizes"


@styled
def draw(
    study: Study,
    experiment: str,
    metric: str = PSNR,
    codecs: Sequence[str] = (),
    dataset: str | None = None,
    published: bool = False,
) -> Figure:
    """Left: means over inputs, bands from the least to the largest seed; right: rate at equal quality, 95 % intervals.

    Args:
        study: the area's results.
        experiment: that is shown.
        metric: a quality.
        codecs: that are shown; all of the experiment where left out.
        dataset: the only input that is shown; means over all where left out.
        published: whether published averages are drawn beside PSNR.
    """
    figure = new_figure(5.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    chosen = study.experiments.get(experiment)
    if chosen is None:
        return nothing((left, right), f"{experiment} was not run")
    kept = tuple(codec for codec in chosen.methods if not codecs or codec in codecs)
    chosen = replace(chosen, data=(dataset,) if dataset else chosen.data)
    _curves(study, left, replace(chosen, methods=kept), metric)
    if published and metric == PSNR:
        _published(study, left)
    _rates(study, right, chosen, metric, kept)
    legend(figure, [left])
    return figure


def _curves(study: Study, axes: Axes, experiment: Experiment, metric: str) -> None:
    for codec, look in looks(study, experiment.methods).items():
        points = _curve(study, experiment, codec, metric)
        if len(points):
            axes.plot(points.rate, points.quality, label=codec, **look)
        if (points.most > points.least).any():
            axes.fill_between(points.rate, points.least, points.most, color=look["color"], alpha=0.25, lw=0)
    if not axes.lines:
        nothing(axes, f"no {QUALITIES[metric]} was measured")
        return
    log_axis(axes, "x")
    axes.set_xlabel(RATE_LABEL)
    axes.set_ylabel("PSNR (dB)" if metric == PSNR else QUALITIES[metric])
    count = len(experiment.data)
    axes.set_title(f"mean over {count} inputs" if count > 1 else experiment.data[0])


def _curve(study: Study, experiment: Experiment, codec: str, metric: str) -> pd.DataFrame:
    """Means over the inputs that have each point: `rate`, `quality`, and over seeds the `least` and `most` quality."""
    rows = []
    for point in study.points(experiment, codec):
        keys = [key for key in study.keys(experiment, codec) if key.regime == point]
        keys = [key for key in keys if study.rates.has(key, metric)]
        if keys:
            qualities = [np.atleast_1d(study.rates.values(key, metric)) for key in keys]
            count = min(map(len, qualities))
            by_seed = np.mean([values[:count] for values in qualities], axis=0)
            rate = np.mean([study.results.estimate(key, RATE).mean for key in keys])
            quality = np.mean([values.mean() for values in qualities])
            rows.append((rate, quality, by_seed.min(), by_seed.max()))
    return pd.DataFrame(rows, columns=["rate", "quality", "least", "most"])


def _published(study: Study, axes: Axes) -> None:
    """Published averages as thin grey lines, named at their ends."""
    rows = study.about.get("published", [])
    for name in dict.fromkeys(row["codec"] for row in rows):
        points = sorted((row["bpp"], row["psnr_db"]) for row in rows if row["codec"] == name)
        label = PUBLISHED if name == rows[0]["codec"] else None
        axes.plot(*zip(*points, strict=True), ls="--", color="0.6", lw=0.9, label=label, zorder=1)
        axes.annotate(
            name, points[-1], xytext=(3, 0), textcoords="offset points", fontsize=7, color="0.4", va="center"
        )


def _rates(study: Study, axes: Axes, experiment: Experiment, metric: str, codecs: Sequence[str]) -> None:
    """Of some codecs, as the table has them, which compares all."""
    look = looks(study, codecs)
    found = study.changes(experiment, experiment.reference, metric)
    changes = {codec: change.factor for codec, change in found.items() if codec in codecs}
    if not changes:
        nothing(axes, "no common quality")
        return
    order = sorted(changes, key=lambda codec: changes[codec].mean)
    for row, codec in enumerate(order):
        change = changes[codec]
        axes.plot([change.low, change.high], [row, row], color=look[codec]["color"], marker="|")
        axes.plot(change.mean, row, **look[codec])
    name_rows(axes, order)
    axes.axvline(1, color="0.3", lw=1)
    log_axis(axes, "x")
    axes.set_xlabel(f"rate at equal {QUALITIES[metric]} over that of {experiment.reference} (ratio)")
