"""What a study knows: dense arms, draws over seeds or views, facts, files."""

import numpy as np
import xarray as xr
from fieldbench import io
from fieldbench.radiance.report.results import Study, scene_facts
from fieldbench.report.given import Given
from fieldbench.report.tables import Results

from tests.radiance.report.study import ABOUT, key, method, thin_methods, views_of, with_methods
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
    for name, level in (("hash", 31.0), ("voxel", 30.0)):
        views_of(made.add(name, level, seeds=(1,)), name, level, spread=2.0 if name == "hash" else 2.1)
    found = made.study()
    assert found.level(key("hash"), "psnr_db").count == 4
    difference = found.difference(key("voxel"), key("hash"))
    assert difference.absolute.count == 4 and difference.absolute.spread < 0.2  # views alone differ by 2 dB
    assert "worse, -1.00 [" in row(made.page(), "**voxel**", "### Equal time")
    assert "over test views. With one seed (Equal time), another training" in headline(made, "How sure")


def test_seeds_go_before_test_views(made):
    views_of(made.add("hash", 31.0))
    assert made.study().level(key("hash"), "psnr_db").count == 3
    assert headline(made, "How sure") == "**How sure**: 95 % intervals are over seeds."


def test_seeds_are_never_paired_with_views(made):
    views_of(made.add("hash", 31.0), "hash", 31.0)
    made.add("voxel", 30.0, seeds=(0,))
    found = made.study()
    difference = found.difference(key("voxel"), key("hash"))
    assert difference.absolute.count == 1 and np.isnan(difference.p)  # the one seed of both


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
    assert len(study.views.psnr(key("hash"))) == 2
    assert study.rendered(key("hash")).sizes["view"] == 2
    assert [history.sizes["evaluation"] for history in study.histories(key("hash"))] == [2]
    assert study.rendered(key("voxel")) is None and study.histories(key("voxel")) == []
