"""Which cells of a scene's cube are occupied: what rays do not skip."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fieldbench.figures._style import WIDTH, new_figure, nothing, styled
from fieldbench.radiance.figures._look import keys_of
from fieldbench.radiance.report.results import Study

CAPTION = (
    "Occupied cells of {dataset}, which rays do not skip: share of each line of cells along z, y and x, "
    "and the middle slice across z; first seed."
)
AXES = "zyx"  # of the occupancy, in this order, whose dimensions are cell_z, cell_y, cell_x
MOST = 3  # methods that are drawn unless asked otherwise


@styled
def draw(study: Study, dataset: str, experiment: str, methods: Sequence[str] = ()) -> Figure:
    """One row per method: the occupied share of each line of cells along z, y and x, and the middle slice across z.

    Args:
        study: the area's results.
        dataset: the scene.
        experiment: whose methods are shown.
        methods: that are shown; the best with a grid where left out.
    """
    keys = keys_of(study, experiment, dataset, methods)
    rendered = {key: views for key in keys if (views := study.rendered(key)) is not None}
    gridded = {key: views.occupancy for key, views in rendered.items() if "occupancy" in views}
    shown = dict(list(gridded.items())[: len(methods) or MOST])
    if not shown:
        return nothing(new_figure(3.0).subplots(), "no method has an occupancy grid")
    figure = new_figure(len(shown) * (WIDTH / 4 + 0.4))
    panels = figure.subplots(len(shown), 4, squeeze=False)
    for row, (key, occupancy) in zip(panels, shown.items(), strict=True):
        cells = occupancy.transpose(*(f"cell_{name}" for name in AXES)).values.astype(float)
        for number, axes in enumerate(row[:3]):
            image = _picture(axes, cells.mean(number), AXES.replace(AXES[number], ""))
            axes.set_title(f"along {AXES[number]}", loc="right")
        _picture(row[3], cells[len(cells) // 2], AXES[1:])
        row[3].set_title("middle slice across z", loc="right")
        row[0].set_title(f"{study.label(key.method)}\n{100 * cells.mean():.2g} % occupied", loc="left")
    figure.colorbar(image, ax=panels.ravel().tolist(), label="occupied share of the cells", shrink=0.6)
    return figure


def _picture(axes: Axes, values: np.ndarray, names: str) -> AxesImage:
    axes.grid(False)
    axes.locator_params(nbins=4, integer=True)
    axes.set_ylabel(f"{names[0]} (cell)")
    axes.set_xlabel(f"{names[1]} (cell)")
    return axes.imshow(
        values, cmap="viridis", norm=PowerNorm(0.5, 0, 1), origin="lower", interpolation="nearest"
    )
