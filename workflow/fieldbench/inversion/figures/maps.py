"""Maps of the field: truth, pixel-wise, regularized, best encoding, and how far each is from the truth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import WIDTH, new_figure, scale, styled
from fieldbench.inversion.figures._look import (
    QUANTITIES,
    Quantity,
    axis_label,
    is_slit,
    map_legend,
    map_panel,
    slit_panel,
)
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study
from fieldbench.physics.weak_field import propagate
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key

CAPTION = (
    "Magnetic field of {dataset}: line-of-sight component, transverse component and azimuth, each with "
    "its difference to the true field (to the pixel-wise field where no truth is known). Columns: truth, "
    "pixel-wise closed form, spatially regularized inversion, and the encoding with the lowest misfit at "
    "wavelengths left out for that component (first seed). Grey: masked pixels. Hatched: beyond the range of "
    "the weak-field approximation."
)
Columns = Mapping[str, np.ndarray]  # column title -> (y, x)


@styled
def draw(study: Study, dataset: str, classical: tuple[str, ...] = ("pixelwise", "regularized")) -> Figure:
    """Rows: B_los, B_T and azimuth, each followed by its difference to the truth; columns: methods.

    Without a truth the differences are to the first method of `classical`. A slit is drawn as lines.

    Args:
        study: the area's results.
        dataset: that is shown.
        classical: methods that stand beside the best encoding of each component.
    """
    study = study.on(dataset)
    columns = {quantity: _columns(study, quantity, classical) for quantity in QUANTITIES}
    return _slit(study, columns) if is_slit(study.data) else _maps(study, columns)


def _columns(study: Study, quantity: Quantity, classical: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The maps of one quantity by column; the encoding is the best one for the quantity's component."""
    truth = quantity.truth(study.data)
    columns = {} if truth is None else {"truth": truth}
    keys = study.without_grid(classical)
    columns |= {method_name(key.method): _values(study, key, quantity) for key in keys}
    best = study.best(quantity.component)
    if best:
        columns[f"best: {place(study, best)}"] = _values(study, best, quantity)
    return columns


def _values(study: Study, key: Key, quantity: Quantity) -> np.ndarray:
    return propagate(study.field(key), study.weak_field.sigma)[quantity.name].values


def _differences(quantity: Quantity, columns: Columns) -> tuple[str, dict[str, np.ndarray]]:
    """The title of the first column, and the differences of all others to it."""
    (reference, values), *others = columns.items()
    return reference, {title: quantity.difference(other, values) for title, other in others}


def _maps(study: Study, columns: Mapping[Quantity, Columns]) -> Figure:
    count = max(map(len, columns.values()))
    height = WIDTH / (count + 0.4) * study.data.sizes["y"] / study.data.sizes["x"]
    figure = new_figure(2 * len(columns) * (min(height, 4.5) + 0.45))
    panels = figure.subplots(2 * len(columns), count, sharex=True, sharey=True, squeeze=False)
    for index, (quantity, maps) in enumerate(columns.items()):
        _value_row(study, panels[2 * index], quantity, maps)
        _difference_row(study, panels[2 * index + 1], quantity, maps)
        panels[2 * index + 1, 0].axis("off")
    map_legend(panels[1, 0])
    for axes in panels[:, 0]:
        axes.set_ylabel(axis_label(study.data, "y"))
    for axes in panels[-1]:
        axes.set_xlabel(axis_label(study.data, "x"))
    return figure


def _value_row(study: Study, row: np.ndarray, quantity: Quantity, maps: Columns) -> None:
    first = np.where(study.data.usable.values, next(iter(maps.values())), np.nan)
    norm = quantity.norm(first)
    for axes, (title, values) in zip(row, maps.items(), strict=False):
        image = map_panel(axes, study, values, quantity.cmap, norm)
        axes.set_title(f"{quantity.label}, {title}")
    row[0].figure.colorbar(image, ax=row, label=quantity.text, pad=0.01, aspect=15)


def _difference_row(study: Study, row: np.ndarray, quantity: Quantity, maps: Columns) -> None:
    reference, differences = _differences(quantity, maps)
    if not differences:
        return
    usable = study.data.usable.values.astype(bool)
    shown = np.where(usable, np.stack(list(differences.values())), np.nan)
    norm = scale(shown, symmetric=True)
    for axes, (title, values) in zip(row[1:], differences.items(), strict=False):
        image = map_panel(axes, study, values, "PuOr_r", norm)
        axes.set_title(f"{title.split(': ')[-1]} - {reference}")
    row[0].figure.colorbar(image, ax=row, label=f"difference ({quantity.unit})", pad=0.01, aspect=15)


def _slit(study: Study, columns: Mapping[Quantity, Columns]) -> Figure:
    figure = new_figure(4.4 * len(columns))
    panels = figure.subplots(2 * len(columns), 1, sharex=True, height_ratios=[2, 1] * len(columns))
    for index, (quantity, lines) in enumerate(columns.items()):
        _slit_pair(study, panels[2 * index], panels[2 * index + 1], quantity, lines)
    for axes in panels[:-1]:
        axes.set_xlabel("")
    return figure


def _slit_pair(study: Study, upper: Axes, lower: Axes, quantity: Quantity, lines: Columns) -> None:
    """A quantity along the slit, and below it the differences in the same colours."""
    style = "." if quantity.limits else "-"  # an azimuth jumps at 180 degrees
    reference, differences = _differences(quantity, lines)
    slit_panel(upper, study, lines, style)
    empty = {reference: np.full(lines[reference].shape, np.nan)}
    slit_panel(lower, study, {**empty, **differences}, style)
    upper.set_ylabel(quantity.text)
    lower.set_ylabel(f"minus {reference}\n({quantity.unit})")
    upper.legend(ncols=len(lines) + 2, loc="lower left", bbox_to_anchor=(0, 1), markerscale=3)
