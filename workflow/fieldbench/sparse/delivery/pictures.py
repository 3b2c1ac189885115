"""The figures of a summary: the map with its standard error, and what was predicted at observations that were left out."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm

from fieldbench.datasets._scattered import Scattered
from fieldbench.datasets._target import Target
from fieldbench.figures._style import BLACK, BLUE, MASKED, VERMILION, WIDTH, new_figure, styled
from fieldbench.report.metrics import data_unit
from fieldbench.sparse import held_out
from fieldbench.sparse.figures._look import colours
from fieldbench.sparse.held_out import Errors

MOST_DOTS = 20_000  # cells of a curvilinear grid that are drawn
MANY = 3000  # observations from which on they are counted in hexagons, and not drawn on the map
TALLEST = 8.0  # inches, of one map
SQUARE = 0.6  # height over width from which on maps stand beside one another


@styled
def maps(made: xr.Dataset, observations: Scattered, target: Target) -> Figure:
    """Mean with the observations, and below it, or beside it where it is tall, the standard error."""
    y, x = target.places
    ratio = (np.ptp(y) or 1) / (np.ptp(x) or 1)
    beside = ratio > SQUARE
    across = WIDTH / 2.5 if beside else WIDTH - 2
    height = min(TALLEST, across * ratio) + 0.8
    figure = new_figure(height if beside else 2 * height)
    panels = figure.subplots(1, 2) if beside else figure.subplots(2, 1)
    unit, name = data_unit(observations.unit), observations.name
    words = observations.about.get("long_name", name)
    mean, error = (made[key].values for key in (name, f"{name}_standard_error"))
    cmap, scaled = colours(observations.values)
    _map(panels[0], target, mean, cmap, scaled, f"{words} ({unit})")
    if observations.values.size <= MANY:
        size = float(np.clip(6000 / observations.values.size, 4, 25))
        dots = {"c": observations.values, "cmap": cmap, "norm": scaled, "s": size, "lw": 0.6, "ec": BLACK}
        panels[0].scatter(_beside(target, observations.x), observations.y, label="observations", **dots)
        panels[0].legend(loc="upper right", frameon=True)
    top = float(np.nanpercentile(error, 99)) or 1.0
    _map(panels[1], target, error, "cividis", Normalize(0, top), f"standard error ({unit})")
    return figure


def _map(axes: Axes, target: Target, values: np.ndarray, colours: str, scaled: Normalize, words: str) -> None:
    axes.set_facecolor(MASKED)
    axes.grid(False)
    y, x = target.places
    shown: ScalarMappable
    if target.y.ndim == 2:
        some = slice(None, None, 1 + y.size // MOST_DOTS)
        side = 72 * (WIDTH - 2) * np.sqrt((np.ptp(y) / (np.ptp(x) or 1) or 1) / y[some].size)
        shown = axes.scatter(
            x[some], y[some], c=values[target.known][some], s=side**2, marker="s", lw=0,
            cmap=colours, norm=scaled, rasterized=True,
        )  # fmt: skip
    else:
        columns, rows = np.argsort(target.x.values), np.argsort(target.y.values)
        across, up = target.x.values[columns], target.y.values[rows]
        shown = axes.pcolormesh(
            across, up, values[rows][:, columns],
            shading="nearest", cmap=colours, norm=scaled, rasterized=True,
        )  # fmt: skip
    axes.set_aspect("equal")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    for limits, line in ((axes.set_xlim, x), (axes.set_ylim, y)):
        limits(line.min() - 0.01 * np.ptp(line), line.max() + 0.01 * np.ptp(line))
    sphere = target.sphere
    units = [line.attrs.get("units", "") for line in (target.x, target.y)]
    axes.set_xlabel("longitude (°)" if sphere else f"x ({units[0]})")
    axes.set_ylabel("latitude (°)" if sphere else f"y ({units[1]})")
    axes.figure.colorbar(shown, ax=axes, label=words, pad=0.02, extend="both", aspect=30)


def _beside(target: Target, x: np.ndarray) -> np.ndarray:
    """Longitudes counted as those of the grid are."""
    if not target.sphere:
        return x
    east = target.places[1]
    west = (east.min() + east.max()) / 2 - 180
    return west + (x - west) % 360


@styled
def left_out(errors: Errors, observed: np.ndarray, unit: str, words: str) -> Figure:
    """Prediction against observation, and how often intervals hold the observation, where each was left out."""
    figure = new_figure(4.6)
    scatter, shares = figure.subplots(1, 2)
    _scatter(scatter, observed + errors.error, observed, data_unit(unit))
    scatter.set_title(f"{observed.size:,} observations left out: {words}")
    level = np.linspace(0.05, 0.95, 19)
    total = np.hypot(held_out.unseen_scale(errors) * errors.spread, errors.noise)
    curves: Mapping[str, tuple[np.ndarray, str, str]] = {
        "calibrated on others": (total, BLUE, "o-"),
        "not calibrated": (np.hypot(errors.spread, errors.noise), VERMILION, "s--"),
    }
    for label, (width, colour, line) in curves.items():
        held = [(np.abs(errors.error) <= norm.ppf(0.5 + each / 2) * width).mean() for each in level]
        shares.plot(100 * level, 100 * np.array(held), line, color=colour, ms=4, label=label)
    shares.plot([0, 100], [0, 100], ":", color="0.45", label="as promised")
    shares.set(xlabel="interval (%)", ylabel="observations within (%)", xlim=(0, 100), ylim=(0, 100))
    shares.set_title("Do intervals hold what they promise?")
    shares.legend(loc="upper left")
    return figure


def _scatter(axes: Axes, predicted: np.ndarray, observed: np.ndarray, unit: str) -> None:
    ends = [float(min(predicted.min(), observed.min())), float(max(predicted.max(), observed.max()))]
    if observed.size > MANY:
        shown = axes.hexbin(observed, predicted, gridsize=60, bins="log", mincnt=1, cmap="cividis")
        axes.figure.colorbar(shown, ax=axes, label="observations", pad=0.02)
    else:
        axes.plot(observed, predicted, "o", color=BLUE, ms=3, alpha=0.6)
    axes.plot(ends, ends, ":", color="0.45")
    axes.set(xlabel=f"observed ({unit})", ylabel=f"predicted ({unit})")
