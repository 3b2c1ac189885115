"""What the figures of the radiance area show: rendered views and their errors, curves, ingredients, occupied cells."""

import io as memory
import re

import numpy as np
import pytest
import xarray as xr
from fieldbench import io, registry
from fieldbench.radiance.figures._look import looks
from fieldbench.radiance.report.results import Study
from fieldbench.report.given import Given

from tests.radiance.report.study import ABOUT, SEEDS, MadeUp, everything
from tests.report import shown as shown_in_report

TYPES = registry.known_types("radiance/figures")
PARAMS = {
    "views": {"dataset": "mic", "experiment": "equal-time"},
    "quality_against_time": {"experiment": "equal-time"},
    "ingredients": {"experiment": "ingredients"},
    "queries": {"experiment": "equal-time"},
    "occupancy": {"dataset": "mic", "experiment": "equal-time"},
}
UNITS = re.compile(r"\((dB|s|times|cell|share of white)\)")
WITHOUT_UNIT = ("occupied share",)
DIMS = ("view", "y", "x", "channel")
OFF = {"hash": 51, "hash-hull": 0, "frequency": 102}  # of 255, in one quarter of the view


def truth():
    """Two views of 12 x 16 pixels, the second one darker."""
    rows, columns = np.indices((12, 16))
    picture = np.stack([10 * rows, 8 * columns, rows + columns], -1)
    return np.stack([picture, picture // 2]).astype(np.uint8)


def rendered(method):
    values = truth()
    values[:, :6, :8] += OFF[method]
    return values


def cells():
    """A box of 2 x 4 x 8 occupied cells (z, y, x) of 16³, its middle in the centre."""
    found = np.zeros((16, 16, 16), bool)
    found[7:9, 6:10, 4:12] = True
    return found


def write(root, made):
    """Table, scenes, views and histories."""
    (root / "tables").mkdir()
    made.long.to_parquet(root / "tables" / "radiance.parquet")
    for scene in ("mic", "balls"):
        content = {"image": (DIMS, np.zeros((2, 12, 16, 4), np.uint8)), "split": ("view", ["train", "test"])}
        io.save_dataset(xr.Dataset(content), root / "data" / f"{scene}.nc")
    for method in OFF:
        content = {"rendered": (DIMS, rendered(method)), "truth": (DIMS, truth())}
        if method != "frequency":
            content["occupancy"] = (("cell_z", "cell_y", "cell_x"), cells())
        folder = root / "radiance" / "mic" / "equal-time" / method
        io.save_dataset(xr.Dataset(content), folder / "0" / "views.nc")
        for seed in SEEDS:
            levels = 20 + 2 * np.arange(5.0) + seed
            columns = {"evaluated_seconds": 10.0 * np.arange(1, 6), "psnr_db": levels}
            history = xr.Dataset({name: ("evaluation", values) for name, values in columns.items()})
            io.save_dataset(history, folder / str(seed) / "history.nc")
    return Study.open(Given.folder(root), ABOUT)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Every experiment."""
    return write(tmp_path_factory.mktemp("radiance"), everything(MadeUp()))


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    """One seed of one method on one scene, without views."""
    made = MadeUp().add("voxel", 25.0, seeds=(0,))
    return write(tmp_path_factory.mktemp("little"), made)


def draw(name, study, **params):
    return registry.build("radiance/figures", name, study, **{**PARAMS[name], **params})


def shown(figure):
    return [axes for axes in figure.get_axes() if axes.axison]


@pytest.mark.parametrize("case", ["study", "little"])
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_figure_is_drawn_with_units_at_1200_pixels(name, case, request):
    figure = draw(name, request.getfixturevalue(case))
    figure.savefig(memory.BytesIO(), format="png")
    assert figure.get_size_inches()[0] * figure.dpi == 1200
    for text in [text for axes in shown(figure) for text in (axes.get_xlabel(), axes.get_ylabel()) if text]:
        assert UNITS.search(text.replace("\n", " ")) or text.startswith(WITHOUT_UNIT), text


def test_views_stand_beside_the_truth_with_their_errors(study):
    panels = shown(draw("views", study, view=1))
    titles = [axes.get_title() for axes in panels[:4]]
    level = 20 * np.log10(255 / 51) + 10 * np.log10(4)  # a quarter of the pixels is wrong
    assert titles[0] == "truth" and titles[1].startswith("hash-hull (given masks)\n")
    assert titles[2] == f"hash\n{level:.1f} dB" and titles[3].startswith("frequency\n")
    np.testing.assert_array_equal(panels[0].get_images()[0].get_array(), truth()[1])
    np.testing.assert_array_equal(panels[2].get_images()[0].get_array(), rendered("hash")[1])
    errors = panels[5].get_images()[0]
    np.testing.assert_allclose(errors.get_array()[:6, :8], 0.2, atol=1e-6)
    assert not errors.get_array()[6:].any()
    assert len({axes.get_images()[0].get_clim() for axes in panels[4:7]}) == 1  # one scale


def test_methods_can_be_chosen_in_their_order(study):
    panels = shown(draw("views", study, methods=["frequency", "hash"], view=9))
    assert [axes.get_title().split("\n")[0] for axes in panels[:3]] == ["truth", "frequency", "hash"]
    np.testing.assert_array_equal(panels[0].get_images()[0].get_array(), truth()[1])  # the last view


def test_quality_is_drawn_by_seed_with_its_mean_at_the_end(study):
    axes = shown(draw("quality_against_time", study, dataset="mic", methods=["hash"]))[0]
    curves = [line for line in axes.get_lines() if len(line.get_xdata()) == 5]
    assert sorted(line.get_ydata()[-1] for line in curves) == [28, 29, 30]
    marker = axes.containers[0].lines[0]
    assert (marker.get_xdata()[0], marker.get_ydata()[0]) == pytest.approx((100, 31))
    levels = {
        line.get_ydata()[0]: line.get_linestyle()
        for line in axes.get_lines()
        if len(set(line.get_ydata())) == 1
    }
    assert {25: ":", 28: ":", 30: ":", 13.0: "--"}.items() <= levels.items()


def test_every_scene_has_a_panel(study):
    panels = shown(draw("quality_against_time", study))
    assert [axes.get_title() for axes in panels] == ["mic", "balls"]


def test_masks_are_seen_in_the_markers(study):
    found = looks(study, ABOUT["methods"])
    assert found["hash-hull"]["markerfacecolor"] == "white" != found["hash"]["markerfacecolor"]
    assert len({(look["color"], look["ls"]) for look in found.values()}) == len(found)


def test_queries_are_filled_where_they_count_beside_dense_steps(study):
    """In the order of the experiment; voxel has no dense training, frequency is dense itself."""
    axes = shown(draw("queries", study))[0]
    names = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    assert names[0] == "hash 31.0 dB" and names[3] == "voxel 30.0 dB" and len(names) == 5
    marks = [bars.lines[0] for bars in axes.containers]
    asked, training = marks[::2], marks[1::2]
    assert [mark.get_xdata()[0] for mark in asked] == pytest.approx([4, 2, 280, 5, 280])
    assert [mark.get_xdata()[0] for mark in training] == pytest.approx([8, 4, 560, 10, 560])
    hollow = [mark.get_markerfacecolor() == "white" for mark in asked]
    assert hollow == [False, False, False, True, False]
    lines = [lines.get_segments()[0] for lines in axes.collections if len(lines.get_segments()[0]) == 2]
    assert {280.0, 40.0} <= {line[0][0] for line in lines}


def test_ingredients_are_paired_bars_around_no_effect(study):
    gain, _, query, asked = shown(draw("ingredients", study))
    left_out, added = gain.containers[0], gain.containers[2]  # each followed by its intervals
    assert [label.get_text() for label in gain.get_yticklabels()] == ["termination", "half"]
    assert [bar.get_width() for bar in left_out] == pytest.approx([0], abs=1e-9)
    assert [bar.get_width() for bar in added] == pytest.approx([1, -1])
    assert [bar.get_x() + bar.get_width() for bar in query.containers[2]] == pytest.approx([4.0, 2 / 1.8])
    assert [bar.get_x() + bar.get_width() for bar in asked.containers[0]] == pytest.approx([2.0])
    assert query.get_xscale() == "log" and gain.get_xscale() == "linear"


def test_occupied_cells_are_projected_along_each_axis(study):
    panels = shown(draw("occupancy", study, methods=["hash"]))
    z, y, x, middle = (axes.get_images()[0].get_array() for axes in panels[:4])
    np.testing.assert_array_equal(z, cells().mean(0))
    assert (y.max(), x.max()) == (4 / 16, 8 / 16) and (y > 0).sum() == 2 * 8 and (x > 0).sum() == 2 * 4
    np.testing.assert_array_equal(middle, cells()[8])
    assert (panels[1].get_ylabel(), panels[1].get_xlabel()) == ("z (cell)", "x (cell)")
    assert panels[0].get_title("left") == "hash\n1.6 % occupied"


def test_methods_without_a_grid_are_not_drawn(study):
    assert len(shown(draw("occupancy", study))) == 2 * 4 + 1
    figure = draw("occupancy", study, methods=["frequency"])
    assert not shown(figure) and figure.axes[0].texts[0].get_text() == "no method has an occupancy grid"


def test_an_svg_file_is_the_same_for_the_same_data(study, tmp_path):
    for name in ("first", "second"):
        draw("ingredients", study).savefig(tmp_path / f"{name}.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_the_report_shows_every_scene_with_what_learned_it(study):
    cards, plots, galleries = shown_in_report.parts(study)
    card = next(card for card in cards if card.dataset == "mic" and card.question == "Equal time")
    assert card.neural and card.classical is None and "all-white view" in card.note
    assert set(galleries[card.gallery].pictures) > {"truth", card.use}
    assert any("PSNR while training" in plot.title for plot in plots)


def test_the_report_of_a_single_method_says_so(little):
    (card,), _, galleries = shown_in_report.parts(little)
    assert card.certainty == "alone" and galleries == {}
