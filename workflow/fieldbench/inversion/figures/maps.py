"""Maps of the field: truth, pixel-wise, regularized, best encoding, and how far each is from the truth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import (
    COMPONENT,
    QUANTITIES,
    WIDTH,
    Quantity,
    axis_label,
    difference,
    is_slit,
    map_legend,
    map_panel,
    new_figure,
    scale,
    slit_panel,
    styled,
    truth_of,
)
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Run
from fieldbench.physics.weak_field import propagate
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key

CAPTION = (
    "Magnetic field of {dataset}: line-of-sight component, transverse component and azimuth, each with "
    "its difference to the true field (to the pixel-wise field where no truth is known). Columns: truth, "
    "pixel-wise closed form, spatially regularized inversion, and the encoding with the lowest misfit at "
    "held-out pixels for that component (first seed). Grey: masked pixels. Hatched: beyond the range of "
    "the weak-field approximation."
)
Columns = Mapping[str, np.ndarray]  # column title -> (y, x)


@styled
def draw(run: Run, dataset: str, classical: tuple[str, ...] = ("pixelwise", "regularized")) -> Figure:
    """Rows: B_los, B_T and azimuth, each followed by its difference to the truth; columns: methods.

    Without a truth the differences are to the first method of `classical`. A slit is drawn as lines.

    Args:
        run: the area's results.
        dataset: that is shown.
        classical: methods that stand beside the best encoding of each component.
    """
    run = run.on(dataset)
    columns = {quantity: _columns(run, quantity, classical) for quantity in QUANTITIES}
    return _slit(run, columns) if is_slit(run.data) else _maps(run, columns)


def _columns(run: Run, quantity: Quantity, classical: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The maps of one quantity by column; the encoding is the best one for the quantity's component."""
    truth = truth_of(run.data, quantity.name)
    columns = {} if truth is None else {"truth": truth}
    keys = run.without_grid(classical)
    columns |= {method_name(key.method): _values(run, key, quantity.name) for key in keys}
    best = run.best(COMPONENT[quantity.name])
    if best:
        columns[f"best: {place(best, run.regimes)}"] = _values(run, best, quantity.name)
    return columns


def _values(run: Run, key: Key, name: str) -> np.ndarray:
    return propagate(run.first_field(key), run.weak_field.sigma)[name].values


def _maps(run: Run, columns: Mapping[Quantity, Columns]) -> Figure:
    count = max(map(len, columns.values()))
    height = WIDTH / (count + 0.4) * run.data.sizes["y"] / run.data.sizes["x"]
    figure = new_figure(2 * len(columns) * (min(height, 4.5) + 0.45))
    panels = figure.subplots(2 * len(columns), count, sharex=True, sharey=True, squeeze=False)
    for index, (quantity, maps) in enumerate(columns.items()):
        _value_row(run, panels[2 * index], quantity, maps)
        _difference_row(run, panels[2 * index + 1], quantity, maps)
        panels[2 * index + 1, 0].axis("off")
    map_legend(panels[1, 0])
    for axes in panels[:, 0]:
        axes.set_ylabel(axis_label(run.data, "y"))
    for axes in panels[-1]:
        axes.set_xlabel(axis_label(run.data, "x"))
    return figure


def _value_row(run: Run, row: np.ndarray, quantity: Quantity, maps: Columns) -> None:
    first = np.where(run.data.usable.values, next(iter(maps.values())), np.nan)
    norm = scale(first, quantity.symmetric)
    if quantity.limits:
        norm.vmin, norm.vmax = quantity.limits
    for axes, (title, values) in zip(row, maps.items(), strict=False):
        image = map_panel(axes, run.data, run.weak_field.valid.values, values, quantity.cmap, norm)
        axes.set_title(f"{quantity.label}, {title}")
    row[0].figure.colorbar(image, ax=row, label=quantity.text, pad=0.01, aspect=15)


def _difference_row(run: Run, row: np.ndarray, quantity: Quantity, maps: Columns) -> None:
    reference, *others = maps
    found = {title: difference(quantity.name, maps[title], maps[reference]) for title in others}
    if not found:
        return
    usable = run.data.usable.values.astype(bool)
    norm = scale(np.stack([np.where(usable, values, np.nan) for values in found.values()]), symmetric=True)
    for axes, (title, values) in zip(row[1:], found.items(), strict=False):
        image = map_panel(axes, run.data, run.weak_field.valid.values, values, "PuOr_r", norm)
        axes.set_title(f"{title.split(': ')[-1]} - {reference}")
    row[0].figure.colorbar(image, ax=row, label=f"difference ({quantity.unit})", pad=0.01, aspect=15)


def _slit(run: Run, columns: Mapping[Quantity, Columns]) -> Figure:
    figure = new_figure(4.4 * len(columns))
    panels = figure.subplots(2 * len(columns), 1, sharex=True, height_ratios=[2, 1] * len(columns))
    for index, (quantity, lines) in enumerate(columns.items()):
        _slit_pair(run, panels[2 * index], panels[2 * index + 1], quantity, lines)
    for axes in panels[:-1]:
        axes.set_xlabel("")
    return figure


def _slit_pair(run: Run, upper: Axes, lower: Axes, quantity: Quantity, lines: Columns) -> None:
    """A quantity along the slit, and below it the differences in the same colours."""
    style = "." if quantity.limits else "-"  # an azimuth jumps at 180 degrees
    reference, *others = lines
    found = {title: difference(quantity.name, lines[title], lines[reference]) for title in others}
    slit_panel(upper, run.data, run.weak_field.valid.values, lines, style)
    nothing = {reference: np.full(lines[reference].shape, np.nan)}
    slit_panel(lower, run.data, run.weak_field.valid.values, {**nothing, **found}, style)
    upper.set_ylabel(quantity.text)
    lower.set_ylabel(f"minus {reference}\n({quantity.unit})")
    upper.legend(ncols=len(lines) + 2, loc="lower left", bbox_to_anchor=(0, 1), markerscale=3)
