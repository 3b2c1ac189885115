"""Files that keep a bound on the error: their sizes, one panel per input."""

from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from fieldbench.compression.figures._look import RATE_LABEL, panels_in_rows
from fieldbench.compression.report.bounded import bound_text, keeps, unit_text
from fieldbench.compression.report.rates import RATE
from fieldbench.compression.report.results import Study
from fieldbench.figures._style import CYCLE, nothing, styled
from fieldbench.report.experiments import Experiment
from fieldbench.report.tables import Key

CAPTION = (
    "Rate of files that keep a bound on the largest error, {dataset}: one panel per input, one group of "
    "bars per bound. Hatched: the error reached exceeds the bound."
)
ACROSS = 3


@styled
def draw(study: Study, experiment: str) -> Figure:
    """Bars of bits per pixel by bound and codec, of an experiment of that kind; hatched where an error exceeds the bound."""
    chosen = study.experiments.get(experiment)
    datasets = chosen.data if chosen else ()
    across = min(ACROSS, max(1, len(datasets)))
    figure, panels = panels_in_rows(len(datasets), across, height=3.8, margin=0.5)
    if chosen is None:
        return nothing(panels[0], f"{experiment} was not run")
    for axes, dataset in zip(panels, datasets, strict=False):
        _panel(study, axes, chosen, dataset)
    handles = [Patch(facecolor=colour, label=codec) for codec, colour in _colours(chosen).items()]
    handles.append(Patch(facecolor="white", edgecolor="0.15", hatch="////", label="bound not kept"))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(7, len(handles)))
    return figure


def _colours(experiment: Experiment) -> dict[str, str]:
    return dict(zip(experiment.methods, cycle(CYCLE[1:]), strict=False))


def _panel(study: Study, axes: Axes, experiment: Experiment, dataset: str) -> None:
    colours = _colours(experiment)
    keys = [key for codec in experiment.methods for key in study.rates.points(dataset, codec)]
    bounds = {key.regime: bound_text(study, key) for key in sorted(keys, key=lambda key: key.regime)}
    width = 0.8 / len(experiment.methods)
    for index, codec in enumerate(experiment.methods):
        for place, point in enumerate(bounds):
            key = Key(dataset, point, codec)
            if study.rates.has(key, RATE):
                at = place + (index - (len(experiment.methods) - 1) / 2) * width
                hatch = "" if keeps(study, key) else "////"
                rate = study.results.estimate(key, RATE).mean
                bar = axes.bar(at, rate, width, color=colours[codec], hatch=hatch, edgecolor="white", lw=0.5)
                axes.bar_label(bar, fmt="%.3g", fontsize=7)
    axes.set_xticks(range(len(bounds)), list(bounds.values()))
    axes.set_xlabel(f"largest error ({unit_text(study, dataset) or 'ratio'})")
    axes.set_ylabel(RATE_LABEL)
    axes.set_title(dataset)
