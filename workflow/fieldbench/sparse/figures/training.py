"""How the loss of the networks falls, measured by the floor that a blind network reaches."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import CYCLE, DASHES, log_axis, new_figure, nothing, styled
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import BAD
from fieldbench.sparse.report.diagnosis import PREFIX
from fieldbench.sparse.report.results import Study

CAPTION = (
    "Training loss of networks on {dataset} over the least loss of a network that sees no observations "
    "(dashed line), by steps and by time; medians of neighbouring steps, first seed."
)
METHODS = ("*-original", "*-fixes-1-2-3", "*-right", "*-right-but-objective", "*")
BINS = 120  # of steps, whose median loss is drawn
LAST = 20  # the last of so many parts of a training is the loss that a diagnosis compares with the floor
MOST = 12  # curves


class Curve(NamedTuple):
    """Steps, seconds, and loss over the floor."""

    steps: np.ndarray
    seconds: np.ndarray
    ratios: np.ndarray


@styled
def draw(study: Study, task: str, methods: Sequence[str] = METHODS) -> Figure:
    """Loss over the blind floor, by steps and by time; first seed.

    Args:
        study: the area's results.
        task: that is shown.
        methods: shell patterns; a mere `*` leaves out variants of one method.
    """
    keys = study.chosen(task, methods)
    curves = {key: curve for key in keys if (curve := falling(study, key)) is not None}
    figure = new_figure(5.2)
    panels = figure.subplots(1, 2, sharey=True)
    if not curves:
        return nothing(panels, "no network was trained")
    looks = product(DASHES, CYCLE)
    for (key, curve), (dashes, colour) in zip(list(curves.items())[:MOST], looks, strict=False):
        look = {"ls": dashes, "color": colour, "label": method_name(key.method)}
        panels[0].plot(curve.steps, curve.ratios, **look)
        panels[1].plot(curve.seconds, curve.ratios, **look)
    _finish(figure, panels)
    return figure


def _finish(figure: Figure, panels: Sequence[Axes]) -> None:
    for axes, text in zip(panels, ("step", "time (s)"), strict=True):
        axes.axhline(1, color=BAD, lw=1.5, ls="--", label="blind floor")
        axes.set_xlabel(text)
    log_axis(panels[0], "y")
    panels[0].set_ylabel("loss over the blind floor (ratio)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper")


def falling(study: Study, key: Key) -> Curve | None:
    """Medians of bins of steps of the first training; None where there is no history or no floor."""
    history, metric = study.history(key), f"{PREFIX}loss_over_blind_ratio"
    if history is None or not study.results.has(key, metric):
        return None
    loss = history.loss.values.astype(float)
    last = loss[-max(len(loss) // LAST, 1) :].mean()
    floor = last / study.results.by_seed(key, metric).iloc[0]
    spent = np.diff(history.seconds.values, prepend=0).clip(0)  # a second phase starts from 0 again
    bins = np.array_split(np.arange(len(loss)), min(BINS, len(loss)))

    def medians(values: np.ndarray) -> np.ndarray:
        return np.array([np.median(values[part]) for part in bins])

    return Curve(medians(np.arange(len(loss))) + 1, medians(np.cumsum(spent)), medians(loss) / floor)
