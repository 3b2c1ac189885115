"""Two methods on one scene and over several, and the time to one PSNR."""

import numpy as np
import pytest
from fieldbench.radiance.report.comparison import compare, speed_up
from fieldbench.report.tables import Results

from tests.radiance.report.study import MadeUp, key

SCENES = ("mic", "balls")


def runs(name):
    return [key(name, scene) for scene in SCENES]


def on_both(of, over, metric):
    """`of` and `over`: by scene the values of seeds."""
    made = MadeUp()
    for name, scenes in (("hash", of), ("voxel", over)):
        for scene, values in zip(SCENES, scenes, strict=True):
            for seed, value in enumerate(values):
                made.add(name, 30.0, scene, seeds=(seed,), **{metric: value})
    return compare(Results(made.long), runs("hash"), runs("voxel"), metric)


def test_every_scene_counts_alike_whatever_it_takes():
    """4 times sooner on one scene and the same on another, that takes a hundred times as long: twice, not 1.03 times."""
    found = on_both([[1] * 3, [100] * 3], [[4] * 3, [100] * 3], "train_seconds")
    assert found.times_smaller.mean == pytest.approx(2)


def test_over_two_scenes_intervals_are_over_seeds():
    """Logarithms of the seeds' means: 0, ln 2 / 2, ln 2; t = 4.303 for two degrees of freedom."""
    found = on_both([[1, 2, 4], [5, 5, 5]], [[1] * 3, [5] * 3], "train_seconds").change
    half = 4.3027 * np.log(2) / 2 / np.sqrt(3)
    assert found.over == (("seed", 3),)
    assert (found.mean, found.low) == pytest.approx((np.log(2) / 2, np.log(2) / 2 - half), abs=1e-4)


def test_decibels_are_compared_by_differences_over_scenes():
    found = on_both([[30, 31, 32], [20, 21, 22]], [[29, 30, 31], [18, 19, 20]], "ssim_score")
    assert found.difference.mean == pytest.approx(1.5) and found.percent.mean != found.percent.mean


def test_what_depends_on_no_seed_is_exact_over_any_number_of_scenes():
    found = on_both([[10], [10]], [[200], [200]], "parameter_count")
    assert found.factor.low == found.factor.high == pytest.approx(0.05) and found.verdict == "better"


def test_a_zero_on_one_scene_gives_no_ratio():
    assert np.isnan(on_both([[1] * 3, [1] * 3], [[1] * 3, [0] * 3], "step_seconds").mean)


@pytest.mark.parametrize(
    ("own", "other", "goal", "ratio", "bound"),
    [
        ({25: 10.0, 28: 20.0}, {25: 40.0, 28: 100.0}, 28, 5.0, ""),
        ({25: 10.0}, {}, 25, 10.0, "at least"),
        ({}, {25: 10.0}, 25, 0.1, "at most"),
    ],
)
def test_a_bound_has_an_open_end(own, other, goal, ratio, bound):
    made = MadeUp().add("hash", 29.0, times=own).add("voxel", 29.0, times=other)
    found = speed_up(Results(made.long), [key("hash")], [key("voxel")])
    assert (found.goal, found.bound, found.ratio.mean) == (goal, bound, pytest.approx(ratio))
    assert np.isinf(found.ratio.high) == (bound == "at least")
    assert np.isinf(found.ratio.low) == (bound == "at most")


def test_no_ratio_comes_from_when_evaluations_were_made():
    """Both are known to be before their first evaluation only; or one of them is, which bounds the ratio."""
    made = MadeUp().add("hash", 29.0, times={28: 20.0}, first=(28,))
    made.add("voxel", 29.0, times={28: 40.0}, first=(28,)).add("frequency", 29.0, times={28: 60.0})
    results = Results(made.long)
    assert speed_up(results, [key("hash")], [key("voxel")]) is None
    assert speed_up(results, [key("hash")], [key("frequency")]).text == "at least 3.0 × sooner at 28 dB"
    assert speed_up(results, [key("frequency")], [key("hash")]).text == "at most 0.33 × sooner at 28 dB"


def test_over_scenes_a_quality_is_one_that_all_reached():
    made = MadeUp()
    for scene, times in zip(SCENES, ({25: 10.0, 28: 20.0}, {25: 90.0}), strict=True):
        made.add("hash", 29.0, scene, times=times)
        made.add("voxel", 29.0, scene, times={goal: 4 * time for goal, time in times.items()})
    found = speed_up(Results(made.long), runs("hash"), runs("voxel"))
    assert (found.goal, found.ratio.mean) == (25, pytest.approx(4))
