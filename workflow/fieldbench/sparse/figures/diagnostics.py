"""Which failure a network has, at a glance: four tests side by side, and the verdict that follows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from fieldbench.figures._style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    legend,
    name_rows,
    new_figure,
    nothing,
    styled,
)
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import BAD, WORDS
from fieldbench.sparse.report.diagnosis import BLIND_DB, fault_of, measures_of
from fieldbench.sparse.report.results import Run

CAPTION = (
    "Which failure the networks on {dataset} have. From left to right: PSNR beside the lines of a "
    "constant mean, an independent draw and two classical methods; what another field's observations cost "
    "(in the shaded range they are not used); the last training loss over that of a network without "
    "observations; PSNR at the points that the loss was taken at and at all others; the verdict."
)
CLASSICAL = {"gaussian-process": ORANGE, "optimal-interpolation": PURPLE}
MOST = 40  # rows
Measures = Mapping[str, float]


@styled
def draw(
    run: Run,
    task: str,
    methods: Sequence[str] = ("*-original", "*-fixes-*", "*-right", "*"),
    without: Sequence[str] = (),
) -> Figure:
    """One row per network: PSNR beside blind and classical lines; cost of another field's observations; loss; queries.

    Args:
        run: the area's results.
        task: that is shown.
        methods: shell patterns, in the order of the rows.
        without: experiments that are left out, but for the methods named in full or by more than a star.
    """
    run = run.on(task)
    found = _measured(run, methods, without)
    figure = new_figure(0.3 * max(5, len(found)) + 1.6)
    panels = figure.subplots(1, 4, sharey=True, width_ratios=[3, 2.1, 1.9, 2.4])
    if not found:
        for axes in panels:
            nothing(axes, "no network was diagnosed")
        return figure
    measures = list(found.values())
    _levels(run, panels[0], measures)
    _swaps(panels[1], measures)
    _losses(panels[2], measures)
    _queries(panels[3], measures)
    name_rows(panels[0], [_label(run, key) for key in found])
    legend(figure, [panels[0], panels[3]])
    return figure


def _label(run: Run, key: Key) -> str:
    return method_name(key.method) + (f"\n({key.regime})" if key.regime in run.config["overfits"] else "")


def _measured(run: Run, methods: Sequence[str], without: Sequence[str]) -> dict[Key, Measures]:
    chosen = [key for pattern in methods if pattern != "*" for key in run.chosen([pattern])]
    if "*" in methods:
        everything = run.results.select(run.task)
        chosen += [key for key in everything if key.regime not in without]
    found = {key: measures_of(run.results, key) for key in dict.fromkeys(chosen)}
    known = [(key, measures) for key, measures in found.items() if measures]
    return dict(known[:MOST])


def _levels(run: Run, axes: Axes, measures: Sequence[Measures]) -> None:
    """PSNR, with the lines of guesses and of classical methods."""
    rows = np.arange(len(measures))
    axes.plot(
        [found["psnr_db"] for found in measures], rows, "o", color=BLACK, ms=6, label="network", zorder=3
    )
    for name, dashes in (("constant_mean_db", "--"), ("independent_draw_db", ":")):
        known = [found.get(name, np.nan) for found in measures]
        label = name.removesuffix("_db").replace("_", " ")
        _rungs(axes, known, rows, "0.4", dashes, label)
    for method, colour in CLASSICAL.items():
        key = run.fields.find(run.task, method)
        if key:
            level = run.results.estimate(key, "psnr_pooled_db").mean
            axes.axvline(level, color=colour, lw=1.4, label=method_name(method), zorder=1)
    axes.set_xlabel("pooled PSNR (dB)")
    axes.set_title("how good?")


def _rungs(
    axes: Axes, levels: Sequence[float], rows: np.ndarray, colour: str, dashes: str, label: str
) -> None:
    """A short vertical line per row: the guess for the fields that this row was tested on."""
    ends = {"ymin": rows - 0.5, "ymax": rows + 0.5}
    axes.vlines(levels, **ends, color=colour, ls=dashes, lw=1.4, label=label, zorder=2)


def _swaps(axes: Axes, measures: Sequence[Measures]) -> None:
    rows = np.arange(len(measures))
    axes.axvspan(-BLIND_DB, BLIND_DB, color=BAD, alpha=0.15, lw=0)
    axes.barh(rows, np.nan_to_num([found["swap_drop_db"] for found in measures]), color=BLUE, height=0.6)
    axes.axvline(0, color="0.3", lw=1)
    axes.set_xlabel("cost of another field's\nobservations (dB)")
    axes.set_title("uses observations?")


def _losses(axes: Axes, measures: Sequence[Measures]) -> None:
    rows = np.arange(len(measures))
    ratios = [found["loss_over_blind_ratio"] for found in measures]
    axes.plot(ratios, rows, "D", color=GREEN, ms=5)
    axes.axvline(1, color=BAD, lw=1.4, ls="--")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("last loss over the\nblind floor (ratio)")
    axes.set_title("beats blindness?")


def _queries(axes: Axes, measures: Sequence[Measures]) -> None:
    """Trained against untrained points, and the verdict beside them."""
    for row, found in enumerate(measures):
        ends = [found["untrained_db"], found["trained_db"]]
        axes.plot(ends, [row, row], color="0.6", lw=2, zorder=1)
    for name, marker, label in (
        ("trained_db", ">", "points of the loss"),
        ("untrained_db", "o", "other points"),
    ):
        values = [found[name] for found in measures]
        axes.plot(values, range(len(measures)), marker, color=BLUE, mfc="white" if marker == "o" else BLUE, ms=6,
                  ls="", label=label)  # fmt: skip
    for row, found in enumerate(measures):
        word, _ = fault_of(found)
        place = {
            "xy": (1.02, row),
            "xycoords": ("axes fraction", "data"),
            "va": "center",
            "annotation_clip": False,
        }
        axes.annotate(word, color=WORDS.get(word, BAD), fontweight="bold", **place)
    axes.set_xlabel("pooled PSNR (dB)")
    axes.set_title("everywhere?")
