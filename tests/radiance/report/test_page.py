"""The page on radiance fields: computed answers, what counts as a saving, ingredients, and sections without runs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench import io
from fieldbench.radiance.report import comparison as scenes
from fieldbench.radiance.report import page as radiance
from fieldbench.radiance.report import results as radiance_run
from fieldbench.radiance.report import tables as parts
from fieldbench.report import claims
from fieldbench.report.statistics import ratio
from fieldbench.report.tables import Key, Results

from tests.radiance.report.study import (
    ABOUT,
    RadianceStudy,
    equal_time,
    everything,
    ingredients,
    method,
    views_of,
)


@pytest.fixture
def study():
    return RadianceStudy()


@pytest.fixture
def full(study):
    """Everything there is."""
    return everything(study)


def study_of(study, about=ABOUT):
    return radiance.study_of(study.long, about, study.views)


def render(study, about=ABOUT):
    return radiance.page(study.long, about, claims.judge([], study.long, {}), study.views)


def heads(study, about=ABOUT):
    return radiance.headlines(study.long, about, study.views)


def head(study, start, about=ABOUT):
    return next(line for line in heads(study, about) if line.startswith(f"**{start}"))


def row(text, start, after=""):
    """The first table row that starts so, below `after`."""
    return next(line for line in text[text.index(after) :].splitlines() if line.startswith(f"| {start}"))


def key(name, scene="mic", experiment="equal-time"):
    return Key(scene, experiment, name)


def with_methods(**entries):
    return {**ABOUT, "methods": {**ABOUT["methods"], **entries}}


def test_a_ratio_is_a_geometric_mean_over_what_both_have():
    found = ratio(pd.Series([1.0, 4.0], [0, 1]), pd.Series([4.0, 4.0, 9.0], [0, 1, 2]))
    assert found.mean == pytest.approx(2) and found.low * found.high == pytest.approx(4)
    exact = ratio(2.0, 10.0)
    assert (exact.mean, exact.low, exact.high) == pytest.approx((5, 5, 5)) and exact.spread == 0
    assert np.isnan(ratio(0.0, 10.0).mean)


def test_the_answer_names_the_best_its_masks_the_next_and_the_white_view(full):
    text = head(full, "Equal time, mic")
    assert (
        "mic: hash-hull (given masks) has the highest PSNR**, 32.0 [" in text and "(foreground 23.0 [" in text
    )
    assert "an all-white view has 13.0 dB, foreground 4.0 dB" in text
    assert "The next, hash-dense: worse, -0.95" in text
    assert "First at 30 dB: hash-hull (given masks) after 40.00 s, then hash after 50.00 s." in text


def test_the_answer_turns_with_the_numbers(study):
    study.add("hash", 26.0, times={25: 70.0}).add("voxel", 27.0, times={25: 30.0})
    text = head(study, "Equal time, mic")
    assert "voxel has the highest PSNR" in text and "The next, hash: worse, -1.00" in text
    assert "First at 25 dB: voxel after 30.00 s" in text


def test_one_method_alone_is_not_called_the_best(study):
    text = head(study.add("hash", 26.0), "Equal time, mic")
    assert "mic: hash** reaches 26.0" in text and "First at" not in text


def test_queries_are_compared_in_the_cube_and_the_tight_box_with_and_without_masks(full):
    text = head(full, "Queries per ray on mic")
    assert "hash-hull (given masks) asks 2.000 times, 140 × fewer than dense stepping in the cube" in text
    assert "(20 × in the tight box), at a PSNR +0.95" in text
    assert (
        "; hash asks 4.000 times, 70 × fewer" in text and "(10 × in the tight box), at a PSNR -0.05" in text
    )


@pytest.mark.parametrize(("level", "counts"), [(30.96, True), (30.94, False), (33.0, True)])
def test_a_saving_counts_only_at_the_quality_of_a_dense_training(study, level, counts):
    study.add("hash", level).add("hash-dense", 31.05, queries=280.0)
    assert study_of(study).counts(key("hash")) == counts
    found = row(render(study), "**hash**", "Queries of the networks")
    assert f"| {'yes' if counts else 'no'}: PSNR {level - 31.05:+.2f}" in found and "| 70 × |" in found
    if not counts:
        assert "so no saving counts" in head(study, "Queries per ray on mic")


def thin_methods():
    """Two systems and the dense training of each: hash-dense, and here voxel."""
    return {
        "hash": method(),
        "hash-without-termination": method("hash", without="termination", termination=False),
        "hash-dense": method(marching="dense"),
        "hash-with-distortion": method("hash", adds="distortion", distortion=0.1, least_light=0.01),
        "voxel": method(distortion=0.1, marching="dense", termination=False),
    }


def test_the_dense_training_that_counts_is_that_of_the_same_method_otherwise(study):
    """Thin surfaces are asked less whoever asks: they are set against a dense training that wanted them, too."""
    thin = with_methods(**thin_methods())
    study.add("hash", 31.0).add("hash-with-distortion", 31.0).add("hash-dense", 31.0).add("voxel", 30.0)
    found = study_of(study, thin)
    assert found.dense_arm(key("hash")) == key("hash-dense")
    assert found.dense_arm(key("hash-with-distortion")) == found.dense_arm(key("voxel")) == key("voxel")
    assert study_of(study).dense_arm(key("hash-hull")) == key("hash-dense")
    only = study_of(study, with_methods(**{"hash-with-distortion": method(distortion=0.1)}))
    assert only.dense_arm(key("hash-with-distortion")) == key("hash-dense")  # of its type of field


def test_the_largest_saving_against_each_dense_training_is_told(study):
    study.add("hash", 31.0, queries=8.0).add("hash-without-termination", 31.0, queries=20.0)
    study.add("hash-with-distortion", 31.0, queries=4.0).add("hash-dense", 31.0).add("voxel", 31.0)
    shown = {**ABOUT["experiments"]["equal-time"], "methods": list(thin_methods())}
    about = {**with_methods(**thin_methods()), "experiments": {"equal-time": shown}}
    text = head(study, "Queries per ray on mic", about)
    assert "hash-with-distortion asks 4.000 times, 70 × fewer" in text and "against voxel;" in text
    assert "; hash asks 8.000 times, 35 × fewer" in text and text.endswith("against hash-dense.")
    assert "termination" not in text


def test_an_experiment_says_what_it_trained_otherwise(study):
    study.add("hash", 31.0)
    shown = {**ABOUT["experiments"]["equal-time"], "training": {"until_db": 35, "steps": 60}}
    about = {**with_methods(hash=method(steps=9)), "experiments": {"equal-time": shown}}
    text = render(study, about)
    assert "otherwise than the table above says: until db 35, steps 60, steps 9 for hash.\n" in text
    assert "otherwise than" not in render(study)


def test_where_no_ingredient_gains_the_page_says_so(study):
    group = {"experiment": "ingredients"}
    study.add("hash", 31.0, **group).add("hash-with-half", 30.0, **group)
    assert "no ingredient gains PSNR: at best half (worse, -1.00" in head(study, "Ingredients, mic**")


def test_without_a_dense_training_no_saving_counts(study):
    study.add("hash", 31.0).add("voxel", 30.0).add("frequency", 20.0, queries=280.0)
    text = render(study)
    assert "no: this kind of field was not trained with dense stepping here" in row(
        text, "**hash**", "Queries of the networks"
    )
    assert "dense itself" in row(text, "**frequency**", "Queries of the networks")  # of its own type of field


def test_masks_are_compared_with_the_twin_without_them(full):
    text = head(full, "Masks")
    assert "were given to hash-hull. What they bring: hash-hull against hash on mic: better, +1.00" in text
    about = with_methods(**{"hash-hull": method(hull=True)})
    assert head(full, "Masks", about).endswith("Nothing equal was run without them.")
    assert "(given masks)" in row(render(full), "**hash-hull", "### Equal time")


def test_the_whole_is_compared_with_the_original_field(full):
    text = head(full, "Against the original radiance field, mic")
    assert "hash is at least 2.0 × sooner at 30 dB than frequency (Equal time)" in text


@pytest.mark.parametrize(
    ("own", "other", "text"),
    [
        ({25: 10.0, 28: 20.0}, {25: 40.0, 28: 100.0}, "5.0 × sooner at 28 dB"),
        ({25: 10.0, 28: 20.0}, {25: 40.0}, "4.0 × sooner at 25 dB"),
        ({25: 10.0}, {}, "at least 10 × sooner at 25 dB"),
        ({}, {25: 10.0}, "at most 0.10 × sooner at 25 dB"),
        ({}, {}, "–"),
    ],
)
def test_sooner_is_at_the_highest_quality_of_both_or_a_bound(study, own, other, text):
    study.add("hash", 29.0, times=own).add("voxel", 29.0, times=other)
    assert parts.sooner_text(study_of(study), key("hash"), key("voxel")) == text


def test_a_quality_that_some_seeds_miss_is_not_reached(study):
    study.add("hash", 29.0, times={25: 10.0, 28: 20.0}, seeds=(0, 1)).add(
        "hash", 29.0, times={25: 10.0}, seeds=(2,)
    )
    study.add("voxel", 29.0, times={25: 40.0, 28: 100.0})
    assert parts.sooner_text(study_of(study), key("hash"), key("voxel")) == "4.0 × sooner at 25 dB"
    found = row(render(study), "**hash**", "What it takes")
    assert (
        "| 0.1000 | 2.000 | 100.0 | 10.00 | 20.00 (2 of 3 seeds) |" in found
    )  # a query's time in microseconds and "| not reached |" not in found


def test_ingredients_are_judged_from_both_ends(full):
    found = row(render(full), "**termination**", "What each ingredient brings")
    cells = [text.strip() for text in found.strip("|").split("|")]
    assert cells[1] == "same, +0.00 [+0.00, +0.00]"
    assert cells[2:6] == ["1.0 ×", "2.0 ×", "2.0 ×", "2.0 × sooner at 28 dB"]
    assert cells[6].startswith("better, +1.00") and cells[7:] == ["1.0 ×", "4.0 ×", "2.0 ×", "–"]
    other = [text.strip() for text in row(render(full), "**half**").strip("|").split("|")]
    assert other[1:6] == ["–"] * 5 and other[6].startswith("worse, -1.00 [")
    assert other[7:] == ["1.0 ×", "1.1 ×", "1.0 ×", "1.1 × sooner at 25 dB"]


def test_the_ingredients_headline_says_what_saves_most(full):
    text = head(full, "Ingredients, mic**: most")
    assert "most PSNR by termination (same, +0.00" in text
    assert "most time per query saved by termination (2.0 ×)" in text


def test_no_ingredient_saves_what_none_does(study):
    group = {"experiment": "ingredients"}
    study.add("hash", 31.0, **group).add("hash-without-termination", 31.0, sample_seconds=1e-6, **group)
    assert "no ingredient saves time per query (at best 0.50 ×)" in head(study, "Ingredients, mic**: most")


def test_qualities_stand_with_verdicts_above_the_all_white_view(full):
    text = render(full)
    part = "### Equal time: mic"
    lines = text[text.index(part) :].splitlines()
    names = [line.split("|")[1].strip() for line in lines[4:10]]
    assert names == [
        "**hash-hull (given masks)**",
        "**hash-dense**",
        "**hash**",
        "**voxel**",
        "**frequency**",
        "all-white view",
    ]
    assert "| the reference | 3 |" in row(text, "**hash**", part) and "worse, -1.00 [" in row(
        text, "**voxel**", part
    )
    assert row(text, "all-white view", part) == "| all-white view | 13.00 | 4.000 | 0.5000 | – | – |"


def test_a_reference_that_a_scene_lacks_leaves_dashes(study):
    study.add("hash", 31.0).add("voxel", 29.0, "balls")
    assert "| – | 3 |" in row(render(study), "**voxel**", "### Equal time: balls")


def test_intervals_of_one_seed_are_over_test_views(study):
    for name, level in (("hash", 31.0), ("voxel", 30.0)):
        views_of(study.add(name, level, seeds=(1,)), name, level, spread=2.0 if name == "hash" else 2.1)
    found = study_of(study)
    assert found.level(key("hash"), "psnr_db").count == 4
    difference = scenes.psnr_difference(found.results, found.views, key("voxel"), key("hash"))
    assert difference.absolute.count == 4 and difference.absolute.spread < 0.2  # views alone differ by 2 dB
    assert "worse, -1.00 [" in row(render(study), "**voxel**", "### Equal time")
    assert "over test views. With one seed (Equal time), another training" in head(study, "How sure")


def test_seeds_go_before_test_views(study):
    views_of(study.add("hash", 31.0))
    assert study_of(study).level(key("hash"), "psnr_db").count == 3
    assert head(study, "How sure") == "**How sure**: 95 % intervals are over seeds."


def test_seeds_are_never_paired_with_views(study):
    views_of(study.add("hash", 31.0), "hash", 31.0)
    study.add("voxel", 30.0, seeds=(0,))
    found = study_of(study)
    difference = scenes.psnr_difference(found.results, found.views, key("voxel"), key("hash"))
    assert difference.absolute.count == 1 and np.isnan(difference.p)  # the one seed of both


def test_metrics_that_were_not_measured_leave_no_column(study):
    study.add("hash", 31.0)
    for one in study.records:
        for name in ("foreground_psnr_db", "queries_per_ray_count", "peak_memory_bytes", "white_psnr_db"):
            del one["metrics"][name]
    text = render(study)
    for word in ("| Foreground PSNR", "Queries of the networks", "| Peak memory |", "| all-white view |"):
        assert word not in text


def test_failures_and_absent_scenes_are_listed(full):
    full.fail("voxel", "loss is not finite").fail("-", "no file", scene="lego", status="skipped")
    text = render(full)
    assert "loss is not finite" in text and "- lego: skipped. no file" in text
    assert row(text, "**voxel**", "### Equal time: mic").endswith("| 3 of 4 |")


def test_without_runs_the_page_says_so(study):
    text = render(study.fail("hash", "no file", status="skipped"))
    for line in ("Nothing was run.", "No figure was drawn.", "No claim was judged.", "No scene was learned;"):
        assert line in text
    assert "## Equal time" not in text


@pytest.mark.parametrize("part", [equal_time, ingredients])
def test_any_single_experiment_makes_a_page(part, study):
    text = render(part(study))
    assert "nan" not in text and text.count("\n## ") == 5
    assert "| mic | Made up | generated | 40 + 4 | 16 x 12 | 13.00 | 4.000 |" in text and "- Seed 0." in text


def test_a_page_of_another_order_of_records_is_the_same_answer(full):
    before = heads(full)
    full.records.reverse()
    assert set(heads(full)) == set(before)


def test_facts_of_a_scene():
    images = np.zeros((3, 4, 5, 4), np.uint8)
    content = {
        "image": (("view", "y", "x", "channel"), images),
        "split": ("view", ["train", "test", "train"]),
    }
    facts = radiance_run.scene_facts(xr.Dataset(content, attrs={"notes": "One.\nTwo."}), "mic")
    assert (facts["title"], facts["views_train"], facts["views_test"]) == ("mic", 2, 1)
    assert (facts["width"], facts["height"], facts["notes"]) == (5, 4, ["One.", "Two."])


def test_the_psnr_of_a_view_is_that_of_its_pixels():
    truth = np.full((2, 4, 5, 3), 100, np.uint8)
    rendered = truth.copy()
    rendered[1] = 151  # a fifth of white off: 20 log10 5 dB
    dims = ("view", "y", "x", "channel")
    views = xr.Dataset({"rendered": (dims, rendered), "truth": (dims, truth)})
    assert radiance_run.view_psnr(views)[1] == pytest.approx(13.979, abs=1e-3)
    assert radiance_run.view_psnr(views)[0] > 100


def test_views_and_histories_of_failed_runs_are_left_out(study, tmp_path):
    dims = ("view", "y", "x", "channel")
    folder = tmp_path / "radiance" / "mic" / "equal-time" / "hash"
    for seed, count in ((0, 0), (1, 2)):
        values = np.full((count, 2, 2, 3), 10, np.uint8)
        io.save_dataset(
            xr.Dataset({"rendered": (dims, values), "truth": (dims, values)}), folder / str(seed) / "views.nc"
        )
        history = xr.Dataset({"evaluated_seconds": ("evaluation", np.arange(float(count)))})
        io.save_dataset(history, folder / str(seed) / "history.nc")
    (tmp_path / "tables").mkdir()
    study.add("hash", 30.0).long.to_parquet(tmp_path / "tables" / "radiance.parquet")
    run = radiance_run.Run(tmp_path, ABOUT)
    assert list(run.view_table().seed) == [1, 1] and run.views(key("hash")).sizes["view"] == 2
    assert [history.sizes["evaluation"] for history in run.histories(key("hash"))] == [2]
    assert run.views(key("voxel")) is None and run.histories(key("voxel")) == []


def test_a_metric_over_scenes_is_a_mean_of_each(full):
    results = Results(full.long)
    both = scenes.over(results, [key("hash"), key("hash", "balls")], "psnr_db")
    assert dict(both) == {"mic": pytest.approx(31), "balls": pytest.approx(31)}
    assert list(scenes.over(results, [key("hash")], "psnr_db").index) == [0, 1, 2]


def test_animations_are_shown(full):
    assert "](figures/radiance/orbit-mic.gif)" in render(full)
