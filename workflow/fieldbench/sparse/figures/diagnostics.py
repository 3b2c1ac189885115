"""Which failure a network has, at a glance: four tests side by side, and the verdict that follows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from fieldbench.figures._style import (
    BLACK,
    BLUE,
    CYCLE,
    GREEN,
    legend,
    name_rows,
    new_figure,
    nothing,
    styled,
)
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import BAD, FAULTS
from fieldbench.sparse.report.diagnosis import BLIND_DB, fault_of, measures_of
from fieldbench.sparse.report.results import Study

CAPTION = (
    "Which failure the networks on {dataset} have. From left to right: PSNR beside the lines of a "
    "constant mean, an independent draw and two classical methods; what the observations of an independent "
    "field cost (in the shaded range they are not used, unless the network beats the training fields' mean); "
    "the last training loss over that of a network without observations; PSNR at the points that the loss was "
    "taken at and at all others; the verdict."
)
METHODS = ("*-original", "*-fixes-*", "*-right", "*")
CLASSICAL = ("gaussian-process", "optimal-interpolation")
MOST = 40  # rows
Measures = Mapping[str, float]


@styled
def draw(
    study: Study, task: str, methods: Sequence[str] = METHODS, classical: Sequence[str] = CLASSICAL
) -> Figure:
    """One row per network: PSNR beside blind and classical lines; cost of other observations; loss; queries.

    Args:
        study: the area's results.
        task: that is shown.
        methods: shell patterns, in the order of the rows; a mere `*` leaves out variants of one method. Trainings that
            memory alone should win stand below.
        classical: methods whose PSNR is a line, three at most.
    """
    diagnosed = _diagnosed(study, task, methods)
    figure = new_figure(0.3 * max(5, len(diagnosed)) + 1.6)
    panels = figure.subplots(1, 4, sharey=True, width_ratios=[3, 2.1, 1.9, 2.4])
    if not diagnosed:
        return nothing(panels, "no network was diagnosed")
    measures = list(diagnosed.values())
    _levels(panels[0], measures)
    _classical(study, task, panels[0], classical)
    _swaps(panels[1], measures)
    _losses(panels[2], measures)
    _queries(panels[3], measures)
    name_rows(panels[0], [_label(study, key) for key in diagnosed])
    legend(figure, [panels[0], panels[3]])
    return figure


def _label(study: Study, key: Key) -> str:
    return method_name(key.method) + (f"\n({key.regime})" if key.regime in study.about["overfits"] else "")


def _diagnosed(study: Study, task: str, methods: Sequence[str]) -> dict[Key, Measures]:
    keys = study.chosen(task, methods) + study.results.select(task, study.about["overfits"])
    diagnosed = {key: measures for key in keys if (measures := measures_of(study.results, key))}
    return dict(list(diagnosed.items())[:MOST])


def _levels(axes: Axes, measures: Sequence[Measures]) -> None:
    """PSNR, with the lines of guesses."""
    rows = np.arange(len(measures))
    levels = [network["psnr_db"] for network in measures]
    axes.plot(levels, rows, "o", color=BLACK, ms=6, label="network", zorder=3)
    for name, dashes in (("constant_mean_db", "--"), ("independent_draw_db", ":")):
        guesses = [network.get(name, np.nan) for network in measures]
        _rungs(axes, guesses, rows, "0.4", dashes, name.removesuffix("_db").replace("_", " "))
    axes.set_xlabel("pooled PSNR (dB)")
    axes.set_title("how good?")


def _classical(study: Study, task: str, axes: Axes, methods: Sequence[str]) -> None:
    for method, colour in zip(methods, CYCLE[4:], strict=False):
        key = study.find(task, method)
        if key:
            level = study.results.estimate(key, "psnr_pooled_db").mean
            axes.axvline(level, color=colour, lw=1.4, label=method_name(method), zorder=1)


def _rungs(
    axes: Axes, levels: Sequence[float], rows: np.ndarray, colour: str, dashes: str, label: str
) -> None:
    """A short vertical line per row: the guess for the fields that this row was tested on."""
    axes.vlines(levels, rows - 0.5, rows + 0.5, color=colour, ls=dashes, lw=1.4, label=label, zorder=2)


def _swaps(axes: Axes, measures: Sequence[Measures]) -> None:
    rows = np.arange(len(measures))
    axes.axvspan(-BLIND_DB, BLIND_DB, color=BAD, alpha=0.15, lw=0)
    axes.barh(rows, np.nan_to_num([network["swap_drop_db"] for network in measures]), color=BLUE, height=0.6)
    axes.axvline(0, color="0.3", lw=1)
    axes.set_xlabel("cost of an independent\nfield's observations (dB)")
    axes.set_title("uses observations?")


def _losses(axes: Axes, measures: Sequence[Measures]) -> None:
    rows = np.arange(len(measures))
    ratios = [network["loss_over_blind_ratio"] for network in measures]
    axes.plot(ratios, rows, "D", color=GREEN, ms=5)
    axes.axvline(1, color=BAD, lw=1.4, ls="--")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("last loss over the\nblind floor (ratio)")
    axes.set_title("beats blindness?")


def _queries(axes: Axes, measures: Sequence[Measures]) -> None:
    """Trained against untrained points, and the verdict beside them."""
    rows = range(len(measures))
    trained, others = ([network[name] for network in measures] for name in ("trained_db", "untrained_db"))
    axes.plot([others, trained], [rows, rows], color="0.6", lw=2, zorder=1)
    axes.plot(trained, rows, ">", color=BLUE, ms=6, label="points of the loss")
    axes.plot(others, rows, "o", color=BLUE, mfc="white", ms=6, label="other points")
    for row, network in enumerate(measures):
        fault, _ = fault_of(network)
        axes.annotate(
            fault, (1.02, row), xycoords=("axes fraction", "data"), annotation_clip=False,
            va="center", color=FAULTS.get(fault, BAD), fontweight="bold",
        )  # fmt: skip
    axes.set_xlabel("pooled PSNR (dB)")
    axes.set_title("everywhere?")
