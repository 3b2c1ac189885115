"""How often methods ask their network, beside what dense stepping would ask."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import (
    BLUE,
    ORANGE,
    legend,
    log_axis,
    name_rows,
    new_figure,
    nothing,
    reach,
    styled,
)
from fieldbench.radiance.figures._look import Look, scenes_of
from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import BOX, CUBE, QUERIES, Study
from fieldbench.report.tables import Key

CAPTION = (
    "Queries of the network per ray by the methods of {dataset}, with their PSNR: of test views (filled "
    "where the PSNR is no lower than that of a training with dense stepping, so that the saving counts) "
    "and while training. Vertical lines: steps of the same length without an occupancy grid. Bars: 95 % "
    "intervals over seeds."
)
ASKED = {
    QUERIES: (-0.14, BLUE, "o", "test views"),
    "train_queries_per_ray_count": (0.14, ORANGE, "s", "training"),
}
STEPS = {CUBE: ("-", "dense steps in the cube"), BOX: (":", "dense steps in the tight box")}


@styled
def draw(study: Study, experiment: str, dataset: str | None = None) -> Figure:
    """One row per method with its PSNR: queries per ray of test views, filled where they count as a saving, and of training.

    Args:
        study: the area's results.
        experiment: whose methods are shown.
        dataset: the scene; the experiment's first where left out.
    """
    scene = next(iter(scenes_of(study, experiment, dataset)), None)
    keys = study.keys(study.experiments[experiment], scene) if scene else []
    keys = [key for key in keys if study.results.has(key, QUERIES)]
    figure = new_figure(0.5 * max(4, len(keys)) + 1.4)
    axes = figure.subplots()
    if not keys:
        return nothing(axes, "no queries were counted")
    for row, key in enumerate(keys):
        _row(axes, study, key, row)
    log_axis(axes, "x")
    name_rows(axes, [_name(study, key) for key in keys])
    axes.set_xlabel("queries of the network per ray (times)")
    axes.set_title(scene or "")
    legend(figure, [axes])
    return figure


def _row(axes: Axes, study: Study, key: Key, row: int) -> None:
    for metric, (offset, colour, marker, label) in ASKED.items():
        if not study.results.has(key, metric):
            continue
        asked = study.results.estimate(key, metric)
        counts = metric != QUERIES or study.counts(key) or study.dense(key.method)
        look: Look = {"color": colour, "ls": "", "markerfacecolor": colour if counts else "white"}
        at = asked.mean, row + offset
        axes.errorbar(*at, xerr=reach([asked]), label=label, marker=marker, ms=6, capsize=3, **look)
    for metric, (style, label) in STEPS.items():
        if study.results.has(key, metric):
            place = study.results.estimate(key, metric).mean
            axes.vlines(place, row - 0.4, row + 0.4, color="0.3", ls=style, lw=1.5, label=label)


def _name(study: Study, key: Key) -> str:
    return f"{study.label(key.method)}\n{study.results.estimate(key, PSNR).mean:.1f} dB"
