"""Files that keep a bound on the error: their sizes, one panel per input."""

from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fieldbench.compression.figures._look import RATE_LABEL, chosen
from fieldbench.compression.report.rates import RATE
from fieldbench.compression.report.results import Run
from fieldbench.compression.report.tables import Experiment, keeps
from fieldbench.figures._style import CYCLE, new_figure, nothing, styled
from fieldbench.report.metrics import data_unit
from fieldbench.report.tables import Key

CAPTION = (
    "Rate of files that keep a bound on the largest error, {dataset}: one panel per input, one group of "
    "bars per bound. Hatched: the error reached exceeds the bound."
)
ACROSS = 3


@styled
def draw(run: Run, experiment: str) -> Figure:
    """Bars of bits per pixel by bound and codec; hatched where an error exceeds the bound.

    Args:
        run: the area's results.
        experiment: one with bounded errors.
    """
    found = chosen(run, experiment)
    datasets = found.datasets if found else ()
    across = min(ACROSS, max(1, len(datasets)))
    down = -(-max(1, len(datasets)) // across)
    figure = new_figure(3.8 * down + 0.5)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes in panels[max(1, len(datasets)) :]:
        axes.axis("off")
    if found is None:
        nothing(panels[0], f"{experiment} was not run")
        return figure
    for axes, dataset in zip(panels, datasets, strict=False):
        _panel(run, axes, found, dataset)
    colours = _colours(found)
    handles = [Patch(facecolor=colour, label=codec) for codec, colour in colours.items()]
    handles.append(Patch(facecolor="white", edgecolor="0.15", hatch="////", label="bound not kept"))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(7, len(handles)))
    return figure


def _colours(experiment: Experiment) -> dict[str, str]:
    return dict(zip(experiment.codecs, cycle(CYCLE[1:]), strict=False))


def _panel(run: Run, axes: Axes, experiment: Experiment, dataset: str) -> None:
    study, colours = run.study, _colours(experiment)
    named = {key.regime: key for codec in experiment.codecs for key in study.rates.points(dataset, codec)}
    points = sorted(named)
    bounds = [study.bound_text(dataset, named[point].method, point) for point in points]
    width = 0.8 / len(experiment.codecs)
    for index, codec in enumerate(experiment.codecs):
        for place, point in enumerate(points):
            key = Key(dataset, point, codec)
            if study.rates.has(key, RATE):
                at = place + (index - (len(experiment.codecs) - 1) / 2) * width
                hatch = "" if keeps(study, key) else "////"
                rate = study.results.estimate(key, RATE).mean
                bar = axes.bar(at, rate, width, color=colours[codec], hatch=hatch, edgecolor="white", lw=0.5)
                axes.bar_label(bar, fmt="%.3g", fontsize=7)
    axes.set_xticks(range(len(points)), bounds)
    unit = data_unit(study.about["facts"][dataset]["units"])
    axes.set_xlabel(f"largest error ({unit or 'ratio'})")
    axes.set_ylabel(RATE_LABEL)
    axes.set_title(dataset)
