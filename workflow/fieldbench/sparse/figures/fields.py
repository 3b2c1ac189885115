"""A task's median and worst test field: what was observed, the truth, the best method's estimate, its error and spread."""

import numpy as np
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fieldbench.figures._style import WIDTH, new_figure, nothing, scale, styled
from fieldbench.report.formatting import method_name
from fieldbench.sparse.figures._look import (
    colours,
    draw_map,
    draw_observations,
    extent,
    name_axes,
    unit_of,
    with_unit,
)
from fieldbench.sparse.report.results import Study

CAPTION = (
    "The test fields of {dataset} that the best method rebuilds with median and with greatest error: what was observed, "
    "the truth where it is known, the estimate, its error, and the standard deviation that the method states. Grey: no data."
)
BESIDE = 1.45  # inches of a row that titles, colour bars and names of axes take


@styled
def draw(study: Study, task: str, method: str = "") -> Figure:
    """Two rows: the median field and the worst; columns: observations, truth, estimate, error, spread.

    Args:
        study: the area's results.
        task: that is shown.
        method: whose estimates; left out, the best one's.
    """
    key = study.find(task, method) if method else next(iter(study.candidates(task)), None)
    if key is None or not study.seeds(key):
        return nothing(new_figure(2.0).subplots(), "no method was tested")
    problem, predicted = study.problem(task), study.prediction(key)
    left, right, low, high = extent(problem)
    columns = 5 if "spread" in predicted else 4
    height = min(4.0, WIDTH / (columns + 0.8) * (high - low) / (right - left))
    figure = new_figure(2 * (height + BESIDE) + 0.5)
    panels = figure.subplots(2, columns, sharex=True, sharey=True, squeeze=False)
    figure.suptitle(f"{task}: {method_name(key.method)}")
    for row, (word, field) in zip(panels, study.telling_fields(key).items(), strict=True):
        _field(problem, row, f"{word} field, {_label(problem, field)}", field, predicted)
    name_axes(problem, panels)
    return figure


def _label(problem: xr.Dataset, field: int) -> str:
    """When a field was, or its number."""
    if "test_time" in problem:
        return f"{problem['test_time'].values[field]!s:.10}"
    return f"number {field}"


def _field(problem: xr.Dataset, row: np.ndarray, name: str, field: int, predicted: xr.Dataset) -> None:
    truth = problem["test"].values[field].astype(float)
    mean = predicted["mean"].values[field].astype(float)
    cmap, norm = colours(mean[np.isfinite(mean)])
    draw_observations(problem, row[0], field, cmap, norm)
    row[0].set_title(f"{name}\n{row[0].get_title()}")
    draw_map(problem, row[1], truth, cmap, norm)
    row[1].set_title("truth" if np.isfinite(truth).all() else "truth where held out")
    shown = draw_map(problem, row[2], mean, cmap, norm)
    row[2].set_title("estimate")
    _bar(problem, shown, row[:3], problem.attrs.get("long_name", "value"))
    error = mean - truth
    judged = np.isfinite(error)
    shown = draw_map(problem, row[3], error, "PuOr_r", scale(error[judged], symmetric=True))
    row[3].set_title(f"error: rms {np.sqrt(np.mean(error[judged] ** 2)):.3g} {unit_of(problem)}".rstrip())
    _bar(problem, shown, row[3:4], "error")
    if "spread" in predicted:
        spread = predicted["spread"].values[field].astype(float)
        shown = draw_map(problem, row[4], spread, "magma", Normalize(0, np.nanpercentile(spread, 99) or 1))
        row[4].set_title("standard deviation")
        _bar(problem, shown, row[4:], "spread")


def _bar(problem: xr.Dataset, shown: AxesImage, row: np.ndarray, name: str) -> None:
    """A colour bar below some panels of a row."""
    look = {"location": "bottom", "pad": 0.02, "aspect": 25 * len(row), "extend": "both"}
    row[0].figure.colorbar(shown, ax=row, label=with_unit(problem, name), **look)
