"""A test field: truth, observations, and what several methods make of them, with their errors."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fieldbench.figures._style import WIDTH, new_figure, nothing, scale, styled
from fieldbench.metrics.images import psnr
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import (
    colours,
    draw_map,
    draw_observations,
    extent,
    name_axes,
    unit_of,
    with_unit,
)
from fieldbench.sparse.report.families import ORIGINAL, designed
from fieldbench.sparse.report.results import Study

CAPTION = (
    "Test fields of {dataset}: truth, observed points, reconstructions by several methods, and their "
    "errors, each row with one colour scale. Grey: no data."
)
MOST = 5  # methods that are drawn unless asked otherwise


@styled
def draw(study: Study, task: str, methods: Sequence[str] = (), fields: Sequence[int] = ()) -> Figure:
    """Two rows per field: truth and reconstructions, then observations and errors; columns: methods.

    Args:
        study: the area's results.
        task: that is shown.
        methods: shell patterns; left out, the bar, the best network, and the document's methods.
        fields: numbers of test fields; left out, those that the first method rebuilds with median and with greatest error.
    """
    problem = study.problem(task)
    keys = study.chosen(task, methods) if methods else _telling(study, task)
    predictions = {key: study.prediction(key)["mean"] for key in keys if study.seeds(key)}
    if not predictions:
        return nothing(new_figure(2.0).subplots(), "no method was tested")
    told = fields or study.telling_fields(next(iter(predictions))).values()
    fields = [field for field in dict.fromkeys(told) if field < problem.sizes["test_field"]]
    left, right, low, high = extent(problem)
    count = len(predictions) + 1
    height = min(4.0, WIDTH / (count + 0.5) * (high - low) / (right - left))
    figure = new_figure(2 * len(fields) * (height + 0.45) + 0.4)
    panels = figure.subplots(2 * len(fields), count, sharex=True, sharey=True, squeeze=False)
    for index, field in enumerate(fields):
        means = {method_name(key.method): mean.values[field] for key, mean in predictions.items()}
        _field(problem, panels[2 * index], panels[2 * index + 1], field, means)
    name_axes(problem, panels)
    return figure


def _telling(study: Study, task: str) -> list[Key]:
    """The bar, the best network, and the document's methods."""
    names = [designed(backbone, ORIGINAL) for backbone in study.about["backbones"]]
    originals = [study.find(task, name) for name in names]
    keys = [key for key in (study.bar(task), study.network(task), *originals) if key]
    return list(dict.fromkeys(keys))[:MOST]


def _field(
    problem: xr.Dataset, upper: np.ndarray, lower: np.ndarray, field: int, means: Mapping[str, np.ndarray]
) -> None:
    """Truth and reconstructions (method -> point,) in the upper row, observations and errors in the lower one."""
    truth = problem.test.values[field].astype(float)
    cmap, norm = colours(truth[np.isfinite(truth)])
    shown = draw_map(problem, upper[0], truth, cmap, norm)
    upper[0].set_title(f"truth, test field {field}")
    for axes, (method, mean) in zip(upper[1:], means.items(), strict=True):
        draw_map(problem, axes, mean.astype(float), cmap, norm)
        axes.set_title(f"{method}\n{psnr(np.nanmean((mean - truth) ** 2), problem.attrs['peak']):.1f} dB")
    _colour_bar(problem, shown, upper, problem.attrs.get("long_name", "value"))
    draw_observations(problem, lower[0], field, cmap, norm)
    _errors(problem, lower, [mean.astype(float) - truth for mean in means.values()])


def _errors(problem: xr.Dataset, row: np.ndarray, errors: Sequence[np.ndarray]) -> None:
    known = np.stack(errors)
    norm = scale(known[np.isfinite(known)], symmetric=True)
    for axes, error in zip(row[1:], errors, strict=True):
        shown = draw_map(problem, axes, error, "PuOr_r", norm)
        axes.set_title(f"error: rms {np.sqrt(np.nanmean(error**2)):.3g} {unit_of(problem)}".rstrip())
    _colour_bar(problem, shown, row, "error")


def _colour_bar(problem: xr.Dataset, shown: AxesImage, row: np.ndarray, name: str) -> None:
    look = {"pad": 0.01, "aspect": 15, "extend": "both"}
    row[0].figure.colorbar(shown, ax=row, label=textwrap.fill(with_unit(problem, name), 18), **look)
