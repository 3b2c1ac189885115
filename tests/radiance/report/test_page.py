"""The page on radiance fields: masks, trainings, failures, and sections without runs."""

import pytest

from tests.radiance.report.study import ABOUT, equal_time, ingredients, method, with_methods
from tests.report.pages import headline, row


def test_an_experiment_says_what_it_trained_otherwise(made):
    made.add("hash", 31.0)
    shown = {**ABOUT["experiments"]["equal-time"], "training": {"until_db": 35, "steps": 60}}
    about = {**with_methods(hash=method(steps=9)), "experiments": {"equal-time": shown}}
    text = made.page(about)
    assert "otherwise than the table above says: until db 35, steps 60, steps 9 for hash.\n" in text
    assert "otherwise than" not in made.page()


def test_masks_are_compared_with_the_twin_without_them(full):
    text = headline(full, "Masks")
    assert "were given to hash-hull. hash-hull against hash on mic (Equal time): better, +1.000" in text
    about = with_methods(**{"hash-hull": method(hull=True)})
    assert headline(full, "Masks", about).endswith("Nothing equal was run without them.")
    assert "(given masks)" in row(full.page(), "**hash-hull", "### Equal time")


def test_metrics_that_were_not_measured_leave_no_column(made):
    made.add("hash", 31.0)
    for one in made.records:
        for name in ("foreground_psnr_db", "queries_per_ray_count", "peak_memory_bytes", "white_psnr_db"):
            del one["metrics"][name]
    text = made.page()
    for word in ("| Foreground PSNR", "Queries of the networks", "| Peak memory |", "| all-white view |"):
        assert word not in text


def test_failures_and_absent_scenes_are_listed(full):
    full.fail("voxel", "loss is not finite").fail("-", "no file", scene="lego", status="skipped")
    text = full.page()
    assert "loss is not finite" in text and "- lego: skipped. no file" in text
    assert row(text, "**voxel**", "### Equal time: mic").endswith("| 3 of 4 |")


def test_without_runs_the_page_says_so(made):
    text = made.fail("hash", "no file", status="skipped").page()
    for line in ("Nothing was run.", "No figure was drawn.", "No scene was learned;"):
        assert line in text
    assert "## Equal time" not in text


@pytest.mark.parametrize("part", [equal_time, ingredients])
def test_any_single_experiment_makes_a_page(part, made):
    text = part(made).page()
    assert "nan" not in text and text.count("\n## ") == 4
    assert "| mic | Made up | generated | 40 + 4 | 16 x 12 | 13.00 | 4.000 |" in text and "- Seed 0." in text


def test_a_page_of_another_order_of_records_is_the_same_answer(full):
    before = full.headlines()
    full.records.reverse()
    assert set(full.headlines()) == set(before)


def test_animations_are_shown(full):
    assert "](figures/radiance/orbit-mic.gif)" in full.page()
