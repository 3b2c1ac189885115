"""1-sigma uncertainties of the recommended method's field, and whether its errors keep to them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy import stats

from fieldbench.figures._style import BLUE, VERMILION, new_figure, scale, styled
from fieldbench.inversion.figures._look import (
    QUANTITIES,
    Quantity,
    axis_label,
    is_slit,
    map_panel,
    slit_panel,
    truths,
)
from fieldbench.inversion.report.choice import COMPONENTS, choose
from fieldbench.inversion.report.recommendation import place
from fieldbench.inversion.report.results import Study

CAPTION = (
    "1-sigma uncertainties of the recommended method's field on {dataset}, calibrated by the wavelengths that it was "
    "inferred without (first seed); where the truth is known also the error in units of sigma, and its "
    "distribution beside the normal one that correct uncertainties would have."
)
LARGEST = 5.0  # standard deviations that the error maps and histograms show


@styled
def draw(study: Study, dataset: str) -> Figure:
    """Rows: B_los, B_T, azimuth; columns: sigma, and with a truth error over sigma and its distribution.

    Args:
        study: the area's results.
        dataset: that is shown.
    """
    study = study.on(dataset)
    aspect = 0.6 if is_slit(study.data) else min(1.3, study.data.sizes["y"] / study.data.sizes["x"])
    figure = new_figure(3 * (3.3 * aspect + 0.7))
    panels = figure.subplots(len(QUANTITIES), 3 if truths(study.data) else 1, squeeze=False)
    for row, quantity in zip(panels, QUANTITIES, strict=True):
        _row(study, row, quantity)
    return figure


def _row(study: Study, row: np.ndarray, quantity: Quantity) -> None:
    choice = choose(study, study.dataset, COMPONENTS[quantity.component])
    if choice is None:
        return
    key = choice.use
    field = study.estimate(key)
    values, sigma = field[quantity.name].values, field[f"{quantity.name}_sigma"].values
    usable = study.data.usable.values.astype(bool)
    row[0].set_title(f"{place(study, key)}: sigma of {quantity.label}")
    text = f"sigma of {quantity.label} ({quantity.unit})"
    _panel(study, row[0], sigma, text, "cividis", scale(np.where(usable, sigma, np.nan), symmetric=False))
    truth = quantity.truth(study.data)
    if len(row) > 1 and truth is not None:
        error = quantity.difference(values, truth)
        ratio = np.divide(error, sigma, out=np.full_like(error, np.nan), where=sigma > 0)
        row[1].set_title("error / sigma")
        _panel(study, row[1], ratio, "error / sigma", "PuOr_r", Normalize(-LARGEST, LARGEST))
        _histogram(row[2], ratio[usable & np.isfinite(ratio)], quantity)


def _panel(study: Study, axes: Axes, values: np.ndarray, text: str, cmap: str, norm: Normalize) -> None:
    if is_slit(study.data):
        slit_panel(axes, study, {text: values})
        axes.set_ylabel(text)
        axes.set_ylim(norm.vmin, norm.vmax)
        return
    image = map_panel(axes, study, values, cmap, norm)
    axes.set_xlabel(axis_label(study.data, "x"))
    axes.set_ylabel(axis_label(study.data, "y"))
    axes.figure.colorbar(
        image, ax=axes, label=text, pad=0.02, extend="both" if (norm.vmin or 0) < 0 else "max"
    )


def _histogram(axes: Axes, ratio: np.ndarray, quantity: Quantity) -> None:
    """Distribution of error over sigma beside the one that correct uncertainties have."""
    edges = np.linspace(-LARGEST, LARGEST, 51)
    weights = np.full(ratio.size, 1 / max(1, ratio.size) / np.diff(edges)[0])
    axes.hist(ratio, edges.tolist(), weights=weights, color=BLUE, alpha=0.6, label="measured")
    axes.plot(edges, stats.norm.pdf(edges), color=VERMILION, label="ideal (normal)")
    axes.set_xlabel(f"error / sigma of {quantity.label}")
    axes.set_ylabel("density")
    inside = np.mean(np.abs(ratio) <= 1) if ratio.size else np.nan
    axes.set_title(f"{inside:.0%} within 1 sigma (ideal 68%)")
    axes.set_ylim(top=1.3 * axes.get_ylim()[1])
    axes.legend(loc="upper left", ncols=2, columnspacing=1)
