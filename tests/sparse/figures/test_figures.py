"""What the figures of the sparse area show: fields and numbers of the tables, on a plane and on the sphere."""

import io as memory
import re

import numpy as np
import pytest
import xarray as xr
from fieldbench import io, registry
from fieldbench.report.given import Given
from fieldbench.report.tables import Results
from fieldbench.sparse.figures import _look
from fieldbench.sparse.report.diagnosis import fault_of
from fieldbench.sparse.report.results import Study

from tests.report import shown as shown_in_report
from tests.sparse.report.study import ABOUT, BLIND, NUMBER, SOUND, SparseStudy, bar, designs, techniques

TYPES = registry.known_types("sparse/figures")
UNITS = re.compile(r"\((dB|°C|°|s|ratio|longer side = 1)\)")
WITHOUT_UNIT = ("step", "made up", "error", "spread")  # made-up waves are pure numbers
ROWS, COLUMNS = 6, 8
LOSS = np.linspace(2, 1, 40)


def problem(sphere):
    """Fields on the points of a small image; on the sphere one is land, and rows run from north to south."""
    row, column = (part.ravel() for part in np.indices((ROWS, COLUMNS)))
    row, column = (row[1:], column[1:]) if sphere else (row, column)
    draws = np.random.default_rng(0)
    fields = draws.normal(0, 1, (NUMBER, len(row)))
    index = np.stack([draws.choice(len(row), 5, replace=False) for _ in range(NUMBER)])
    seen = ("test_field", "observation")
    data = xr.Dataset(
        {
            "test": (("test_field", "point"), fields),
            "row": ("point", row),
            "column": ("point", column),
            "position": (("point", "axis"), np.stack([row, column], 1) / (COLUMNS - 1)),
            "test_index": (seen, index),
            "test_values": (seen, np.take_along_axis(fields, index, 1)),
        },
        attrs={
            "rows": ROWS,
            "columns": COLUMNS,
            "unit": "degC" if sphere else "1",
            "long_name": "made up",
            "peak": 2.0,
        },
    )
    if sphere:
        data["latitude"] = ("point", 10.0 - 2.0 * row)
        data["longitude"] = ("point", 20.0 + 2.0 * column)
    return data


def write(root, made_up, tasks):
    """Tables, problems, predictions and histories of a made-up study, opened."""
    (root / "tables").mkdir()
    made_up.long.to_parquet(root / "tables" / "sparse.parquet")
    for task, sphere in tasks.items():
        data = problem(sphere)
        io.save_dataset(data, root / "sparse" / task / "problem.nc")
        for key in Results(made_up.long).select(task):
            folder = root / "sparse" / task / key.regime / key.method / "0"
            images = np.full((2, NUMBER, ROWS, COLUMNS), np.nan)
            images[:, :, data.row.values, data.column.values] = (
                0.9 * data.test.values,
                0.2 + 0.0 * data.test.values,
            )
            dims = ("field", "row", "column")
            predicted = xr.Dataset({"mean": (dims, images[0]), "spread": (dims, images[1])})
            io.save_dataset(predicted, folder / "prediction.nc")
            if key.method.startswith(("transformer", "v")):
                columns = {"loss": LOSS, "seconds": np.arange(1.0, 41), "phase": np.full(40, "mean")}
                history = {name: ("step", values) for name, values in columns.items()}
                io.save_dataset(xr.Dataset(history), folder / "history.nc")
    return Study.open(Given.folder(root), ABOUT)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Waves with everything, one observed task with classical methods and a network, one with a single method."""
    made_up = techniques(designs(bar(SparseStudy()))).overfit("transformer-original", psnr_db=16.0)
    bar(made_up, "sst").add("linear", 10.0, task="lonely")
    return write(tmp_path_factory.mktemp("sparse"), made_up, {"simple": False, "sst": True, "lonely": False})


def draw(name, study, task="simple", **options):
    chosen = {"tasks": [task]} if name == "bar" else {"task": task}
    return registry.build("sparse/figures", name, study, **chosen, **options)


def shown(figure):
    return [axes for axes in figure.get_axes() if axes.axison]


def titled(figure, start):
    return next(axes for axes in shown(figure) if axes.get_title().startswith(start))


def texts(figure):
    return [text.get_text() for axes in figure.get_axes() for text in axes.texts]


@pytest.mark.parametrize("task", ["simple", "sst", "lonely"])
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_figure_is_drawn_with_units_at_1200_pixels(name, task, study):
    figure = draw(name, study, task)
    figure.savefig(memory.BytesIO(), format="png")
    assert figure.get_size_inches()[0] * figure.dpi == 1200
    for text in [text for axes in shown(figure) for text in (axes.get_xlabel(), axes.get_ylabel()) if text]:
        assert UNITS.search(text.replace("\n", " ")) or text.startswith(WITHOUT_UNIT), text


def test_the_bar_shows_every_task_that_compares_methods(study):
    figure = registry.build("sparse/figures", "bar", study)
    assert [axes.get_title() for axes in shown(figure)] == ["simple", "sst", "lonely"]
    names = [label.get_text() for label in shown(figure)[0].get_yticklabels()]
    assert names[0] == "line-spectrum" and "transformer-original" not in names
    labels = shown(figure)[0].get_legend_handles_labels()[1]
    assert {"constant mean", "independent draw", "Cramér-Rao limit", "the bar"} <= set(labels)


def test_the_gallery_shows_the_fields_themselves(study):
    figure = draw("gallery", study, fields=[2])
    (truth,) = titled(figure, "truth, test field 2").get_images()
    expected = study.problem("simple").test.values[2]
    np.testing.assert_allclose(truth.get_array().ravel(), expected)
    (error,) = titled(figure, "error").get_images()
    np.testing.assert_allclose(error.get_array().ravel(), -0.1 * expected)
    low, high = error.get_clim()
    assert low == -high
    level = 20 * np.log10(2 / (0.1 * np.sqrt(np.mean(expected**2))))
    assert titled(figure, "stack").get_title() == f"stack\n{level:.1f} dB"


def test_on_the_sphere_north_is_up_and_land_is_empty(study):
    sea = study.problem("sst")
    assert _look.extent(sea) == pytest.approx((19, 35, -1, 11))
    image = _look.image(sea, sea.latitude.values)
    assert np.nanmax(image[-1]) == 10 and np.nanmax(image[0]) == 0
    assert np.isnan(image[-1, 0]) and np.isnan(image).sum() == 1
    figure = draw("gallery", study, "sst")
    assert {axes.get_xlabel() for axes in shown(figure)} >= {"longitude (°)"}
    assert any(axes.get_ylabel() == "made up (°C)" for axes in shown(figure))


def test_factors_are_drawn_with_both_gains(study):
    axes = titled(draw("attribution", study), "transformer on simple")
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["sampler", "objective", "queries"]
    original, right = (container.lines[0].get_xdata() for container in axes.containers)
    assert list(original) == pytest.approx([1, 4, 0.5]) and list(right) == pytest.approx([9, 2, 3])


def test_diagnostics_give_the_verdict_of_every_network(study):
    figure = draw("diagnostics", study)
    blind = fault_of({**SOUND, **BLIND, "clamp_cap_db": np.inf})[0]
    words = texts(figure)
    assert blind in words and "healthy" in words
    names = [label.get_text() for label in shown(figure)[0].get_yticklabels()]
    assert names[0] == "transformer-original" and "transformer-original\n(one-field-fixed-mask)" in names
    assert len(words) == len(names)
    labels = shown(figure)[0].get_legend_handles_labels()[1]
    assert {"constant mean", "independent draw", "gaussian-process"} <= set(labels)


def test_techniques_rank_and_pair(study):
    figure = draw("techniques", study)
    names = [label.get_text() for label in shown(figure)[0].get_yticklabels()]
    assert names == ["V4: multi scale", "V3: reflow", "V13: reflow, multi scale", "V14: reflow, clipping"]
    (image,) = titled(figure, "pairs").get_images()
    assert np.ma.filled(image.get_array().astype(float), np.nan)[1, 0] == pytest.approx(1)


def test_training_is_measured_by_the_blind_floor(study):
    """The last twentieth of the losses is 0.1 of the floor for a sound network."""
    axes = shown(draw("training", study, methods=["transformer"]))[0]
    line = next(line for line in axes.get_lines() if line.get_label() == "transformer")
    assert line.get_ydata()[-2:].mean() == pytest.approx(0.1)
    assert line.get_ydata()[0] == pytest.approx(0.1 * LOSS[0] / LOSS[-2:].mean())
    assert any(
        line.get_label() == "blind floor" and set(line.get_ydata()) == {1} for line in axes.get_lines()
    )


def test_an_svg_file_is_the_same_for_the_same_data(study, tmp_path):
    for name in ("first", "second"):
        draw("attribution", study).savefig(tmp_path / f"{name}.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_the_report_shows_every_task_with_its_observations(study):
    cards, plots, galleries = shown_in_report.parts(study)
    card = next(card for card in cards if card.dataset == "simple")
    assert card.use == card.classical.name == "stack" and "worse, -1" in card.against
    assert set(galleries["simple"].pictures) >= {"truth", "observed points", "stack", card.neural.name}
    assert galleries["sst"].scale.high.endswith("°C")
    assert any(plot.title == "simple: training loss" for plot in plots)
    assert next(card for card in cards if card.dataset == "lonely").certainty == "alone"
