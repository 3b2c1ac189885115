"""What the figures of sparse fields share: colours, reference lines, points with intervals, and fields as images."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from fieldbench.figures._style import BLACK, BLUE, GREEN, MASKED, ORANGE, PURPLE, SKY, VERMILION, reach, scale
from fieldbench.report.metrics import data_unit
from fieldbench.report.statistics import Estimate
from fieldbench.sparse.report.results import Study

REFERENCES = {  # name in the group `limits`: label, colour, dashes
    "constant-mean": ("constant mean", "0.45", "--"),
    "independent-draw": ("independent draw", "0.45", ":"),
    "cramer-rao": ("Cramér-Rao limit", BLACK, "-."),
}
MARKS = (("o", BLUE), ("s", VERMILION), ("^", GREEN), ("D", ORANGE), ("v", PURPLE), ("P", SKY))
FAULTS = {  # colour of each
    "healthy": GREEN,
    "underfit": ORANGE,
    "clamped truth": PURPLE,
    "aliased coordinates": SKY,
    "query shift": BLUE,
}
BAD = VERMILION  # of the other faults: observations are not used


def reference_lines(study: Study, axes: Axes, task: str) -> None:
    """Vertical lines at the PSNR of blind guesses and of the limit, where they are known."""
    for name, (label, colour, dashes) in REFERENCES.items():
        level = study.line(task, name)
        if np.isfinite(level):
            axes.axvline(level, color=colour, ls=dashes, lw=1.3, label=label, zorder=1)


def points(
    axes: Axes, estimates: Sequence[Estimate], y: np.ndarray, marker: str, colour: str, label: str
) -> None:
    """Means at heights `y`, with their intervals where there are some."""
    means = np.array([estimate.mean for estimate in estimates])
    axes.errorbar(
        means, y, xerr=reach(estimates), label=label, fmt=marker, color=colour, ms=5, capsize=2, lw=1.2, ls=""
    )


def colours(values: np.ndarray) -> tuple[str, Normalize]:
    """A colour map for values, and their range without extremes; centred on zero where they have both signs."""
    low, high = np.percentile(values, [0.5, 99.5])
    if low < 0 < high and min(-low, high) > 0.2 * max(-low, high):
        return "RdBu_r", scale(values, symmetric=True, percentile=99.5)
    return "viridis", Normalize(low, high if high > low else low + 1)


def on_sphere(problem: xr.Dataset) -> bool:
    """Whether the points lie on the Earth."""
    return "latitude" in problem


def coordinates(problem: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """y and x (point,): degrees north and east on the sphere, shares of the longer side elsewhere."""
    if on_sphere(problem):
        return problem.latitude.values, problem.longitude.values
    return problem.position.values[:, 0], problem.position.values[:, 1]


def _lattice(problem: xr.Dataset) -> tuple[tuple[float, float], tuple[float, float]]:
    """Step and start of the regular grid's y, and of its x."""
    y, x = coordinates(problem)
    down, top = np.polyfit(problem.row.values, y, 1)
    right, left = np.polyfit(problem.column.values, x, 1)
    return (float(down), float(top)), (float(right), float(left))


def image(problem: xr.Dataset, values: np.ndarray) -> np.ndarray:
    """Values (point,) as an image, north or small y below; NaN where there is no point."""
    rows = np.full((problem.attrs["rows"], problem.attrs["columns"]), np.nan)
    rows[problem.row.values, problem.column.values] = values
    (down, _), (right, _) = _lattice(problem)
    return rows[:: -1 if down < 0 else 1, :: -1 if right < 0 else 1]


def extent(problem: xr.Dataset) -> tuple[float, float, float, float]:
    """Edges of the outer pixels of `image`: x from, x to, y from, y to."""
    vertical, horizontal = _lattice(problem)
    (left, right), (low, high) = (
        sorted((start - step / 2, start + step * (problem.attrs[size] - 0.5)))
        for (step, start), size in ((horizontal, "columns"), (vertical, "rows"))
    )
    return left, right, low, high


def name_axes(problem: xr.Dataset, panels: np.ndarray) -> None:
    """Names of the coordinates along the left and lower edges of `panels` (rows, columns)."""
    sphere = on_sphere(problem)
    for axes in panels[:, 0]:
        axes.set_ylabel("latitude (°)" if sphere else "y (longer side = 1)")
    for axes in panels[-1]:
        axes.set_xlabel("longitude (°)" if sphere else "x (longer side = 1)")


def unit_of(problem: xr.Dataset) -> str:
    """The unit of the data as it is shown."""
    return data_unit(problem.attrs["unit"])


def draw_map(problem: xr.Dataset, axes: Axes, values: np.ndarray, cmap: str, norm: Normalize) -> AxesImage:
    """Values (point,) on the map, grey where there is none."""
    axes.set_facecolor(MASKED)
    axes.grid(False)
    return axes.imshow(
        image(problem, values), cmap=cmap, norm=norm,
        origin="lower", extent=extent(problem), interpolation="nearest", aspect="equal",
    )  # fmt: skip


def draw_observations(problem: xr.Dataset, axes: Axes, field: int, cmap: str, norm: Normalize) -> None:
    """What was measured of a test field, where it was."""
    y, x = coordinates(problem)
    there = problem.test_index.values[field] >= 0
    index, values = problem.test_index.values[field][there], problem.test_values.values[field][there]
    axes.set_facecolor("0.93")
    axes.grid(False)
    size = min(25.0, 3000 / len(index))
    axes.scatter(x[index], y[index], c=values, cmap=cmap, norm=norm, s=size, lw=0)
    axes.set_aspect("equal")
    axes.set_title(f"{len(index):,} of {problem.sizes['point']:,} observed")


def with_unit(problem: xr.Dataset, name: str) -> str:
    """A label of a colour bar."""
    return f"{name} ({unit_of(problem)})" if unit_of(problem) else name
