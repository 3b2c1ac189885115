"""How the loss, and its excess over the closed-form floor, fall in each phase."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import CYCLE, DASHES, new_figure, styled
from fieldbench.inversion.report.results import Study
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key

CAPTION = (
    "Training loss on {dataset} and its excess over the closed-form floor, for both phases (B_los, then "
    "B_Q and B_U) and the regimes. Lines: median over seeds; bands: smallest to largest. The "
    "bare loss hides differences that the excess shows."
)
PHASES = {"b_los": r"$B_\mathrm{los}$", "b_qu": r"$B_Q, B_U$"}
VERSIONS = ("v0", "v1", "v2", "v3", "v4", "v5", "v6")
WITHOUT_GRID = ("fourier", "siren")
FLOOR = "closed-form floor"
Look = dict[str, Any]


@styled
def draw(
    study: Study, dataset: str, methods: Sequence[str] = VERSIONS, without_grid: Sequence[str] = WITHOUT_GRID
) -> Figure:
    """Rows: regimes; columns: loss and excess of each phase. Lines are medians over seeds, bands their range.

    Args:
        study: the area's results.
        dataset: that is shown.
        methods: versions drawn in each regime that has them.
        without_grid: methods outside any regime, drawn in every row.
    """
    study = study.on(dataset)
    regimes = _regimes(study, methods)
    looks = _looks(methods, without_grid)
    figure = new_figure(3.6 * len(regimes) + 0.6)
    panels = figure.subplots(len(regimes), 4, sharex=True, squeeze=False)
    for row, regime in zip(panels, regimes, strict=True):
        keys = [Key(dataset, regime, method) for method in methods] + study.without_grid(without_grid)
        _row(study, row, {key: looks[key.method] for key in keys if study.results.trained(key)})
        row[0].set_ylabel(f"regime {regime}\n{row[0].get_ylabel()}")
    for axes in panels[-1]:
        axes.set_xlabel("epoch of the phase")
    _legend(figure, panels[:, 0], [look["label"] for look in looks.values()])
    return figure


def _regimes(study: Study, methods: Sequence[str]) -> list[str]:
    """Regimes with several of the methods; else the one with most: a small benchmark has its curves too."""
    counts = {
        regime: sum(study.results.trained(Key(study.dataset, regime, method)) for method in methods)
        for regime in study.regimes
    }
    several = [regime for regime, count in counts.items() if count > 1]
    return several or [max(counts, key=lambda regime: counts[regime])]


def _looks(methods: Sequence[str], without_grid: Sequence[str]) -> dict[str, Look]:
    """Colour, dashes and label of each method, the same in every row; grey for those without a grid."""
    count = len(CYCLE)
    looks = {name: {"color": CYCLE[i % count], "ls": DASHES[i // count]} for i, name in enumerate(methods)}
    greys = {name: {"color": "0.45", "ls": DASHES[1 + i % 3]} for i, name in enumerate(without_grid)}
    return {name: {**look, "label": method_name(name)} for name, look in {**looks, **greys}.items()}


def _legend(figure: Figure, panels: np.ndarray, labels: list[str]) -> None:
    """One legend for all panels, in the order of the methods."""
    pairs = [pair for axes in panels for pair in zip(*axes.get_legend_handles_labels(), strict=True)]
    handles = {label: line for line, label in pairs}
    order = [label for label in (*labels, FLOOR) if label in handles]
    figure.legend([handles[label] for label in order], order, loc="outside upper center", ncols=len(order))


def _row(study: Study, row: np.ndarray, looks: dict[Key, Look]) -> None:
    for key, look in looks.items():
        histories = [study.history(key, seed) for seed in study.seeds(key)]
        for column, phase in enumerate(PHASES):
            for offset, quantity in enumerate(("loss", "excess")):
                curves = np.stack([history[quantity].sel(phase=phase).values for history in histories])
                _curve(row[2 * column + offset], curves, look)
    for column, (phase, label) in enumerate(PHASES.items()):
        _floor(study, row[2 * column], phase)
        for offset, quantity in enumerate(("loss", "excess over the floor")):
            row[2 * column + offset].set_ylabel(f"{quantity}, {label} ($I_c^2$)")
            row[2 * column + offset].set_yscale("log")


def _curve(axes: Axes, curves: np.ndarray, look: Look) -> None:
    """The median and range of (seed, epoch) curves; rounding can put an excess at or below zero: a gap."""
    epochs = np.arange(1, curves.shape[1] + 1)
    curves = np.where(curves > 0, curves, np.nan)
    shown = np.isfinite(curves).any(axis=0)
    axes.plot(epochs[shown], np.nanmedian(curves[:, shown], axis=0), **look)
    low, high = np.nanmin(curves[:, shown], axis=0), np.nanmax(curves[:, shown], axis=0)
    axes.fill_between(epochs[shown], low, high, color=look["color"], alpha=0.15, lw=0)


def _floor(study: Study, axes: Axes, phase: str) -> None:
    """The loss of the pixel-wise closed form over the training pixels."""
    components = ["b_los"] if phase == "b_los" else ["b_q", "b_u"]
    floor = study.weak_field.floor.sel(component=components).sum("component").values
    level = floor[study.weak_field.training.values.astype(bool)].mean()
    axes.axhline(level, color="0.5", lw=1, ls=":", label=FLOOR)
