"""Which method to use: answers with masks and white views, and the table of qualities."""

import pytest

from tests.radiance.report.study import ABOUT, key
from tests.report.pages import headline, row


def test_the_answer_names_the_best_its_masks_the_next_and_the_white_view(full):
    """Three seeds that differ by 0.02 dB: 4.303 / sqrt(3) of that."""
    text = headline(full, "Equal time, mic")
    assert (
        "mic: use hash-hull (given masks)**, PSNR 32.000 [31.950, 32.050] dB where an all-white view has 13.0 dB."
        in text
    )
    assert "No other is within 0.1 dB of it; next hash-dense (-0.95 dB)." in text
    assert text.endswith(
        "First at 30 dB: hash-hull (given masks) after 40.00 s, then hash after 50.00 s (evaluated every 5.000 s)."
    )


def test_the_answer_turns_with_the_numbers(made):
    made.add("hash", 26.0, times={25: 70.0}).add("voxel", 27.0, times={25: 30.0})
    text = headline(made, "Equal time, mic")
    assert "use voxel**" in text and "next hash (-1.00 dB)" in text
    assert "First at 25 dB: voxel after 30.00 s" in text


def test_of_methods_as_good_the_cheapest_is_named(made):
    """0.05 dB behind the best is within the margin, 0.11 dB is not, whatever either takes."""
    made.add("hash", 31.0, train_seconds=200.0).add("voxel", 30.95, train_seconds=50.0)
    made.add("frequency", 30.89, train_seconds=10.0)
    text = headline(made, "Equal time, mic")
    assert "use voxel**, PSNR 30.95" in text
    assert "It is the quickest to train of 2 within 0.1 dB of the highest: hash, voxel (-0.05 dB)." in text


def test_where_all_had_the_same_time_the_cheapest_is_that_per_query(made):
    made.add("hash", 31.0, train_seconds=99.0).add("voxel", 30.95, sample_seconds=1e-6)
    shown = {**ABOUT["experiments"]["equal-time"], "training": {"seconds": 100}}
    text = headline(made, "Equal time, mic", {**ABOUT, "experiments": {"equal-time": shown}})
    assert "use voxel**" in text and "the quickest per query of 2 within 0.1 dB" in text


def test_a_method_that_lost_a_seed_is_not_recommended(made):
    made.add("hash", 31.0).add("voxel", 32.0).fail("voxel", "loss is not finite")
    assert "use hash**" in headline(made, "Equal time, mic")
    made.fail("hash", "loss is not finite")
    assert headline(made, "Equal time, mic") == "**Equal time, mic: no method finished every seed**."


def test_nothing_is_recommended_that_an_all_white_view_surpasses(made):
    text = headline(made.add("hash", 12.9).add("voxel", 12.0), "Equal time, mic")
    assert "no method is above an all-white view**. The best, hash has 12.900" in text
    assert "where an all-white view has 13.0 dB" in text and "use " not in text


def test_one_method_alone_is_not_called_the_best(made):
    text = headline(made.add("hash", 26.0), "Equal time, mic")
    assert "use hash**, PSNR 26.000" in text and text.endswith("Nothing else was run to the end.")


def test_who_is_first_is_not_told_where_an_evaluation_came_too_late(made):
    made.add("hash", 31.0, times={30: 20.0}, first=(30,)).add("voxel", 30.0, times={30: 15.0})
    assert "First at" not in headline(made, "Equal time, mic")


def test_qualities_stand_with_verdicts_above_the_all_white_view(full):
    text = full.page()
    part = "### Equal time: mic"
    start = text.index("| Method | PSNR", text.index(part))
    names = [line.split("|")[1].strip() for line in text[start:].splitlines()[2:8]]
    assert names == [
        "**hash-hull (given masks)**",
        "**hash-dense**",
        "**hash**",
        "**voxel**",
        "**frequency**",
        "all-white view",
    ]
    assert "| the reference | 3 |" in row(text, "**hash**", part)
    assert "worse, -1.000 [" in row(text, "**voxel**", part)
    assert row(text, "all-white view", part) == "| all-white view | 13.00 | 4.000 | 0.5000 | – | – |"


@pytest.mark.parametrize(
    ("seeds", "views", "over"),
    [
        ((0, 1, 2), (), "3 seeds"),
        ((0, 1, 2), (-1, 0, 1, 0), "3 seeds x 4 views"),
        ((0,), (-1, 0, 1, 0), "4 views, one training"),
        ((0, 1), (-1, 0, 1, 0), "4 views, two trainings"),
        ((0,), (), "one training"),
    ],
)
def test_heads_say_what_intervals_are_over(made, seeds, views, over):
    made.add("hash", 31.0, seeds=seeds, views=views).add("voxel", 30.0, seeds=seeds, views=views)
    head = row(made.page(), "Method | PSNR", "### Equal time")
    assert f"PSNR (dB) [95 % over {over}]" in head and f"against hash (dB) [95 % over {over}]" in head


def test_a_reference_that_a_scene_lacks_leaves_dashes(made):
    made.add("hash", 31.0).add("voxel", 29.0, "balls")
    assert "| – | 3 |" in row(made.page(), "**voxel**", "### Equal time: balls")
    assert made.study().family("psnr_db", key("voxel", "balls"), key("hash", "balls")) == 1
