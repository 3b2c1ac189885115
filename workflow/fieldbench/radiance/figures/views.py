"""A test view as methods render it, beside the truth, and where they are wrong."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fieldbench.figures._style import WIDTH, new_figure, nothing, styled
from fieldbench.metrics.images import psnr
from fieldbench.radiance.figures._look import keys_of
from fieldbench.radiance.report.results import Study

CAPTION = (
    "A test view of {dataset}: the truth, what methods render of it with the PSNR of this view, best first, "
    "and below where they are wrong, on one colour scale; first seed. Methods that were given masks say so."
)
MOST = 5  # methods that are drawn unless asked otherwise
LONGEST = 25  # characters of a title's line
TOP = 99.5  # percentile of the errors at which the colour scale ends


@styled
def draw(study: Study, dataset: str, experiment: str, methods: Sequence[str] = (), view: int = 0) -> Figure:
    """Above, the truth and each method's view with its PSNR, best first; below, the errors on one scale, first seed.

    Args:
        study: the area's results.
        dataset: the scene.
        experiment: whose methods are shown.
        methods: that are shown; the best where left out.
        view: number of the test view; the last one where there are fewer.
    """
    keys = keys_of(study, experiment, dataset, methods)
    rendered = {key: views for key in keys if (views := study.rendered(key)) is not None}
    if not methods:
        rendered = dict(list(rendered.items())[:MOST])
    if not rendered:
        return nothing(new_figure(3.0).subplots(), "no view was rendered")
    truth = next(iter(rendered.values())).truth
    view = min(view, truth.sizes["view"] - 1)
    columns = len(rendered) + 1
    errors = [_error(views.isel(view=view)) for views in rendered.values()]
    height, width = errors[0].shape
    figure = new_figure(min(2 * (WIDTH / columns) * height / width + 1.2, 12.0))
    panels = figure.subplots(2, columns, squeeze=False)
    top = max(float(np.percentile(errors, TOP)), 1e-6)
    _picture(panels[0, 0], truth.isel(view=view).transpose("y", "x", "channel").values, "truth")
    panels[1, 0].axis("off")
    for column, ((key, views), error) in enumerate(zip(rendered.items(), errors, strict=True), 1):
        name = fill(study.label(key.method), LONGEST, break_on_hyphens=False)
        title = f"{name}\n{float(psnr(np.mean(error**2, dtype=float), 1.0)):.1f} dB"
        picture = views.rendered.isel(view=view).transpose("y", "x", "channel").values
        _picture(panels[0, column], picture, title)
        image = _picture(panels[1, column], error, "", cmap="magma", vmin=0, vmax=top)
    figure.colorbar(image, ax=panels[1, 0], location="left", label="rms error of colours\n(share of white)")
    return figure


def _error(view: xr.Dataset) -> np.ndarray:
    """(y, x): root mean square over channels of the error of `rendered` against `truth`, both uint8, as shares of white."""
    shown, truth = (view[name].transpose("y", "x", "channel").astype(float) for name in ("rendered", "truth"))
    return np.sqrt((((shown - truth) / 255) ** 2).mean("channel").values)


def _picture(axes: Axes, values: np.ndarray, title: str, **scale):
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(title)
    return axes.imshow(values, interpolation="nearest", **scale)
