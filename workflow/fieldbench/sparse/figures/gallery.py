"""A test field: truth, observations, and what several methods make of them, with their errors."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fieldbench.figures._style import MASKED, WIDTH, new_figure, scale, styled
from fieldbench.metrics.images import psnr
from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import data_unit
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import coordinates, extent, image, on_sphere
from fieldbench.sparse.report.families import ORIGINAL, designed
from fieldbench.sparse.report.results import Study

CAPTION = (
    "Test fields of {dataset}: truth, observed points, reconstructions by several methods, and their "
    "errors, each row with one colour scale. Grey: no data."
)
MOST = 5  # methods that are drawn unless asked otherwise


@styled
def draw(study: Study, task: str, methods: Sequence[str] = (), fields: Sequence[int] = (0, 1)) -> Figure:
    """Two rows per field: truth and reconstructions, then observations and errors; columns: methods.

    Args:
        study: the area's results.
        task: that is shown.
        methods: shell patterns; left out, the bar, the best network, and the document's methods.
        fields: numbers of test fields.
    """
    problem = study.problem(task)
    keys = study.chosen(task, methods) if methods else _telling(study, task)
    predictions = {key: study.prediction(key)["mean"] for key in keys if study.seeds(key)}
    fields = [field for field in fields if field < problem.sizes["test_field"]]
    left, right, low, high = extent(problem)
    count = len(predictions) + 1
    height = min(4.0, WIDTH / (count + 0.5) * (high - low) / (right - left))
    figure = new_figure(2 * len(fields) * (height + 0.45) + 0.4)
    panels = figure.subplots(2 * len(fields), count, sharex=True, sharey=True, squeeze=False)
    for index, field in enumerate(fields):
        means = {method_name(key.method): mean.values[field] for key, mean in predictions.items()}
        _field(problem, panels[2 * index], panels[2 * index + 1], field, means)
    _name_axes(problem, panels)
    return figure


def _telling(study: Study, task: str) -> list[Key]:
    """The bar, the best network, and the document's methods."""
    names = [designed(backbone, ORIGINAL) for backbone in study.about["backbones"]]
    originals = [study.find(task, name) for name in names]
    keys = [key for key in (study.bar(task), study.network(task), *originals) if key]
    return list(dict.fromkeys(keys))[:MOST]


def _name_axes(problem: xr.Dataset, panels: np.ndarray) -> None:
    sphere = on_sphere(problem)
    for axes in panels[:, 0]:
        axes.set_ylabel("latitude (°)" if sphere else "y (longer side = 1)")
    for axes in panels[-1]:
        axes.set_xlabel("longitude (°)" if sphere else "x (longer side = 1)")


def _field(
    problem: xr.Dataset, upper: np.ndarray, lower: np.ndarray, field: int, means: Mapping[str, np.ndarray]
) -> None:
    """Truth and reconstructions (method -> point,) in the upper row, observations and errors in the lower one."""
    truth = problem.test.values[field].astype(float)
    norm = _norm(truth)
    cmap = "viridis" if norm.vmin != -norm.vmax else "RdBu_r"
    shown = _map(problem, upper[0], truth, cmap, norm)
    upper[0].set_title(f"truth, test field {field}")
    for axes, (method, mean) in zip(upper[1:], means.items(), strict=True):
        _map(problem, axes, mean.astype(float), cmap, norm)
        axes.set_title(f"{method}\n{psnr(np.mean((mean - truth) ** 2), problem.attrs['peak']):.1f} dB")
    _colour_bar(problem, shown, upper, problem.attrs.get("long_name", "value"))
    _observations(problem, lower[0], field, cmap, norm)
    if means:
        _errors(problem, lower, [mean.astype(float) - truth for mean in means.values()])


def _errors(problem: xr.Dataset, row: np.ndarray, errors: Sequence[np.ndarray]) -> None:
    norm = scale(np.stack(errors), symmetric=True)
    for axes, error in zip(row[1:], errors, strict=True):
        shown = _map(problem, axes, error, "PuOr_r", norm)
        axes.set_title(f"error: rms {np.sqrt(np.mean(error**2)):.3g} {_unit(problem)}".rstrip())
    _colour_bar(problem, shown, row, "error")


def _colour_bar(problem: xr.Dataset, shown: AxesImage, row: np.ndarray, name: str) -> None:
    text = f"{name} ({_unit(problem)})" if _unit(problem) else name
    look = {"pad": 0.01, "aspect": 15, "extend": "both"}
    row[0].figure.colorbar(shown, ax=row, label=textwrap.fill(text, 18), **look)


def _unit(problem: xr.Dataset) -> str:
    return data_unit(problem.attrs["unit"])


def _norm(values: np.ndarray) -> Normalize:
    """The range of the values without the most extreme per cent; centred on zero where they have both signs."""
    low, high = np.percentile(values, [0.5, 99.5])
    if low < 0 < high and min(-low, high) > 0.2 * max(-low, high):
        return scale(values, symmetric=True, percentile=99.5)
    return Normalize(low, high if high > low else low + 1)


def _map(problem: xr.Dataset, axes: Axes, values: np.ndarray, cmap: str, norm: Normalize) -> AxesImage:
    axes.set_facecolor(MASKED)
    axes.grid(False)
    look = {"origin": "lower", "extent": extent(problem), "interpolation": "nearest", "aspect": "equal"}
    return axes.imshow(image(problem, values), cmap=cmap, norm=norm, **look)


def _observations(problem: xr.Dataset, axes: Axes, field: int, cmap: str, norm: Normalize) -> None:
    y, x = coordinates(problem)
    there = problem.test_index.values[field] >= 0
    index, values = problem.test_index.values[field][there], problem.test_values.values[field][there]
    axes.set_facecolor("0.93")
    axes.grid(False)
    size = min(25.0, 3000 / len(index))
    axes.scatter(x[index], y[index], c=values, cmap=cmap, norm=norm, s=size, lw=0)
    axes.set_aspect("equal")
    axes.set_title(f"{len(index):,} of {problem.sizes['point']:,} observed")
