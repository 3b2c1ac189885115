"""A test field: truth, observations, and what several methods make of them, with their errors."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from fieldbench.figures._style import MASKED, WIDTH, new_figure, scale, styled
from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import data_unit
from fieldbench.report.tables import Key
from fieldbench.sparse.report.results import Run

CAPTION = (
    "Test fields of {dataset}: truth, observed points, reconstructions by several methods, and their "
    "errors, each row with one colour scale. Grey: no data."
)
MOST = 5  # methods that are drawn unless asked otherwise


@styled
def draw(run: Run, task: str, methods: Sequence[str] = (), fields: Sequence[int] = (0, 1)) -> Figure:
    """Two rows per field: truth and reconstructions, then observations and errors; columns: methods.

    Args:
        run: the area's results.
        task: that is shown.
        methods: shell patterns; left out, the bar, the best network, and the document's methods.
        fields: numbers of test fields.
    """
    run = run.on(task)
    keys = [key for key in (run.chosen(methods) if methods else _chosen(run)) if run.seeds(key)]
    fields = [field for field in fields if field < run.problem.sizes["test_field"]]
    left, right, low, high = run.extent()
    count = len(keys) + 1
    height = min(4.0, WIDTH / (count + 0.5) * (high - low) / (right - left))
    figure = new_figure(2 * len(fields) * (height + 0.45) + 0.4)
    panels = figure.subplots(2 * len(fields), count, sharex=True, sharey=True, squeeze=False)
    for index, field in enumerate(fields):
        _field(run, panels[2 * index], panels[2 * index + 1], field, keys)
    names = (
        ("latitude (°)", "longitude (°)") if run.sphere else ("y (longer side = 1)", "x (longer side = 1)")
    )
    for axes in panels[:, 0]:
        axes.set_ylabel(names[0])
    for axes in panels[-1]:
        axes.set_xlabel(names[1])
    return figure


def _chosen(run: Run) -> list[Key]:
    bar, network = run.study.bar(run.task), run.study.network(run.task)
    originals = [run.fields.find(run.task, f"{name}-original") for name in run.config["backbones"]]
    found = [key for key in (bar, network, *originals) if key]
    return list(dict.fromkeys(found))[:MOST]


def _field(run: Run, upper: np.ndarray, lower: np.ndarray, field: int, keys: Sequence[Key]) -> None:
    truth = run.problem.test.values[field].astype(float)
    means = {key: run.prediction(key)["mean"].values[field].astype(float) for key in keys}
    norm = _norm(truth)
    image = _map(run, upper[0], truth, "viridis" if norm.vmin != -norm.vmax else "RdBu_r", norm)
    cmap = image.cmap.name
    upper[0].set_title(f"truth, test field {field}")
    _observations(run, lower[0], field, cmap, norm)
    errors = {key: mean - truth for key, mean in means.items()}
    error_norm = scale(np.stack(list(errors.values())), symmetric=True) if errors else norm
    for axes, (key, mean) in zip(upper[1:], means.items(), strict=True):
        _map(run, axes, mean, cmap, norm)
        axes.set_title(f"{method_name(key.method)}\n{run.fields.psnr(key).get(field, np.nan):.1f} dB")
    for axes, error in zip(lower[1:], errors.values(), strict=True):
        error_image = _map(run, axes, error, "PuOr_r", error_norm)
        axes.set_title(f"error: rms {np.sqrt(np.mean(error**2)):.3g}{_unit(run)}")
    name = run.problem.attrs.get("long_name", "value")
    bar = {"pad": 0.01, "aspect": 15, "extend": "both"}
    upper[0].figure.colorbar(image, ax=upper, label=_labelled(name, run), **bar)
    if errors:
        upper[0].figure.colorbar(error_image, ax=lower, label=_labelled("error", run), **bar)


def _unit(run: Run) -> str:
    unit = data_unit(run.problem.attrs["unit"])
    return f" {unit}" if unit else ""


def _labelled(name: str, run: Run) -> str:
    unit = data_unit(run.problem.attrs["unit"])
    return textwrap.fill(f"{name} ({unit})" if unit else name, 18)


def _norm(values: np.ndarray) -> Normalize:
    """The range of the values without the most extreme per cent; centred on zero where they have both signs."""
    low, high = np.percentile(values, [0.5, 99.5])
    if low < 0 < high and min(-low, high) > 0.2 * max(-low, high):
        return scale(values, symmetric=True, percentile=99.5)
    return Normalize(low, high if high > low else low + 1)


def _map(run: Run, axes: Axes, values: np.ndarray, cmap: str, norm: Normalize) -> AxesImage:
    axes.set_facecolor(MASKED)
    axes.grid(False)
    look = {"origin": "lower", "extent": run.extent(), "interpolation": "nearest", "aspect": "equal"}
    return axes.imshow(run.image(values), cmap=cmap, norm=norm, **look)


def _observations(run: Run, axes: Axes, field: int, cmap: str, norm: Normalize) -> None:
    y, x = run.coordinates()
    index = run.problem.test_index.values[field]
    values = run.problem.test_values.values[field]
    axes.set_facecolor("0.93")
    axes.grid(False)
    size = min(25.0, 3000 / len(index))
    axes.scatter(x[index], y[index], c=values, cmap=cmap, norm=norm, s=size, lw=0)
    axes.set_aspect("equal")
    axes.set_title(f"{len(index):,} of {run.problem.sizes['point']:,} observed")
