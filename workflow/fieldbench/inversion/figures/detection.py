"""Which pixels show a transverse field beyond the noise, and what B_T is without the bias of noise."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import new_figure, scale, styled
from fieldbench.inversion.figures._look import (
    QUANTITIES,
    Quantity,
    axis_label,
    detection_panel,
    is_slit,
    map_panel,
    slit_panel,
)
from fieldbench.inversion.report.choice import COMPONENTS, choose
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study

CAPTION = (
    "B_T of {dataset} by the recommended method (first seed): as inferred, debiased (its likeliest value, 0 where noise "
    "alone is the likeliest cause), the true one where it is known, all on one scale; and the pixels where B_T squared "
    "exceeds three standard deviations of its error. Beyond the weak-field range (hatched) that error is the "
    "approximation's own misfit more than noise, so that the strong field of an umbra may count as not detected."
)


@styled
def draw(study: Study, dataset: str) -> Figure:
    """B_T, debiased B_T, the truth where it is known, and detected pixels.

    Args:
        study: the area's results.
        dataset: that is shown.
    """
    study = study.on(dataset)
    quantity = next(each for each in QUANTITIES if each.name == "b_transverse")
    choice = choose(study, dataset, COMPONENTS[quantity.component])
    if choice is None:
        return new_figure(1.0)
    field = study.estimate(choice.use)
    maps = {f"{quantity.label}, {place(study, choice.use)}": field["b_transverse"].values}
    maps["debiased"] = field["b_transverse_debiased"].values
    if (truth := quantity.truth(study.data)) is not None:
        maps["truth"] = truth
    if is_slit(study.data):
        return _slit(study, maps, field["detected"].values, quantity)
    return _maps(study, maps, field["detected"].values, quantity)


def _slit(study: Study, maps: dict[str, np.ndarray], detected: np.ndarray, quantity: Quantity) -> Figure:
    upper, lower = new_figure(6.0).subplots(2, 1, sharex=True, height_ratios=[3, 1])
    slit_panel(upper, study, maps)
    upper.set_ylabel(quantity.text)
    upper.legend(ncols=len(maps) + 2, loc="lower left", bbox_to_anchor=(0, 1))
    detection_panel(lower, study, detected)
    return upper.figure


def _maps(study: Study, maps: dict[str, np.ndarray], detected: np.ndarray, quantity: Quantity) -> Figure:
    aspect = min(1.3, study.data.sizes["y"] / study.data.sizes["x"])
    panels = new_figure(2 * (5.5 * aspect + 0.5)).subplots(2, 2)
    usable = study.data.usable.values.astype(bool)
    norm = scale(np.where(usable, next(iter(maps.values())), np.nan), quantity.symmetric)
    for axes, (title, values) in zip(panels.flat, maps.items(), strict=False):
        image = map_panel(axes, study, values, quantity.cmap, norm)
        axes.set_title(title)
        axes.figure.colorbar(image, ax=axes, label=quantity.text, pad=0.02)
    detection_panel(panels[1, 1], study, detected)
    panels[1, 1].set_title(f"detected: {detected[usable].mean():.0%} of the usable pixels")
    if len(maps) < panels.size - 1:
        panels[1, 0].axis("off")
    for axes in panels.flat:
        _name_axes(study, axes)
    return panels[0, 0].figure


def _name_axes(study: Study, axes: Axes) -> None:
    axes.set_xlabel(axis_label(study.data, "x"))
    axes.set_ylabel(axis_label(study.data, "y"))
