"""One look for all figures: sizes, colours that colour-blind readers can tell apart, maps and slits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import cycle
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import (
    EngFormatter,
    FuncFormatter,
    LogFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
)

WIDTH = 12.0  # inches: 1200 pixels at 100 dots per inch
RC = {
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
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
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


@dataclass(frozen=True)
class Quantity:
    """One map of the field.

    Attributes:
        name: variable in `propagate`'s result.
        label: name on axes.
        unit: unit on axes.
        cmap: colour map of the values.
        symmetric: whether the scale is centred on zero.
        limits: fixed scale, or None for one taken from the values.
    """

    name: str
    label: str
    unit: str
    cmap: str
    symmetric: bool = False
    limits: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})"


QUANTITIES = (
    Quantity("b_los", r"$B_\mathrm{los}$", "G", "RdBu_r", symmetric=True),
    Quantity("b_transverse", r"$B_\mathrm{T}$", "G", "cividis"),
    Quantity("azimuth", "azimuth", "°", "twilight", limits=(0.0, 180.0)),
)
TRUTH = {"b_los": "b_los_true", "b_transverse": "b_transverse_true", "azimuth": "azimuth_true"}
COMPONENT = {"b_los": "b_los", "b_transverse": "b_qu", "azimuth": "b_qu"}


def truth_of(data: xr.Dataset, name: str) -> np.ndarray | None:
    """The true map (y, x) of a quantity, or None where it is unknown."""
    return data[TRUTH[name]].values.astype(float) if TRUTH[name] in data else None


def difference(name: str, values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Values minus reference; of azimuths in [-90, 90), since they are known up to 180 degrees."""
    plain = values - reference
    return (plain + 90) % 180 - 90 if name == "azimuth" else plain


def scale(values: np.ndarray, symmetric: bool, percentile: float = 99.0) -> Normalize:
    """A colour scale that leaves out the most extreme per cent; any scale where nothing is finite."""
    finite = np.abs(values[np.isfinite(values)])
    top = float(np.percentile(finite, percentile)) if finite.size else 1.0
    top = top or 1.0
    return Normalize(-top if symmetric else 0.0, top)


def _extent(data: xr.Dataset) -> tuple[float, float, float, float]:
    """Edges of the outer pixels, from their centres."""
    edges = []
    for axis in ("x", "y"):
        centres = data[axis].values
        half = (centres[-1] - centres[0]) / max(1, len(centres) - 1) / 2 or 0.5
        edges += [centres[0] - half, centres[-1] + half]
    return tuple(edges)


def axis_label(data: xr.Dataset, axis: str) -> str:
    """Name of a spatial axis with its unit."""
    return f"{axis} ({data[axis].attrs.get('units', 'pixel')})"


def map_panel(
    axes: Axes, data: xr.Dataset, valid: np.ndarray, values: np.ndarray, cmap: str, norm: Normalize
) -> AxesImage:
    """One map: masked pixels grey, pixels beyond the weak-field range hatched."""
    usable = data.usable.values.astype(bool)
    extent = _extent(data)
    axes.set_facecolor(MASKED)
    axes.grid(False)
    shown = np.where(usable, values, np.nan)
    image = axes.imshow(shown, cmap=cmap, norm=norm, origin="lower", extent=extent, interpolation="nearest")
    beyond = usable & ~valid
    if beyond.any():
        axes.contourf(
            data.x.values,
            data.y.values,
            beyond.astype(float),
            levels=[0.5, 1.5],
            hatches=["////"],
            colors="none",
        )
    return image


def map_legend(axes: Axes) -> None:
    """The meaning of grey and hatching, in an otherwise empty panel."""
    axes.axis("off")
    hatched = Patch(facecolor="white", edgecolor="0.15", hatch="////", label="beyond the\nweak-field range")
    axes.legend(handles=[Patch(facecolor=MASKED, label="masked"), hatched], loc="center", handleheight=1.6)


def is_slit(data: xr.Dataset) -> bool:
    """Whether the data are one pixel wide, so that lines say more than maps."""
    return min(data.sizes["y"], data.sizes["x"]) == 1


def slit_panel(
    axes: Axes, data: xr.Dataset, valid: np.ndarray, lines: Mapping[str, np.ndarray], style: str = "-"
) -> None:
    """Quantities along a slit, one line per name; grey where masked, hatched beyond the weak-field range."""
    axis = "x" if data.sizes["y"] == 1 else "y"
    position = data[axis].values
    usable = data.usable.values.astype(bool).ravel()
    for (name, values), colour in zip(lines.items(), cycle(CYCLE), strict=False):
        shown = np.where(usable, values.ravel(), np.nan)
        axes.plot(position, shown, style, color=colour, lw=0.9, ms=2.5, label=name)
    beyond = usable & ~valid.astype(bool).ravel()
    for where, name, look in (
        (~usable, "masked", {"color": MASKED}),
        (beyond, "beyond the weak-field range", {"hatch": "////", "facecolor": "none"}),
    ):
        if where.any():
            area = {
                "transform": axes.get_xaxis_transform(),
                "step": "mid",
                "zorder": 0,
                "lw": 0,
                "label": name,
            }
            axes.fill_between(position, 0, 1, where=where, **look, **area)
    axes.set_xlabel(axis_label(data, axis))


def plain_log(axes: Axes) -> None:
    """A logarithmic y axis labelled with plain numbers."""
    axes.set_yscale("log")
    for place in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        place(LogFormatter(labelOnlyBase=False, minor_thresholds=(1.5, 0.5)))


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


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names at the left, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def nothing(axes: Axes, text: str) -> None:
    """An empty panel that says why."""
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)


def legend(figure, panels: Sequence[Axes]) -> None:
    """One legend for all panels, each label once."""
    found = [pair for axes in panels for pair in zip(*axes.get_legend_handles_labels(), strict=True)]
    handles = {label: handle for handle, label in reversed(found)}
    order = list(dict.fromkeys(label for _, label in found))
    if order:
        figure.legend(
            [handles[label] for label in order], order, loc="outside upper center", ncols=min(6, len(order))
        )
