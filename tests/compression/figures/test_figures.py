"""What the figures of the compression area show: numbers of the tables, parts of files, decoded fields themselves."""

import io as memory
import re

import numpy as np
import pytest
import xarray as xr
from fieldbench import io, registry
from fieldbench.compression.figures._look import looks
from fieldbench.compression.report.results import Study
from fieldbench.figures._style import log_axis
from fieldbench.report.given import Given
from matplotlib.figure import Figure

from tests.compression.report.study import (
    ABOUT,
    INPUTS,
    RATES,
    SHARES,
    MadeUp,
    everything,
    images,
    quality,
)
from tests.report import shown as shown_in_report

TYPES = registry.known_types("compression/figures")
PARAMS = {
    "rate_distortion": {"experiment": "images"},
    "sweep": {"experiment": "annealing"},
    "breakdown": {"experiment": "images"},
    "scaling": {"experiment": "scaling"},
    "crops": {"dataset": "busy"},
    "bounded": {"experiment": "bounded"},
    "training": {"experiment": "quantizers"},
}
UNITS = re.compile(r"\((dB|bit per pixel|%|s|bytes|ratio|°C)\)")
WITHOUT_UNIT = ("step", "loss", "megapixels", "MS-SSIM", "sst (°C)")
STEPS = 50


def picture():
    """An image of 24 x 32 pixels whose values name their places."""
    rows, columns = np.indices((24, 32))
    return np.stack([rows / 23, columns / 31, (rows + columns) % 2]).astype(np.float32)


def inputs():
    """An image, and a variable with land."""
    sea = (20 * picture()[:1]).astype(np.float32)
    sea[0, :3, :3] = np.nan
    attrs = {"title": "made up", "levels": 0, "source": "", "licence": "", "notes": ""}
    colours = {"kind": "image", "units": "1", "peak": 1.0}
    field = {name: xr.Dataset({"field": (("channel", "y", "x"), picture())}, {"channel": list("RGB")}, {**attrs, **colours})
             for name in (*INPUTS, "tiny", "small", "large")}  # fmt: skip
    water = {"kind": "variable", "units": "degC", "peak": 20.0}
    return {
        **field,
        "sea": xr.Dataset({"field": (("channel", "y", "x"), sea)}, {"channel": ["sst"]}, {**attrs, **water}),
    }


def write(root, made):
    """Table, inputs, decoded fields at two operating points, and histories; decoded pictures are darker by the point."""
    (root / "tables").mkdir()
    made.long.to_parquet(root / "tables" / "compression.parquet")
    for name, data in inputs().items():
        io.save_dataset(data, root / "data" / f"{name}.nc")
    for codec in ("shacira", "pyramid", "jpeg"):
        values = np.stack([np.rint(255 * (0.5 + 0.1 * index) * picture()) for index in range(2)]).astype(
            np.uint8
        )
        decoded = xr.Dataset(
            {"field": (("point", "channel", "y", "x"), values)}, {"point": ["p2", "p3"]}, {"levels": 256}
        )
        io.save_dataset(decoded, root / "compression" / "busy" / codec / "decoded.nc")
    bounded = (
        inputs()["sea"].field.expand_dims(point=list(SHARES)).to_dataset(name="field").assign_attrs(levels=0)
    )
    io.save_dataset(bounded, root / "compression" / "sea" / "sz3" / "decoded.nc")
    for codec, point in (("shacira", "p3"), ("shacira-ste", "p3"), ("shacira-annealing", "d05")):
        steps = np.arange(1.0, STEPS + 1)
        columns = {
            "loss": 1 / steps,
            "seconds": steps,
            "psnr_db": 10 * np.log10(steps),
            "rate_bpp": 2 - steps / 50,
        }
        history = xr.Dataset({name: ("step", values) for name, values in columns.items()})
        io.save_dataset(history, root / "compression" / "busy" / codec / point / "0" / "history.nc")
    return Study.open(Given.folder(root), ABOUT)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Every experiment."""
    return write(tmp_path_factory.mktemp("compression"), everything(MadeUp()))


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    """Two codecs that need no training, at two operating points, on one input."""
    made = images(MadeUp(), seeds=(0,))
    made.records = [
        one
        for one in made.records
        if one["dataset"] == "smooth" and one["method"] in ("jpeg", "webp") and one["regime"] in ("p1", "p2")
    ]
    return write(tmp_path_factory.mktemp("little"), made)


def draw(name, study, **params):
    return registry.build("compression/figures", name, study, **{**PARAMS[name], **params})


def shown(figure):
    return [axes for axes in figure.get_axes() if axes.axison]


def labelled(axes, label):
    return next(line for line in axes.get_lines() if line.get_label() == label)


@pytest.mark.parametrize("case", ["study", "little"])
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_every_figure_is_drawn_with_units_at_1200_pixels(name, case, request):
    figure = draw(name, request.getfixturevalue(case))
    figure.savefig(memory.BytesIO(), format="png")
    assert figure.get_size_inches()[0] * figure.dpi == 1200
    for text in [text for axes in shown(figure) for text in (axes.get_xlabel(), axes.get_ylabel()) if text]:
        assert UNITS.search(text.replace("\n", " ")) or text.startswith(WITHOUT_UNIT), text


def test_curves_are_means_over_inputs_with_bands_over_seeds(study):
    left, right = shown(draw("rate_distortion", study))
    jpeg = labelled(left, "jpeg")
    np.testing.assert_allclose(jpeg.get_xdata(), list(RATES.values()))
    np.testing.assert_allclose(
        jpeg.get_ydata(), [quality(rate) + 2 for rate in RATES.values()]
    )  # inputs: + 0, 4 and 2 dB
    assert len(left.collections) == 3  # the three learned codecs have seeds
    names = [label.get_text() for label in right.get_yticklabels()]
    assert names == ["pyramid", "webp", "shacira", "ngp-half"]
    levels = [line.get_xdata()[0] for line in right.get_lines() if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(levels, [0.7, 0.8, 1.1, 4.4], atol=1e-3)


def test_an_input_a_metric_and_codecs_can_be_chosen(study):
    figure = draw("rate_distortion", study, dataset="smooth", codecs=["jpeg", "webp"], metric="ms_ssim_score")
    left, right = shown(figure)
    assert left.get_title() == "smooth" and left.get_ylabel() == "MS-SSIM"
    assert [line.get_label() for line in left.get_lines()] == ["jpeg", "webp"]
    assert "MS-SSIM" in right.get_xlabel()
    assert any("no VMAF" in text.get_text() for axes in draw("rate_distortion", study, metric="vmaf_score").axes
               for text in axes.texts)  # fmt: skip


def test_a_choice_of_codecs_has_the_intervals_of_the_table(study):
    right = shown(draw("rate_distortion", study, codecs=["jpeg", "webp"]))[1]
    line = next(line for line in right.get_lines() if len(line.get_xdata()) == 2 and line.get_marker() == "|")
    change = study.changes(study.experiments["images"], "jpeg")["webp"]
    assert change.family == 4 and list(line.get_xdata()) == [change.factor.low, change.factor.high]


def test_published_curves_are_dashed_and_said_to_be_of_other_images(study):
    left = shown(draw("rate_distortion", study, published=True))[0]
    line = labelled(left, "published, other images or sizes")
    assert line.get_linestyle() == "--" and list(line.get_ydata()) == [30.0]
    assert "C3" in [text.get_text() for text in left.texts]


def test_codecs_can_be_told_apart(study):
    """By colour and marker among the learned codecs; standard ones are dashed and hollow."""
    found = looks(study, ABOUT["codecs"])
    assert len({(look["color"], look["marker"], look["ls"]) for look in found.values()}) == len(found)
    assert len({found[codec]["color"] for codec in ("ngp-half", "shacira", "pyramid")}) == 3
    line = labelled(shown(draw("rate_distortion", study))[0], "webp")
    assert line.get_linestyle() == "--" and line.get_markerfacecolor() == "white"


def test_sweeps_show_their_option(study):
    axes = shown(draw("sweep", study))
    assert [one.get_ylabel() for one in axes] == [
        "PSNR (dB)",
        "Rate (bit per pixel)",
        "Distortion and weighted rate (dB)",
    ]
    line = axes[0].containers[0].lines[0]
    assert list(line.get_xdata()) == [0.1, 0.5, 0.9] and axes[0].get_xlabel() == "decay (ratio)"
    assert list(line.get_ydata()) == pytest.approx([25.11, 26.11, 27.11])


def test_the_bars_of_a_sweep_are_intervals(study):
    """PSNR 25, 25.11 and 25.22: sd 0.11, and t of two degrees of freedom is 4.302653."""
    container = shown(draw("sweep", study))[0].containers[0]
    low, high = container.lines[2][0].get_segments()[0][:, 1]
    half = 4.302653 * 0.11 / np.sqrt(3)
    assert (low, high) == (pytest.approx(25.11 - half), pytest.approx(25.11 + half))


def test_parts_add_up_to_bits_per_pixel(study):
    bits, shares = shown(draw("breakdown", study, dataset="busy"))
    names = [label.get_text() for label in bits.get_yticklabels()]
    row = names.index("shacira, p3")
    widths = {container.get_label(): container[row].get_width() for container in bits.containers}
    assert widths == {
        "header": pytest.approx(8 * 12 / 768),
        "networks": pytest.approx(8 * 30 / 768),
        "coarsest level": pytest.approx(0.1),
        "finest level": pytest.approx(0.4),
    }
    assert sum(container[row].get_width() for container in shares.containers) == pytest.approx(100)


def test_growth_is_drawn_with_its_exponent(study):
    axes = {one.get_ylabel(): one for one in shown(draw("scaling", study))}
    memory_axes, step_axes = axes["Peak memory (bytes)"], axes["Time per step while training (s)"]
    assert memory_axes.get_legend().get_texts()[0].get_text() == "shacira-large: pixels^1.00"
    assert step_axes.get_legend().get_texts()[0].get_text() == "shacira-large: pixels^0.50"
    assert list(memory_axes.get_lines()[0].get_xdata()) == [1e-3, 1e-2, 1e-1]


def test_bars_are_hatched_where_a_bound_is_not_kept(study):
    axes = shown(draw("bounded", study))[0]
    bars = [bar for container in axes.containers for bar in container]
    assert [bar.get_height() for bar in bars] == pytest.approx([0.5, 1.0, 2.0, 4.0, 1.0, 2.0])
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True, False, False, False, False]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.2", "0.02"]
    assert axes.get_xlabel() == "largest error (°C)"


def test_crops_show_the_fields_themselves_at_the_nearest_rate(study):
    """p2 has 0.5 and p3 1 bit per pixel; decoded p3 is 0.6 of the truth."""
    panels = shown(draw("crops", study, rate=0.9, window=[2, 10, 4, 20]))
    titles = [axes.get_title() for axes in panels]
    level = study.rates.first(study.rates.points("busy", "pyramid")[2], "psnr_db")
    assert titles[0] == "truth: busy" and titles[1] == f"pyramid, p3\n{level:.1f} dB at 1.000 bit per pixel"
    assert [title.split(",")[0] for title in titles[2:]] == ["jpeg", "shacira"]
    truth = np.moveaxis(picture()[:, 2:10, 4:20], 0, -1)
    np.testing.assert_allclose(panels[0].get_images()[0].get_array(), truth)
    np.testing.assert_allclose(panels[1].get_images()[0].get_array(), 0.6 * truth, atol=0.5 / 255)


def test_variables_are_drawn_on_the_scale_of_the_truth_with_their_unit(study):
    figure = draw("crops", study, dataset="sea", rate=2.0)
    panels = shown(figure)
    first, second = (axes.get_images()[0] for axes in panels[:2])
    assert first.get_clim() == second.get_clim() and panels[-1].get_ylabel() == "sst (°C)"
    assert np.isnan(np.ma.filled(first.get_array(), np.nan)[:3, :3]).all()


def test_training_shows_when_annealing_ends(study):
    panels = shown(draw("training", study, experiment="annealing"))
    curve, end = panels[1].get_lines()
    np.testing.assert_allclose(curve.get_ydata(), 10 * np.log10(np.arange(1, STEPS + 1)))
    assert end.get_linestyle() == ":" and set(end.get_xdata()) == {0.5 * (STEPS - 1)}
    assert len(panels) == 3


def test_an_svg_file_is_the_same_for_the_same_data(study, tmp_path):
    for name in ("first", "second"):
        draw("rate_distortion", study).savefig(tmp_path / f"{name}.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


@pytest.mark.parametrize("ends", [(0.9, 1.1), (0.5, 1.5), (2.1, 8.3), (1.1, 4.9), (1e-3, 1e3)])
def test_a_logarithmic_axis_is_labelled_at_any_range(ends):
    axes = Figure().subplots()
    axes.set_xlim(ends)
    log_axis(axes, "x")
    assert len([tick for tick in axes.get_xticks() if ends[0] <= tick <= ends[1]]) >= 2


def test_labels_of_a_logarithmic_axis_are_plain_numbers_up_to_large_ones():
    axes = Figure().subplots()
    log_axis(axes, "x")
    label = axes.xaxis.get_major_formatter()
    assert [label(value) for value in (0.05, 1, 20_000, 2e9)] == ["0.05", "1", "20000", "2 G"]


def test_the_report_shows_codecs_by_experiment_with_their_files(study):
    cards, plots, galleries = shown_in_report.parts(study)
    images = next(card for card in cards if card.question == "Photographs")
    assert images.use == "pyramid" and images.neural.name == "pyramid" and images.classical.name == "webp"
    assert images.against.startswith("rate better, -1") and images.sure.startswith(
        "next, webp: rate worse, +1"
    )
    bounded = next(card for card in cards if "error at most 0.02 °C" in card.question)
    assert bounded.use == "sz3" and bounded.dataset == "sea"
    assert set(galleries[images.gallery].pictures) >= {"truth", "pyramid", "jpeg"}
    assert any(plot.title == "smooth: rate-distortion" and plot.curves for plot in plots)


def test_the_report_of_two_standard_codecs_has_no_neural_side(little):
    (card,), _, _ = shown_in_report.parts(little)
    assert card.neural is None and card.classical.name == card.use
