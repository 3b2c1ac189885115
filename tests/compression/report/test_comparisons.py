"""Codecs at equal quality: answers, rates with verdicts, levels at every operating point."""

import numpy as np

from tests.compression.report.study import ABOUT, OFFSETS, PIXELS, MadeUp, images, quality
from tests.report.pages import headline, row


def test_the_answer_names_the_smallest_with_rivals_and_cost(full):
    text = headline(full, "Photographs")
    assert (
        "pyramid writes the smallest files** at equal PSNR, on 3 inputs (20.00 s to encode, 0.1000 s to decode, "
        "700 multiply-adds per pixel to decode). No other is within 2 % of them."
    ) in text
    assert "The next, webp: worse, +14.3 % [" in text and "shacira: worse, +57.14 % [" in text


def test_the_answer_turns_with_the_numbers(made):
    made.codec("jpeg", 1.0).codec("webp", 0.8, wobble=0.01)
    made.codec("shacira", 2.0, seeds=(0, 1, 2), learned=True, wobble=0.01)
    text = headline(made, "Photographs")
    assert "webp writes the smallest" in text and "The best that is learned, shacira: worse, +150" in text
    assert "multiply-adds" not in text


def test_of_files_within_the_margin_the_quickest_codec_is_to_be_used(made):
    """webp writes 1 % more than pyramid in a fortieth of the time; jpeg is 10 % behind."""
    made.codec("jpeg", 1.1, wobble=0.01).codec("webp", 1.01, wobble=0.01).codec("pyramid", 1.0, learned=True)
    text = headline(made, "Photographs")
    assert "pyramid writes the smallest files" in text
    assert "Within 2 % of them: webp. **Use webp**, the quickest of these (0.5000 s to encode" in text
    made.codec("shacira", 1.005, learned=True, encode_seconds=0.1)
    assert "Within 2 % of them: shacira, webp. **Use shacira**" in headline(made, "Photographs")


def test_the_smallest_may_be_the_quickest(made):
    made.codec("jpeg", 1.0).codec("pyramid", 1.01, learned=True)
    assert "Within 2 % of them: pyramid; jpeg is the quickest of these." in headline(made, "Photographs")


def test_codecs_without_a_common_quality_are_not_ranked(made):
    made.codec("jpeg", 1.0).file("shacira", "p1", 0.5, 90.0, learned=True)
    assert headline(made, "Photographs") == "**Photographs**: no codec reaches a PSNR of jpeg, the reference."
    assert "| – |" in row(made.page(), "**shacira**", "## Photographs")


def test_sizes_against_instant_ngp(full):
    assert "Photographs: 4.0 × [4.0, 4.0] smaller than ngp-half." in headline(full, "SHACIRA at equal PSNR")
    text = full.page()
    assert "| 6.3 × [6.3, 6.3] |" in row(text, "**pyramid**", "Against Instant-NGP")


def test_perceived_quality_is_set_against_standards_of_video(made):
    images(made).codec("hevc", 0.55, wobble=0.001)
    text = headline(made, "SHACIRA at equal quality as perceived")
    assert "Photographs, MS-SSIM against hevc: worse, +100.0 % [" in text and "VMAF" not in text


def test_rates_stand_against_the_reference_with_verdicts_and_costs(full):
    text = full.page()
    part = "## Photographs"
    assert "better, -30.00 % [" in row(text, "**pyramid**", part) and "2 MB" in row(text, "**pyramid**", part)
    assert "the reference" in row(text, "**jpeg**", part)
    head_row = row(text, "Codec", part)
    for name in ("Rate at equal PSNR [95 %]", "Rate at equal MS-SSIM [95 %]", "Time to encode (s)"):
        assert name in head_row
    assert "VMAF" not in head_row
    assert "worse, +5.18 % [" in row(text, "**shacira-ste**", "## Quantizers")


def test_every_operating_point_has_its_levels_and_intervals(full):
    text = full.page()
    found = row(text, "**jpeg** | p3", "## Photographs")
    mean = quality(1.0) + np.mean(list(OFFSETS.values()))  # inputs 2 dB apart: 4.302653 * 2 / sqrt(3) = 4.97
    assert f"| {mean:.1f} [{mean - 5:.1f}, {mean + 5:.1f}] |" in found
    assert "| 1.000 |" in found and "| 3 of 3 |" in found
    assert f"| {PIXELS / 8:.0f} B |" in found


def test_a_codec_that_lacks_an_input_says_so(made):
    made.codec("jpeg", 1.0).codec("webp", 0.8, datasets=("busy",))
    text = made.page()
    assert "| 1 of 3 |" in row(text, "**webp** | p1")
    assert "| -20.0 % (1 of 3 inputs) |" in row(text, "**webp**", "## Photographs")
    found = headline(made, "Photographs")  # a codec is not the best for files of one input of three
    assert "jpeg writes the smallest files" in found and "The next, webp: -20.0 % (1 of 3 inputs)." in found


def test_published_averages_are_marked_as_such(full):
    text = full.page()
    part = text[text.index("### Published") :]
    assert "other images or sizes" in part[:200] and "| C3 | its authors | 30.0 |" in part
    assert "0.2 bit per pixel: PSNR (dB)" in part


def test_one_seed_and_one_input_have_a_value_and_no_verdict(made):
    made.codec("jpeg", 1.0, datasets=("busy",)).codec("shacira", 2.0, datasets=("busy",), learned=True)
    about = {**ABOUT, "experiments": {"one": {**ABOUT["experiments"]["images"], "data": ["busy"]}}}
    text = made.page(about)
    assert "| **shacira** | +100.0 % |" in row(text, "**shacira** | +", "## Photographs")
    assert "Rates on busy, one training: no interval, the values themselves; the reference is jpeg." in text


def test_two_inputs_show_both_values(made):
    made.codec("jpeg", 1.0, datasets=("busy", "smooth"))
    for name, scale in (("busy", 0.9), ("smooth", 5.0)):
        made.codec("pyramid", scale, datasets=(name,), seeds=(0, 1, 2), learned=True)
    about = {**ABOUT, "experiments": {"two": {**ABOUT["experiments"]["images"], "data": ["busy", "smooth"]}}}
    assert "| -10.0 %; 5.0 × |" in row(made.page(about), "**pyramid**", "## Photographs")


def test_the_basis_of_a_table_says_over_what_and_of_how_many(full):
    assert (
        "Rates over 3 seeds x 3 inputs, each column of rates a family of 4; the reference is jpeg."
        in full.page()
    )
    few = MadeUp()
    few.codec("jpeg", 1.0).codec("pyramid", 0.7, learned=True, wobble=0.01)
    assert "Rates over 3 inputs, one training, each column of rates a family of 1;" in few.page()
