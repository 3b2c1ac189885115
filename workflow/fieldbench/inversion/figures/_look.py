"""What the figures of inverted magnetic fields share: the quantities that they show, maps, and lines along a slit."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Protocol

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import LogFormatter

from fieldbench.figures._style import BLUE, CYCLE, MASKED, scale

DETECTION = ("#F0E4C8", BLUE)  # light, dark
DETECTED = ("within its error", "detected")
BEYOND = "beyond the weak-field range"


@dataclass(frozen=True)
class Quantity:
    """One map of the field.

    Attributes:
        name: variable in `propagate`'s result.
        component: of the field that it follows from, a key of COMPONENTS.
        label: name on axes.
        unit: unit on axes.
        cmap: colour map of the values.
        symmetric: whether the scale is centred on zero.
        limits: fixed scale, or None for one taken from the values.
    """

    name: str
    component: str
    label: str
    unit: str
    cmap: str
    symmetric: bool = False
    limits: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})"

    def norm(self, values: np.ndarray) -> Normalize:
        """The scale of the colours of a map, from its values unless it is fixed."""
        return Normalize(*self.limits) if self.limits else scale(values, self.symmetric)

    def truth(self, data: xr.Dataset) -> np.ndarray | None:
        """The true map (y, x), or None where it is unknown."""
        name = f"{self.name}_true"
        return data[name].values.astype(float) if name in data else None

    def difference(self, values: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Values minus reference; of azimuths in [-90, 90), since they are known up to 180 degrees."""
        plain = values - reference
        return (plain + 90) % 180 - 90 if self.name == "azimuth" else plain


QUANTITIES = (
    Quantity("b_los", "b_los", r"$B_\mathrm{los}$", "G", "RdBu_r", symmetric=True),
    Quantity("b_transverse", "b_qu", r"$B_\mathrm{T}$", "G", "cividis"),
    Quantity("azimuth", "b_qu", "azimuth", "°", "twilight", limits=(0.0, 180.0)),
)


def truths(data: xr.Dataset) -> list[np.ndarray]:
    """The true maps of all quantities; none where they are unknown."""
    return [truth for quantity in QUANTITIES if (truth := quantity.truth(data)) is not None]


def axis_label(data: xr.Dataset, axis: str) -> str:
    """Name of a spatial axis with its unit."""
    return f"{axis} ({data[axis].attrs.get('units', 'pixel')})"


class Pixels(Protocol):
    """What panels take of a study: usable pixels and coordinates, and where the approximation holds."""

    @property
    def data(self) -> xr.Dataset: ...
    @property
    def weak_field(self) -> xr.Dataset: ...


def map_panel(
    axes: Axes, study: Pixels, values: np.ndarray, cmap: str | ListedColormap, norm: Normalize
) -> AxesImage:
    """One map (y, x): masked pixels grey, pixels beyond the weak-field range hatched."""
    data, usable, beyond = study.data, *_pixels(study)
    look: dict[str, Any] = {"origin": "lower", "extent": _extent(data), "interpolation": "nearest"}
    axes.set_facecolor(MASKED)
    axes.grid(False)
    image = axes.imshow(np.where(usable, values, np.nan), cmap=cmap, norm=norm, **look)
    if beyond.any():
        hatched: dict[str, Any] = {"levels": [0.5, 1.5], "hatches": ["////"], "colors": "none"}
        axes.contourf(data.x.values, data.y.values, beyond.astype(float), **hatched)
    return image


def detection_panel(axes: Axes, study: Pixels, detected: np.ndarray) -> None:
    """Which pixels (y, x) show a transverse field beyond its error; dark where they do, so that shades alone tell."""
    if is_slit(study.data):
        slit_panel(axes, study, {"detected": detected.astype(float)}, ".")
        axes.set_yticks([0, 1], DETECTED)
        return
    map_panel(axes, study, detected.astype(float), ListedColormap(DETECTION), Normalize(0, 1))
    handles = [
        Patch(facecolor=colour, label=label) for colour, label in zip(DETECTION, DETECTED, strict=True)
    ]
    axes.legend(handles=handles, loc="upper right", frameon=True, framealpha=0.9)


def _pixels(study: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """Usable pixels (y, x), and those of them that are beyond the weak-field range."""
    usable = study.data.usable.values.astype(bool)
    return usable, usable & ~study.weak_field.valid.values.astype(bool)


def _extent(data: xr.Dataset) -> tuple[float, float, float, float]:
    """Edges of the outer pixels, from their centres."""
    edges = []
    for axis in ("x", "y"):
        centres = data[axis].values
        half = (centres[-1] - centres[0]) / max(1, len(centres) - 1) / 2 or 0.5
        edges += [centres[0] - half, centres[-1] + half]
    return tuple(edges)


def map_legend(axes: Axes) -> None:
    """The meaning of grey and hatching, in an otherwise empty panel."""
    axes.axis("off")
    hatched = Patch(facecolor="white", edgecolor="0.15", hatch="////", label="beyond the\nweak-field range")
    axes.legend(handles=[Patch(facecolor=MASKED, label="masked"), hatched], loc="center", handleheight=1.6)


def is_slit(data: xr.Dataset) -> bool:
    """Whether the data are one pixel wide, so that lines say more than maps."""
    return min(data.sizes["y"], data.sizes["x"]) == 1


def slit_panel(axes: Axes, study: Pixels, lines: Mapping[str, np.ndarray], style: str = "-") -> None:
    """Quantities along a slit, one line per name; grey where masked, hatched beyond the weak-field range."""
    axis = "x" if study.data.sizes["y"] == 1 else "y"
    position = study.data[axis].values
    usable, beyond = (pixels.ravel() for pixels in _pixels(study))
    for (name, values), colour in zip(lines.items(), cycle(CYCLE), strict=False):
        shown = np.where(usable, values.ravel(), np.nan)
        axes.plot(position, shown, style, color=colour, lw=0.9, ms=2.5, label=name)
    band: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "step": "mid", "zorder": 0, "lw": 0}
    if not usable.all():
        axes.fill_between(position, 0, 1, where=~usable, color=MASKED, label="masked", **band)
    if beyond.any():
        axes.fill_between(position, 0, 1, where=beyond, hatch="////", facecolor="none", label=BEYOND, **band)
    axes.set_xlabel(axis_label(study.data, axis))


def plain_log(axes: Axes) -> None:
    """A logarithmic y axis labelled with plain numbers."""
    axes.set_yscale("log")
    for place in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        place(LogFormatter(labelOnlyBase=False, minor_thresholds=(1.5, 0.5)))
