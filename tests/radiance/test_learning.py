"""Training: what it learns, resumption to the bit, budgets, history and measures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.errors import OutOfTime, UserError
from fieldbench.radiance import learning
from fieldbench.radiance.marching import march
from fieldbench.radiance.model import Model, Padded
from fieldbench.record import unit
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Diverged

from tests.radiance.scenes import CPU, GRID, OCCUPANCY, TRAINING, analytic, method, of_view, same

SCENE = analytic()


def train(spec=None, seed=0, scene=SCENE, checkpoint=None, progress=None, **training):
    """Model, history and measures."""
    how = {"seed": seed, "device": CPU, "checkpoint": checkpoint, "progress": progress}
    result = learning.train(scene, spec or method(), {**TRAINING, **training}, **how)
    return result.outputs["model"], result.outputs["history"], result.measures


def test_the_quality_rises_above_that_of_white_views():
    _, history, _ = train(method(hull=True), steps=150, samples=4096, evaluate_steps=50)
    assert history["loss"].values[-20:].mean() < 0.5 * history["loss"].values[:20].mean()
    assert (np.diff(history["psnr_db"].values) > 0).all()


def test_the_weight_of_distortion_draws_surfaces_together():
    soft, thin = (
        train(method(hull=True, distortion=weight), steps=150, samples=4096)[0] for weight in (0.0, 1.0)
    )
    view = of_view(SCENE, 0)
    assert thin.render(*view)[1].density < 0.9 * soft.render(*view)[1].density


@pytest.mark.parametrize(
    "params", [{}, {"marching": "dense"}, {"hull": True, "background": "white", "loss": "mse"}]
)
def test_the_same_seed_gives_the_same_model_and_another_seed_another(params):
    one, again, other = (train(method(**params), seed, steps=12)[0] for seed in (0, 0, 1))
    assert same(one, again) and not same(one, other)


def test_an_interrupted_training_goes_on_to_the_same_bits(tmp_path):
    whole, history, _ = train()

    def interrupt(phase, done, steps, loss):
        if (phase, done, steps) == ("learn", 17, 30):
            raise OutOfTime("the limit is near")

    for progress in (interrupt, None):
        checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 1e9)
        if progress:
            with pytest.raises(OutOfTime):
                train(checkpoint=checkpoint, progress=progress)
    resumed, again, measures = train(checkpoint=checkpoint)
    assert same(whole, resumed)
    assert again["loss"].equals(history["loss"]) and again["psnr_db"].equals(history["psnr_db"])
    assert measures["train_rays_count"] == train()[2]["train_rays_count"]


def test_a_checkpoint_of_another_scene_is_not_used(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 1e9)
    train(checkpoint=checkpoint)
    other = analytic(density=2.0)
    assert same(train(scene=other, checkpoint=checkpoint)[0], train(scene=other)[0])


def test_a_training_ends_when_its_seconds_are_spent():
    _, history, measures = train(seconds=1e-9, steps=1000)
    assert history.sizes["step"] == 1 == measures["steps_count"]
    assert history["evaluated_step"].values.tolist() == [1]


def test_a_training_ends_at_the_quality_asked_for_of_all_pixels_and_goes_on_from_its_end(
    monkeypatch, tmp_path
):
    some, every = iter([24.0, 24.8, 25.2]), iter([24.9, 25.1])
    monkeypatch.setattr(learning, "quick_psnr", lambda *given: next(every if given[2] == 1 else some))
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", 1e9)
    training = {"until_db": 25, "evaluate_stride": 2, "steps": 40}
    _, history, measures = train(checkpoint=checkpoint, **training)
    assert history["psnr_db"].values.tolist() == [24.0, 24.9, 25.1] and measures["steps_count"] == 30
    assert train(checkpoint=checkpoint, **training)[2]["steps_count"] == 30


def test_test_views_change_nothing_of_a_training():
    images = SCENE.images.copy()
    images[~SCENE.train] = 0
    (one, history, _), (other, again, _) = (
        train(scene=scene) for scene in (SCENE, replace(SCENE, images=images))
    )
    assert same(one, other) and history["psnr_db"].equals(again["psnr_db"])


def test_views_that_tell_the_quality_are_not_learned():
    """Held-out views of another colour: the training ends with the same model and another quality."""
    images = SCENE.images.copy()
    images[3] = 0  # the middle one of six
    (one, history, _), (other, again, _) = (
        train(scene=scene) for scene in (SCENE, replace(SCENE, images=images))
    )
    assert same(one, other) and (history["psnr_db"].values != again["psnr_db"].values).all()


def test_tables_take_half_the_memory_in_half_precision():
    single, half = (
        train(method(field={"type": "hash", "grid": GRID, "hidden": 16, "precision": precision}), steps=1)[2]
        for precision in ("float32", "float16")
    )
    assert single["table_bytes"] == 2 * half["table_bytes"] > 0


def test_a_method_may_take_its_own_number_of_steps():
    own, ours = train(method(steps=12)), train(steps=12)
    assert same(own[0], ours[0]) and own[2]["steps_count"] == 12


def test_history_and_measures():
    _, history, measures = train()
    assert history["evaluated_step"].values.tolist() == [10, 20, 30]
    assert history.sizes["step"] == 30 == measures["steps_count"]
    at = history["seconds"].values[[9, 19, 29]]
    assert history["evaluated_seconds"].values.tolist() == at.tolist()  # evaluations take no time that counts
    assert all(unit(name) for name in measures)
    assert 0 < measures["occupied_fraction"] <= 1 and measures["grid_recoveries_count"] == 0
    assert not any("_db_seconds" in name for name in measures)  # 25 dB were not reached


def test_time_to_a_quality_lies_on_the_line_between_the_evaluations_around_it(monkeypatch):
    qualities = iter([24.0, 26.0, 31.0])
    monkeypatch.setattr(learning, "quick_psnr", lambda *_: next(qualities))
    _, history, measures = train()
    first, second, third = history["evaluated_seconds"].values
    assert measures["to_25_db_seconds"] == pytest.approx((first + second) / 2)
    assert measures["to_28_db_seconds"] == pytest.approx(second + 2 / 5 * (third - second))
    assert measures["by_25_db_seconds"] == second
    assert measures["by_28_db_seconds"] == measures["by_30_db_seconds"] == third
    assert measures["between_evaluations_seconds"] == pytest.approx(third / 3)


def test_of_a_quality_that_the_first_evaluation_had_only_a_bound_is_known(monkeypatch):
    qualities = iter([26.0, 24.0, 29.0])
    monkeypatch.setattr(learning, "quick_psnr", lambda *_: next(qualities))
    _, history, measures = train()
    assert measures["by_25_db_seconds"] == history["evaluated_seconds"].values[0]
    assert "to_25_db_seconds" not in measures and "to_28_db_seconds" in measures
    assert not any("_30_db" in name for name in measures)


def test_levels_that_have_fewer_rows_than_points_are_counted():
    """4, 8, 16 and 32 points per axis and 4,096 rows: only 32 to the third is more."""
    measures = train(steps=1)[2]
    assert measures["shared_levels_count"] == 1
    assert train(method(field={"type": "voxel", "resolution": 8}), steps=1)[2]["shared_levels_count"] == 0


@pytest.mark.parametrize("params", [{"marching": "dense"}, {"hull": True}])
def test_as_many_rays_as_fill_the_room(params):
    """Rays of about 50 samples, or of about 15, after some steps that find out how many fit."""
    model = learning.Learning(Model(SCENE, method(**params)), SCENE, TRAINING, 0, CPU)
    for step in range(8):
        model.set_progress(step / 30)
        before = model.totals.clone()
        model()
    marched, densities, _ = (model.totals - before).tolist()
    assert 0.9 * 2048 < densities <= 2048 and marched < 512


def test_scouts_find_what_the_grid_gave_up():
    """In a grid that gave up everything, solid pixels are explained worst: their rays are marched everywhere."""
    spec = method(occupancy={**OCCUPANCY, "scouts": 0.5})
    learned = learning.Learning(Model(SCENE, spec), SCENE, TRAINING, 0, CPU)
    learned.model.grid.set_cells(torch.zeros_like(learned.model.grid.cells))
    learned()  # sees only backgrounds
    solid = learned.images[learned.scouts, 3] > 0
    assert solid.float().mean() > 0.9 and (learned.images[:, 3] > 0).float().mean() < 0.6
    before = learned.totals.clone()
    learned.step = 1
    learned()
    marched, densities, _ = (learned.totals - before).tolist()
    assert 0 < densities <= 1024 and marched > len(learned.scouts)
    assert (learned.model.grid.visits > 0).any()


def test_a_hull_sends_no_scouts():
    learned = learning.Learning(Model(SCENE, method(hull=True)), SCENE, TRAINING, 0, CPU)
    assert len(learned.scouts) == 0


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(Diverged):
        train(method(learning_rate=1e30))


def test_a_failed_training_leaves_no_history():
    result = learning.empty()
    assert result.outputs["history"].sizes == {"step": 0, "evaluation": 0}
    assert list(result.outputs["history"]) == list(train(steps=1)[1])
    assert result.measures == result.outputs["model"] == {}


def test_too_little_room_for_one_ray_is_an_error():
    with pytest.raises(UserError, match="raise `samples`"):
        train(method(marching="dense"), samples=8)


def test_an_unknown_key_of_the_grid_is_an_error():
    with pytest.raises(UserError, match="it takes: resolution"):
        train(method(occupancy={"cells": 3}))


def test_without_compaction_the_same_is_learned_from_many_empty_rows():
    """Padding changes neither loss nor gradients, but for rounding; queries count samples alone."""
    packed, padded = (
        train(method(compaction=compaction), steps=20, samples=1024) for compaction in (True, False)
    )
    np.testing.assert_allclose(padded[1]["loss"], packed[1]["loss"], rtol=1e-3)
    names = ("train_queries_per_ray_count", "train_colours_per_ray_count")
    for name in names:
        assert padded[2][name] == pytest.approx(packed[2][name], rel=0.02)
    model = packed[0]
    chosen = model.clip(*of_view(SCENE, 0))
    samples = march(chosen, model.steps, model.grid, 4096)
    rows = Padded.of(samples)
    counts = samples.offsets.diff()
    assert rows.longest == counts.max() and rows.rows == len(counts) * rows.longest
    assert len(rows.row.unique()) == len(rows.row) == len(samples.t)
    assert (rows.row // rows.longest == samples.ray).all()


def test_a_coarse_field_learns_beside_the_fine_one():
    model, history, measures = train(method(marching="dense", termination=False, fine=8), steps=40)
    before = Model(SCENE, method(marching="dense", termination=False, fine=8))
    assert history["loss"].values[-10:].mean() < history["loss"].values[:10].mean()
    for field in ("field", "coarse"):
        grids = [getattr(each, field).encoder.tables[0].abs().max() for each in (model, before)]
        assert grids[0] > 2 * grids[1]  # tables begin near 0
    assert measures["train_queries_per_ray_count"] > 8
