"""Codecs at equal quality: answers, rates with verdicts, levels at every operating point."""

import numpy as np

from tests.compression.report.study import OFFSETS, PIXELS, images, quality
from tests.report.pages import headline, row


def test_the_answer_names_the_smallest_with_rivals_and_cost(full):
    text = headline(full, "Photographs")
    assert (
        "pyramid writes the smallest files** at equal PSNR, over 2 inputs (20.00 s to encode, 0.1000 s to decode"
        in text
    )
    assert "700 multiply-adds per pixel" in text
    assert "the next, webp: worse, +14." in text and "shacira: worse, +57.1 %" in text


def test_the_answer_turns_with_the_numbers(made):
    made.codec("jpeg", 1.0).codec("webp", 0.8).codec("shacira", 2.0, seeds=(0, 1), learned=True)
    text = headline(made, "Photographs")
    assert "webp writes the smallest" in text and "the best that is learned, shacira: worse, +150.0 %" in text
    assert "multiply-adds" not in text


def test_codecs_without_a_common_quality_are_not_ranked(made):
    made.codec("jpeg", 1.0).file("shacira", "p1", 0.5, 90.0, learned=True)
    assert headline(made, "Photographs") == "**Photographs**: no codec reaches a PSNR of jpeg, the reference."
    assert "| – |" in row(made.page(), "**shacira**", "## Photographs")


def test_sizes_against_instant_ngp(full):
    assert "Photographs: 4.0 × [4, 4] smaller than ngp-half" in headline(full, "SHACIRA at equal PSNR")
    text = full.page()
    assert "| 6.3 × [6.3, 6.3] |" in row(text, "**pyramid**", "Against Instant-NGP")


def test_perceived_quality_is_set_against_standards_of_video(made):
    images(made).codec("hevc", 0.55, wobble=0.001)
    text = headline(made, "SHACIRA at equal quality as perceived")
    assert "Photographs, MS-SSIM against hevc: worse, +100.0 % [" in text and "VMAF" not in text


def test_rates_stand_against_the_reference_with_verdicts_and_costs(full):
    text = full.page()
    part = "## Photographs"
    assert "better, -30.0 % [" in row(text, "**pyramid**", part) and "2 MB" in row(text, "**pyramid**", part)
    assert "the reference" in row(text, "**jpeg**", part)
    head_row = row(text, "Codec", part)
    for name in ("Rate at equal PSNR [95 %]", "Rate at equal MS-SSIM [95 %]", "Time to encode (s)"):
        assert name in head_row
    assert "VMAF" not in head_row
    assert "worse, +5.0 % [" in row(text, "**shacira-ste**", "## Quantizers")


def test_every_operating_point_has_its_levels_and_intervals(full):
    text = full.page()
    found = row(text, "**jpeg** | p3", "## Photographs")
    mean = quality(1.0) + np.mean(list(OFFSETS.values()))
    assert f"| {mean:.0f} [" in found and "| 1.000 |" in found and "| 2 of 2 |" in found
    assert f"| {PIXELS / 8:.0f} B |" in found


def test_a_codec_that_lacks_an_input_says_so(made):
    made.codec("jpeg", 1.0).codec("webp", 0.8, datasets=("busy",))
    assert "| 1 of 2 |" in row(made.page(), "**webp** | p1")


def test_published_averages_are_marked_as_such(full):
    text = full.page()
    part = text[text.index("### Published") :]
    assert "other images or sizes" in part[:200] and "| C3 | its authors | 30.0 |" in part
    assert "0.2 bit per pixel: PSNR (dB)" in part


def test_one_seed_and_one_input_give_no_verdict_on_learned_codecs(made):
    made.codec("jpeg", 1.0, datasets=("busy",)).codec("shacira", 2.0, datasets=("busy",), learned=True)
    assert "undecided, +100.0 % |" in row(made.page(), "**shacira**", "## Photographs")
