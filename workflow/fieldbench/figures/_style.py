"""One look for all figures: sizes, colours that colour-blind readers can tell apart, axes and legends."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

WIDTH = 12.0  # inches: 1200 pixels at 100 dots per inch
RC: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.5,
    "hatch.color": "0.15",
    "svg.fonttype": "none",
    "svg.hashsalt": "fieldbench",
    "savefig.dpi": 100,
    "figure.dpi": 100,
}
# Okabe & Ito 2008, "Color Universal Design"; yellow left out, since it is faint on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
CYCLE = (BLACK, BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
DASHES = ("-", "--", ":", "-.")
MASKED = "0.75"
LARGE = EngFormatter()


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw under the common settings, without touching those of the process."""

    @wraps(draw)
    def inner(*args, **params) -> Figure:
        with rc_context(RC):
            return draw(*args, **params)

    return inner


class StyledFigure(Figure):
    """A figure that is also saved under the common settings; an SVG file has no date, to be reproducible."""

    def savefig(self, fname: Any, **options: Any) -> None:
        if str(fname).endswith(".svg"):
            options.setdefault("metadata", {"Date": None})
        with rc_context(RC):
            super().savefig(fname, **options)


def new_figure(height: float) -> Figure:
    """An empty figure of the common width; height in inches."""
    return StyledFigure(figsize=(WIDTH, height), layout="constrained")


def scale(values: np.ndarray, symmetric: bool, percentile: float = 99.0) -> Normalize:
    """A colour scale that leaves out the most extreme per cent; any scale where nothing is finite."""
    finite = np.abs(values[np.isfinite(values)])
    top = float(np.percentile(finite, percentile)) if finite.size else 1.0
    top = top or 1.0
    return Normalize(-top if symmetric else 0.0, top)


def log_axis(axes: Axes, name: str) -> None:
    """A logarithmic axis, "x" or "y", labelled with plain numbers: at 1, 2 and 5, or evenly where few of them are shown."""
    axes.set(**{f"{name}scale": "log"})
    axis = getattr(axes, f"{name}axis")
    low, high = axis.get_view_interval()
    locator = LogLocator(subs=(1, 2, 5))
    shown = [value for value in locator.tick_values(low, high) if low <= value <= high]
    axis.set_major_locator(locator if len(shown) > 1 else MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(_plain))
    axis.set_minor_formatter(NullFormatter())


def _plain(value: float, _: int) -> str:
    """A tick's label: 0.5, 20, and 2 G for bytes by the billion."""
    return LARGE(value) if value >= 1e5 else f"{value:g}"


def reach(estimates: Sequence[Any]) -> np.ndarray:
    """(2, n): lengths of the bars from each `mean` to `low` and to `high`; none where no interval is known."""
    ends = [(each.mean - each.low, each.high - each.mean) for each in estimates]
    return np.nan_to_num(np.reshape(ends, (-1, 2)).T)


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names at the left, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def nothing(panels: Axes | Sequence[Axes], text: str) -> Figure:
    """One or several empty panels that say why; returns their figure."""
    each: list[Axes] = list(np.ravel(np.asarray(panels, dtype=object)))
    for axes in each:
        axes.axis("off")
        axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
    return cast(Figure, each[0].figure)


def legend(figure: Figure, panels: Iterable[Axes], across: int = 6) -> None:
    """One legend for all panels, each label once, `across` of them in a row."""
    found = [pair for axes in panels for pair in zip(*axes.get_legend_handles_labels(), strict=True)]
    handles = {label: handle for handle, label in reversed(found)}
    order = list(dict.fromkeys(label for _, label in found))
    if order:
        shown = [handles[label] for label in order]
        figure.legend(shown, order, loc="outside upper center", ncols=min(across, len(order)))


@styled
def without_data(reason: str) -> Figure:
    """What stands for a figure of data that cannot be used."""
    figure = new_figure(1.0)
    figure.text(0.5, 0.5, reason, ha="center", va="center", wrap=True)
    return figure
