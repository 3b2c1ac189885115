"""What is said of a field that was handed over: one sentence, and one page with its maps."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench import files
from fieldbench.figures._style import new_figure, scale, styled
from fieldbench.figures.drawing import DPI
from fieldbench.inversion.figures._look import (
    QUANTITIES,
    axis_label,
    detection_panel,
    is_slit,
    map_panel,
    slit_panel,
)
from fieldbench.monitor.view import duration
from fieldbench.report import templates
from fieldbench.report.formatting import plain
from fieldbench.report.results import lines


class Shown(NamedTuple):
    """What panels take of a study: usable pixels and coordinates, and where the approximation holds."""

    data: xr.Dataset
    weak_field: xr.Dataset


def sentence(field: xr.Dataset) -> str:
    """Which method, how sure, and what it cost."""
    parts = [f"B_los by {field.attrs['method_b_los']} (1 sigma: {_typical(field, 'b_los')} G)"]
    if field.attrs["unseen_b_qu"]:
        parts.append(f"no B_T and azimuth to rely on: {field.attrs['unseen_b_qu']}")
    elif field.attrs["method_b_qu"]:
        sigmas = f"{_typical(field, 'b_transverse')} G and {_typical(field, 'azimuth')} degrees"
        parts.append(f"B_T and azimuth by {field.attrs['method_b_qu']} ({sigmas})")
    count = len(field.attrs["methods_compared"].split(", "))
    rank = f"the best of {count} at wavelengths left out" if count > 1 else "the only method that finished"
    return f"{'; '.join(parts)}; {rank}, in {duration(field.attrs['training_seconds'])} of computing."


def _typical(field: xr.Dataset, name: str) -> str:
    """The median uncertainty over usable pixels."""
    value = float(np.nanmedian(field[f"{name}_sigma"]))
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def write(field: xr.Dataset, target: Path, results: Path, headlines: list[str]) -> Path:
    """Write the page beside the target, and its maps; returns the page.

    Args:
        field: see `report.field.recommended`.
        target: the file that was handed over.
        results: folder with the whole study.
        headlines: of the study's page.

    Raises:
        UserError: the folder cannot be written to.
    """
    picture, page = target.with_suffix(".png"), target.with_suffix(".md")
    with files.replacing(picture) as temporary:
        maps(field).savefig(temporary, dpi=DPI)
    text = templates.render(
        "inverted.md.j2",
        field=plain(dict(field.attrs)),
        sentence=sentence(field),
        headlines=headlines,
        target=target.name,
        picture=picture.name,
        results=results.name,
        lines={name: plain(lines(field.attrs, name)) for name in ("comment", "notes", "warnings")},
        usable=int(field["usable"].sum()),
        valid=int(field["valid"].sum()),
        detected=int(field["detected"].sum()),
        transverse=bool(field.attrs["method_b_qu"]),
        size=field["usable"].size,
    )
    files.save_text(text, page)
    return page


@styled
def maps(field: xr.Dataset) -> Figure:
    """B_los, B_T and azimuth, and beside each its uncertainty; debiased B_T, and where it is detected."""
    shown = Shown(_in_pixels(field.assign(usable=field["usable"].astype(bool))), field)
    quantities = [each for each in QUANTITIES if np.isfinite(field[each.name]).any()]
    aspect = 0.5 if is_slit(field) else min(1.3, field.sizes["y"] / field.sizes["x"])
    transverse = [quantity for quantity in quantities if quantity.name == "b_transverse"]
    rows = len(quantities) + len(transverse)
    panels = new_figure(rows * (5.0 * aspect + 0.6)).subplots(rows, 2, squeeze=False)
    for row, quantity in zip(panels, quantities, strict=False):
        values, sigma = (
            field[name].values.astype(float) for name in (quantity.name, f"{quantity.name}_sigma")
        )
        norm = scale(values, quantity.symmetric)
        if quantity.limits:
            norm.vmin, norm.vmax = quantity.limits
        _panel(shown, row[0], values, quantity.text, quantity.cmap, norm)
        _panel(shown, row[1], sigma, f"sigma of {quantity.text}", "cividis", scale(sigma, symmetric=False))
    for quantity in transverse:
        debiased = field["b_transverse_debiased"].values.astype(float)
        norm = scale(field["b_transverse"].values.astype(float), symmetric=False)
        _panel(shown, panels[-1, 0], debiased, f"debiased {quantity.text}", quantity.cmap, norm)
        detection_panel(panels[-1, 1], shown, field["detected"].values.astype(bool))
    return panels[0, 0].figure


def _in_pixels(field: xr.Dataset) -> xr.Dataset:
    """The same with a unit that labels can name, where coordinates are numbers of pixels."""
    bare = [axis for axis in ("y", "x") if field[axis].attrs["units"] == "1"]
    return field.assign_coords({axis: field[axis].assign_attrs(units="pixel") for axis in bare})


def _panel(shown: Shown, axes: Axes, values: np.ndarray, text: str, cmap: str, norm) -> None:
    if is_slit(shown.data):
        slit_panel(axes, shown, {text: values}, ".")
        axes.set_ylabel(text)
        axes.set_ylim(norm.vmin, norm.vmax)
        return
    image = map_panel(axes, shown, values, cmap, norm)
    axes.set_xlabel(axis_label(shown.data, "x"))
    axes.set_ylabel(axis_label(shown.data, "y"))
    axes.figure.colorbar(image, ax=axes, label=text, pad=0.02)
