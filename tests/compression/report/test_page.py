"""The page on compression: computed answers, hand-computed differences, and sections that have no runs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.compression.report import page as compression
from fieldbench.compression.report import results as compression_run
from fieldbench.compression.report import tables as parts
from fieldbench.compression.report.rates import Rates, rate_change
from fieldbench.errors import UserError
from fieldbench.report import claims
from fieldbench.report.formatting import ratio_text
from fieldbench.report.tables import Key

from tests.compression.report.study import (
    ABOUT,
    OFFSETS,
    PIXELS,
    RATES,
    CompressionStudy,
    annealing,
    bounded,
    everything,
    experiment,
    images,
    quality,
    scaling,
)


@pytest.fixture
def study():
    return CompressionStudy()


@pytest.fixture
def full(study):
    """Everything there is."""
    return everything(study)


def rates_of(study):
    return study_of(study).rates


def study_of(study, about=ABOUT):
    return compression.study_of(study.long, about)


def render(study, about=ABOUT):
    long = study.long
    return compression.page(long, about, claims.judge([], long, {}))


def heads(study, about=ABOUT):
    return compression.headlines(study.long, about)


def head(study, start):
    return next(line for line in heads(study) if line.startswith(f"**{start}"))


def row(text, start, after=""):
    """The first table row that starts so, below `after`."""
    return next(line for line in text[text.index(after) :].splitlines() if line.startswith(f"| {start}"))


def line_curve(scale, rates=(0.25, 0.5, 1.0)):
    return np.array([(rate, quality(rate, scale)) for rate in rates])


def test_the_rate_at_equal_quality_of_curves_that_are_known():
    assert rate_change(line_curve(1), line_curve(2)) == pytest.approx(100)
    assert rate_change(line_curve(2), line_curve(1)) == pytest.approx(-50)


def test_a_single_point_is_compared_at_its_own_quality():
    """At 30 dB the curve of scale 1 takes 1 bit per pixel."""
    point = np.array([[0.4, quality(0.8)]])
    assert rate_change(line_curve(1), point) == pytest.approx(-50)
    assert rate_change(point, line_curve(1)) == pytest.approx(100)
    assert np.isnan(rate_change(point, point))
    assert np.isnan(rate_change(line_curve(1), np.array([[0.4, 90.0]])))


def test_differences_are_taken_input_by_input(study):
    """Inputs differ by 4 dB, codecs by 0.9 and 0.7 of the rate: 0.8 on average, and a wide interval from two inputs."""
    study.codec("jpeg", 1.0)
    for name, scale in (("busy", 0.9), ("smooth", 0.7)):
        study.codec("webp", scale, datasets=(name,))
    change = rates_of(study).change(["busy", "smooth"], "webp", "jpeg").absolute
    assert (change.mean, change.count) == (pytest.approx(-20), 2)
    assert change.high - change.mean == pytest.approx(12.706 * 10, rel=1e-3)  # t of one degree of freedom


def test_on_one_input_differences_are_taken_seed_by_seed(study):
    study.codec("shacira", 1.0, datasets=("busy",), seeds=(0, 1, 2), learned=True, wobble=0.1)
    study.codec("shacira-ste", 1.1, datasets=("busy",), seeds=(0, 1, 2), learned=True, wobble=0.1)
    change = rates_of(study).change(["busy"], "shacira-ste", "shacira").absolute
    assert change.count == 3
    assert (change.low, change.high) == pytest.approx((10, 10))  # seeds alone differ by 10 %


def test_two_codecs_without_seeds_on_one_input_are_known_exactly(study):
    study.codec("jpeg", 1.0, datasets=("busy",)).codec("webp", 0.5, datasets=("busy",))
    change = rates_of(study).change(["busy"], "webp", "jpeg").absolute
    assert (change.mean, change.low, change.count) == (pytest.approx(-50), pytest.approx(-50), 0)


def test_a_ratio_of_sizes_is_a_geometric_mean(study):
    study.codec("shacira", 1.0, learned=True)
    for name, scale in (("busy", 1.5), ("smooth", 6.0)):
        study.codec("ngp-half", scale, datasets=(name,), learned=True)
    ratio = rates_of(study).ratio(["busy", "smooth"], "shacira", "ngp-half")
    assert ratio.mean == pytest.approx(3) and ratio.low * ratio.high == pytest.approx(9)
    assert ratio_text(ratio).startswith("3.0 × [")


def test_inputs_without_a_common_quality_are_left_out(study):
    study.codec("jpeg", 1.0).codec("webp", 0.5, datasets=("smooth",))
    for point, rate in RATES.items():
        study.file("webp", point, rate, quality(rate) + 100, "busy")
    change = rates_of(study).change(["busy", "smooth"], "webp", "jpeg").absolute
    assert (change.mean, change.count) == (pytest.approx(-50), 1)


def test_the_cost_is_the_loss_that_was_trained(study):
    study.file("shacira", "p1", 2.0, 20.0, learned=True, lambda_per_pixel_ratio=0.005)
    cost = rates_of(study).first(Key("busy", "p1", "shacira"), "rate_distortion_cost_db")
    assert cost == pytest.approx(10 * np.log10(0.01 + 0.005 * 2.0))


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ({"rate_weight": [3e-3, 3e-4]}, "rate_weight", 3e-3),
        ({"quantizer": {"type": "sga", "decay": 0.5}}, "decay", 0.5),
        ({"max_error_share": 1e-2}, "max_error_share", 1e-2),
        (0.25, "anything", 0.25),
    ],
)
def test_an_option_is_found_however_deep_it_stands(options, name, value):
    assert parts.setting(options, name) == value


def test_an_option_that_is_not_set_is_unknown():
    assert np.isnan(parts.setting({"quantizer": {"type": "ste"}}, "decay"))


def test_the_answer_names_the_smallest_with_rivals_and_cost(full):
    text = head(full, "Photographs")
    assert (
        "pyramid writes the smallest files** at equal PSNR, over 2 inputs (20.00 s to encode, 0.1000 s to decode"
        in text
    )
    assert "700 multiply-adds per pixel" in text
    assert "the next, webp: worse, +14." in text and "shacira: worse, +57.1 %" in text


def test_the_answer_turns_with_the_numbers(study):
    study.codec("jpeg", 1.0).codec("webp", 0.8).codec("shacira", 2.0, seeds=(0, 1), learned=True)
    text = head(study, "Photographs")
    assert "webp writes the smallest" in text and "the best that is learned, shacira: worse, +150.0 %" in text
    assert "multiply-adds" not in text


def test_codecs_without_a_common_quality_are_not_ranked(study):
    study.codec("jpeg", 1.0).file("shacira", "p1", 0.5, 90.0, learned=True)
    assert head(study, "Photographs") == "**Photographs**: no codec reaches a PSNR of jpeg, the reference."
    assert "| – |" in row(render(study), "**shacira**", "## Photographs")


def test_sizes_against_instant_ngp(full):
    assert "Photographs: 4.0 × [4, 4] smaller than ngp-half" in head(full, "SHACIRA at equal PSNR")
    text = render(full)
    assert "| 6.3 × [6.3, 6.3] |" in row(text, "**pyramid**", "Against Instant-NGP")


def test_perceived_quality_is_set_against_standards_of_video(study):
    images(study).codec("hevc", 0.55, wobble=0.001)
    text = head(study, "SHACIRA at equal quality as perceived")
    assert "Photographs, MS-SSIM against hevc: worse, +100.0 % [" in text and "VMAF" not in text


def test_intervals_say_over_what_they_are(full):
    text = head(full, "How sure")
    assert "over 2 inputs for Photographs" in text and "over seeds on busy for Quantizers, Annealing" in text
    assert "one seed" not in text
    assert "one seed" in heads(full, {**ABOUT, "seeds": [0]})[-1]


def test_rates_stand_against_the_reference_with_verdicts_and_costs(full):
    text = render(full)
    part = "## Photographs"
    assert "better, -30.0 % [" in row(text, "**pyramid**", part) and "2 MB" in row(text, "**pyramid**", part)
    assert "the reference" in row(text, "**jpeg**", part)
    head_row = row(text, "Codec", part)
    for name in ("Rate at equal PSNR [95 %]", "Rate at equal MS-SSIM [95 %]", "Time to encode (s)"):
        assert name in head_row
    assert "VMAF" not in head_row
    assert "worse, +5.0 % [" in row(text, "**shacira-ste**", "## Quantizers")


def test_every_operating_point_has_its_levels_and_intervals(full):
    text = render(full)
    found = row(text, "**jpeg** | p3", "## Photographs")
    mean = quality(1.0) + np.mean(list(OFFSETS.values()))
    assert f"| {mean:.0f} [" in found and "| 1.000 |" in found and "| 2 of 2 |" in found
    assert f"| {PIXELS / 8:.0f} B |" in found


def test_a_codec_that_lacks_an_input_says_so(study):
    study.codec("jpeg", 1.0).codec("webp", 0.8, datasets=("busy",))
    assert "| 1 of 2 |" in row(render(study), "**webp** | p1")


def test_published_averages_are_marked_as_such(full):
    text = render(full)
    part = text[text.index("### Published") :]
    assert "other images or sizes" in part[:200] and "| C3 | its authors | 30.0 |" in part
    assert "0.2 bit per pixel: PSNR (dB)" in part


def test_a_sweep_is_told_step_by_step(full):
    text = head(full, "Annealing")
    assert "with decay from 0.1 to 0.9, PSNR +2.00 [" in text and "(better at every step)" in text
    found = row(render(full), "0.5 | d05")
    assert "better, +1.00 [" in found and "26.11 [" in found


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ((25, 26, 25.5), "not consistent: worse at 1 of 2 steps"),
        ((25, 26, 26.001), "undecided: better at 1 of 2 steps"),
    ],
)
def test_a_sweep_that_does_not_rise_throughout(study, levels, word):
    assert word in head(annealing(study, levels), "Annealing")


def test_distortion_and_rate_are_added_only_where_all_points_weigh_the_rate_alike(study):
    annealing(study)
    assert "Distortion and weighted rate" in render(study)
    for one in study.records:
        if one["regime"] == "d05":
            one["metrics"]["lambda_per_pixel_ratio"] = 0.5
    assert "Distortion and weighted rate" not in render(study)


def test_growth_with_the_pixels(full):
    text = head(full, "Size")
    assert "peak memory as pixels^1.00; time per step while training as pixels^0.50" in text
    assert "large with 100,000 pixels, took 5 MB and 1,000 s to encode" in text
    page = render(full)
    order = [
        line.split("|")[3].strip()
        for line in page.splitlines()
        if line.startswith("| **shacira-large** | p1 | ")
    ]
    assert order[:3] == ["tiny", "small", "large"]


def test_an_exponent_has_the_interval_of_its_fit():
    exact = parts.exponent([1, 10, 100], [2, 20, 200])
    assert (exact.mean, exact.low) == (pytest.approx(1), pytest.approx(1))
    noisy = parts.exponent([1, 10, 100, 1000], [1, 12, 90, 1000])
    slope, (low, high) = noisy.mean, (noisy.low, noisy.high)
    logs = np.log([1, 12, 90, 1000]), np.log([1, 10, 100, 1000])
    assert slope == pytest.approx(np.polyfit(logs[1], logs[0], 1)[0]) and low < 1 < high
    assert np.isnan(parts.exponent([1, 10], [1, 10]).spread)
    assert np.isnan(parts.exponent([5, 5], [1, 2]).mean)


def test_the_smallest_file_that_keeps_the_bound_wins(full):
    """The learned codec is smallest at both bounds and exceeds the tighter one."""
    text = head(full, "Smallest file that keeps a bound on sea")
    assert "(°C): at 0.2 shacira-bounded, 50 % below sz3; at 0.02 sz3, 50 % below zfp" in text
    page = render(full)
    assert "| **48 B** |" in row(page, "0.2 | shacira-bounded") and row(
        page, "0.2 | shacira-bounded"
    ).endswith("| yes |")
    assert "| 96 B |" in row(page, "0.02 | shacira-bounded") and row(page, "0.02 | shacira-bounded").endswith(
        "| no |"
    )
    assert "Maximum error (°C)" in page and "Rms error (°C)" in page


def test_bounded_codecs_are_compared_at_the_error_that_they_reach(study):
    """At equal bounds zfp writes twice what sz3 does; it stays below its bounds, so at equal errors less than twice."""
    entry = experiment("bounded", ["sea"], ["sz3", "zfp"], reference="sz3", title="Bounds")
    found = study_of(bounded(study), {**ABOUT, "experiments": {"bounded": entry}})
    change = found.changes(found.experiments["bounded"], "sz3", "max_error_data")["zfp"].absolute
    assert 0 < change.mean < 100


def test_a_file_without_a_measured_error_keeps_nothing(study):
    study.file("zfp", "e1", 1.0, 60.0, "sea")
    text = render(study)
    assert row(text, "0.2 | zfp").endswith("| no |") and "**Smallest file" not in text


def test_where_the_bytes_go(full):
    text = row(render(full), "**shacira** | p4", "## Where the bytes go")
    size = 2.0 * PIXELS / 8
    assert f"| {100 * 12 / size:.1f} % | {100 * 30 / size:.1f} % | – | – | 50.0 % | 40.0 % | 1.2 × |" in text
    study = study_of(full)
    found = parts.parts_of(study, study.experiments["images"], "shacira", "p4")
    assert list(found) == ["header_bytes", "networks_bytes", "level_00_bytes", "level_01_bytes"]
    assert found["level_01_bytes"] == pytest.approx(0.8)


def test_signatures_of_failure_are_counted_over_all_runs(study):
    for seed in range(3):
        study.file("shacira", "p1", 0.5, 20.0, seed=seed, learned=True, plateau_count=float(seed == 0))
    text = render(study)
    assert "1 of 3 runs" in row(text, "**shacira**", "## Signatures")
    assert "PSNR plateaus early: too little regularization" in text


def test_failures_and_absent_inputs_are_listed(full):
    full.fail("shacira", "loss is not finite").fail("-", "no file", dataset="kodim01", status="skipped")
    text = render(full)
    assert "loss is not finite" in text and "- kodim01: skipped. no file" in text


def test_without_runs_the_page_says_so(study):
    text = render(study.fail("shacira", "no file", dataset="busy", status="skipped"))
    for line in (
        "Nothing was run.",
        "No file of a learned codec",
        "No training was diagnosed.",
        "No figure was drawn.",
    ):
        assert line in text
    assert "## Photographs" not in text and "No file was written; the reasons are below." in text


@pytest.mark.parametrize("part", [images, annealing, scaling, bounded])
def test_any_single_experiment_makes_a_page(part, study):
    text = render(part(study))
    assert "nan" not in text.replace("nano", "") and text.count("\n## ") >= 7


def test_one_seed_and_one_input_give_no_verdict_on_learned_codecs(study):
    study.codec("jpeg", 1.0, datasets=("busy",)).codec("shacira", 2.0, datasets=("busy",), learned=True)
    assert "undecided, +100.0 % |" in row(render(study), "**shacira**", "## Photographs")


def test_a_page_of_another_order_of_records_is_the_same_answer(full):
    before = heads(full)
    full.records.reverse()
    assert heads(full)[:2] == before[:2]


def test_facts_of_an_input():
    values = np.zeros((2, 3, 4, 5), np.float32)
    data = xr.Dataset({"field": (("channel", "z", "y", "x"), values)}, {"channel": ["a", "b"]})
    data.attrs = {"kind": "volume", "units": "K", "peak": 7.0, "notes": "One.\nTwo."}
    facts = compression_run.dataset_facts(data, "cube")
    assert (facts["title"], facts["shape"], facts["pixels"]) == ("cube", [3, 4, 5], 60)
    assert (facts["channels"], facts["peak"], facts["notes"]) == (["a", "b"], 7.0, ["One.", "Two."])


def test_published_numbers_are_read_and_checked(tmp_path):
    path = tmp_path / "kodak.csv"
    path.write_text("# averages\ncodec,bpp,psnr_db,source\nC3,0.2,30.0,its authors\n")
    assert compression_run.published(path) == ABOUT["published"]
    path.write_text("codec,bpp,source\nC3,0.2,its authors\n")
    with pytest.raises(UserError, match="lacks the column psnr_db"):
        compression_run.published(path)


def test_rates_know_only_what_was_measured(study):
    study.codec("jpeg", 1.0).fail("webp", "no such encoder")
    rates = Rates(study_of(study).results)
    assert rates.inputs(["busy", "smooth"], "jpeg", "webp") == [] and rates.points("busy", "webp") == []
    assert isinstance(rates.over(["busy", "smooth"], "jpeg", "p1", "psnr_db"), pd.Series)
