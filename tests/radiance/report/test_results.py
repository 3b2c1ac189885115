"""What a study knows: dense arms, draws over seeds or views, facts, files."""

import numpy as np
import pytest
import xarray as xr
from fieldbench import io
from fieldbench.radiance.report.results import Study, scene_facts
from fieldbench.report.given import Given
from fieldbench.report.tables import Results

from tests.radiance.report.study import ABOUT, key, method, thin_methods, with_methods
from tests.report.pages import headline, row


def test_the_dense_training_that_counts_is_that_of_the_same_method_otherwise(made):
    """Thin surfaces are asked less whoever asks: they are set against a dense training that wanted them, too."""
    thin = with_methods(**thin_methods())
    made.add("hash", 31.0).add("hash-with-distortion", 31.0).add("hash-dense", 31.0).add("voxel", 30.0)
    found = made.study(thin)
    assert found.dense_arm(key("hash")) == key("hash-dense")
    assert found.dense_arm(key("hash-with-distortion")) == found.dense_arm(key("voxel")) == key("voxel")
    assert made.study().dense_arm(key("hash-hull")) == key("hash-dense")
    only = made.study(with_methods(**{"hash-with-distortion": method(distortion=0.1)}))
    assert only.dense_arm(key("hash-with-distortion")) == key("hash-dense")  # of its type of field


def test_intervals_of_one_seed_are_over_test_views(made):
    """Views differ by 2 dB and more, their differences by -0.15, -0.05, 0.05 and 0.15 dB from -1: 3.182 x 0.1291 / 2."""
    made.add("hash", 31.0, seeds=(1,), views=(-3, -1, 1, 3))
    made.add("voxel", 30.0, seeds=(1,), views=(-3.15, -1.05, 1.05, 3.15))
    found = made.study()
    assert found.results.estimate(key("hash"), "psnr_db").over == (("view", 4),)
    change = found.comparison(key("voxel"), key("hash"), "psnr_db").change
    assert (change.mean, change.low, change.high) == pytest.approx((-1, -1.2054, -0.7946), abs=1e-4)
    assert "worse, -1.00 [-1.21, -0.79]" in row(made.page(), "**voxel**", "### Equal time: mic")
    text = headline(made, "How sure")
    assert "over 4 views, one training (Equal time). Other trainings may differ by more" in text


def test_seeds_and_test_views_both_count(made):
    """Of views 5 / 3 dB^2 each four times, of seeds 0.0004 dB^2 three times; about three degrees of freedom."""
    made.add("hash", 31.0, views=(-3, -1, 1, 3))
    found = made.study().results.estimate(key("hash"), "psnr_db")
    assert found.over == (("seed", 3), ("view", 4)) and found.count == 3
    assert found.high - found.mean == pytest.approx(3.182 * (20 / 3 / 4 + 0.0004 / 3) ** 0.5, rel=1e-3)
    assert (
        headline(made, "How sure")
        == "**How sure**: 95 % intervals of PSNR are over 3 seeds x 4 views (Equal time)."
    )


def test_a_single_seed_beside_several_has_no_interval_without_views(made):
    made.add("hash", 31.0).add("voxel", 30.0, seeds=(1,))
    found = made.study().comparison(key("voxel"), key("hash"), "psnr_db")
    assert found.mean == pytest.approx(-1.0) and found.verdict == ""


def test_a_pair_that_no_table_compares_stands_alone(full):
    """Tables of mic compare four methods with hash, and hash-hull also with its dense arm."""
    study = full.study()
    assert study.family_sizes(study.experiments["equal-time"], "mic") == {"psnr_db": 5}
    assert study.family("psnr_db", key("hash-hull"), key("hash-dense")) == 5
    assert study.family("psnr_db", key("voxel"), key("frequency")) == 1
    assert study.family("render_seconds", key("voxel"), key("hash")) == 1


def test_facts_of_a_scene():
    images = np.zeros((3, 4, 5, 4), np.uint8)
    content = {
        "image": (("view", "y", "x", "channel"), images),
        "split": ("view", ["train", "test", "train"]),
    }
    facts = scene_facts(xr.Dataset(content, attrs={"notes": "One.\nTwo."}), "mic")
    assert (facts["title"], facts["views_train"], facts["views_test"]) == ("mic", 2, 1)
    assert (facts["width"], facts["height"], facts["notes"]) == (5, 4, ["One.", "Two."])


def test_views_and_histories_of_failed_runs_are_left_out(made, tmp_path):
    dims = ("view", "y", "x", "channel")
    folder = tmp_path / "radiance" / "mic" / "equal-time" / "hash"
    for seed, count in ((0, 0), (1, 2)):
        values = np.full((count, 2, 2, 3), 10, np.uint8)
        io.save_dataset(
            xr.Dataset({"rendered": (dims, values), "truth": (dims, values)}), folder / str(seed) / "views.nc"
        )
        history = xr.Dataset({"evaluated_seconds": ("evaluation", np.arange(float(count)))})
        io.save_dataset(history, folder / str(seed) / "history.nc")
    made.add("hash", 30.0)
    study = Study(Results(made.long), ABOUT, Given.folder(tmp_path))
    assert study.rendered(key("hash")).sizes["view"] == 2
    assert [history.sizes["evaluation"] for history in study.histories(key("hash"))] == [2]
    assert study.rendered(key("voxel")) is None and study.histories(key("voxel")) == []
