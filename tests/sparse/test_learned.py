"""Learned methods: what batches are, that trainings resume with the same bits, and what predictions are."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.errors import UserError
from fieldbench.sparse import learning, neural, score
from fieldbench.sparse.batches import Batches, scale_of
from fieldbench.sparse.spec import Spec, parse
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Diverged

from tests.sparse.learning import (
    CPU,
    FLOW,
    OBSERVED,
    SIDE,
    SPEC,
    TRAINING,
    parameters,
    predicted,
    small_problem,
    trained,
)

POSTERIOR = replace(SPEC, objective="flow-from-posterior", prior={"type": "optimal_interpolation"})
KINDS = {
    "mean": SPEC,
    "mamba": replace(SPEC, backbone={**SPEC.backbone, "type": "mamba"}),
    "flow": replace(FLOW, self_conditioning=True, consistency=0.1, average_fraction=0.2, drop=0.2),
    "reflow": replace(FLOW, reflow=0.5),
    "posterior": POSTERIOR,
    "kriging": Spec(
        {"type": "amortised_kriging", "hidden": 16, "rounds": 1, "spacing": 1.0, "cutoff": 3.0, "learned": 4}
    ),
}


def batches(spec=SPEC, seed=0, queries=9):
    return Batches(small_problem(), spec, fields=40, batch=4, queries=queries, seed=seed)


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


def test_a_batch_is_a_function_of_seed_and_step():
    first = batches()
    first.draw(3)
    assert same(first.draw(7), batches().draw(7))
    assert not same(first.draw(7), first.draw(8))
    assert not same(first.draw(7), batches(seed=1).draw(7))


def test_masks_are_redrawn_or_frozen():
    drawn = [batches(replace(SPEC, masks="frozen")).draw(step) for step in range(20)]
    of_field = {}
    for draw in drawn:
        for field, mask in zip(draw.field, draw.observed, strict=True):
            assert np.array_equal(of_field.setdefault(field, mask), mask)
    assert len({tuple(mask) for mask in of_field.values()}) == len(of_field)
    redrawn = batches().draw(0)
    assert len({tuple(mask) for mask in redrawn.observed}) == 4


def test_queries_are_random_shared_fixed_all_or_on_a_grid():
    def query(count=9, **changes):
        return [batches(replace(SPEC, **changes), queries=count).draw(step).query for step in (0, 1)]

    first, second = query()
    assert (
        first.shape == (4, 9) and not np.array_equal(first, second) and not np.array_equal(first[0], first[1])
    )
    assert all(len(set(row)) == 9 for row in first)
    assert query(shared_queries=True)[0].shape == (1, 9)
    first, second = query(queries="fixed")
    assert np.array_equal(first, second) and first.shape == (1, OBSERVED)
    assert np.array_equal(query(SIDE**2)[0][0], np.arange(SIDE**2))
    grid = query(queries="grid")[0][0].reshape(4, 4)
    assert (np.diff(grid, axis=0) == 2 * SIDE).all() and (np.diff(grid, axis=1) == 2).all()


def with_land(problem):
    """Without its points in the two upper rows."""
    sea = problem.row >= 2
    parts = {name: getattr(problem, name)[:, sea] for name in ("train", "validation", "test")}
    places = {name: getattr(problem, name)[sea] for name in ("position", "row", "column", "weight")}
    return replace(problem, **parts, **places)


def test_queries_on_a_grid_leave_out_land():
    problem = with_land(small_problem())
    grids = Batches(problem, replace(SPEC, queries="grid"), fields=40, batch=4, queries=9, seed=0)
    for draw in (grids.draw(step) for step in range(4)):
        asked = draw.weight > 0
        np.testing.assert_allclose(draw.weight, np.repeat([0.0, np.sqrt(4 / 3)], [4, 12]))
        rows, columns = (part[draw.query[0, asked]].reshape(3, 4) for part in (problem.row, problem.column))
        assert (np.diff(rows, axis=0) == 2).all() and (np.diff(columns, axis=1) == 2).all()


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, queries="grid"),
        replace(SPEC, queries="grid", spectral=1.0),
        replace(FLOW, queries="grid", consistency=1.0),
    ],
)
def test_what_a_query_on_land_says_is_never_learned_from(spec, monkeypatch):
    """Whichever point stands for land, the training is the same."""
    problem, draw = with_land(small_problem()), Batches.draw

    def other(self, step):
        drawn = draw(self, step)
        return replace(drawn, query=np.where(drawn.weight > 0, drawn.query, 5))

    _, history, _ = trained(problem, spec)
    monkeypatch.setattr(Batches, "draw", other)
    _, again, _ = trained(problem, spec)
    np.testing.assert_array_equal(history["loss"], again["loss"])


def test_fields_are_scaled_to_unit_size():
    problem = small_problem()
    scale = scale_of(problem, SPEC)
    normalised = scale.normalise(problem.train)
    assert normalised.mean() == pytest.approx(0, abs=1e-5) and normalised.std() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(scale.restore(normalised), problem.train, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_training_goes_on_with_the_same_bits(kind, tmp_path):
    problem, spec = small_problem(noise=0.05), KINDS[kind]
    whole, history, _ = trained(problem, spec)

    class Enough(Exception):
        pass

    def stop(phase, done, total, loss):
        if done == 2:
            raise Enough

    kept = Checkpoint(tmp_path / "state.pt", 0.0)
    for _ in range(2 if spec.reflow else 1):
        with pytest.raises(Enough):
            trained(problem, spec, checkpoint=kept, progress=stop)
    resumed, again, _ = trained(problem, spec, checkpoint=kept)
    assert np.array_equal(history["loss"], again["loss"])
    assert all(
        torch.equal(one, other) for one, other in zip(parameters(whole), parameters(resumed), strict=True)
    )
    phases = ("flow", "reflow") if spec.reflow else ("flow",) if spec.flows else ("mean",)
    assert {file.name for file in tmp_path.iterdir()} == {f"state-{phase}.pt" for phase in phases}


def test_progress_names_phases_and_counts_their_steps():
    lines = []
    trained(small_problem(), replace(FLOW, reflow=0.5), progress=lambda *line: lines.append(line[:3]))
    assert lines == [("flow", step, 3) for step in (1, 2, 3)] + [("reflow", step, 3) for step in (1, 2, 3)]


def test_history_and_measures():
    _, history, measures = trained(small_problem(), replace(FLOW, reflow=0.5))
    assert list(history["phase"].values) == ["flow"] * 3 + ["reflow"] * 3
    assert history["loss"].sizes == {"step": 6} and np.isfinite(history["loss"]).all()
    assert measures["parameter_count"] > 1000 and measures["train_seconds"] > 0


def test_a_training_learns():
    _, history, _ = trained(small_problem(fields=400), steps=300, batch=32, queries=32)
    assert history["loss"][-20:].mean() < 0.9


def test_predictions_are_in_the_datas_unit_and_repeatable():
    problem = small_problem()
    problem = replace(
        problem,
        train=20 + 5 * problem.train,
        test_observations=replace(
            problem.test_observations, values=20 + 5 * problem.test_observations.values
        ),
    )
    model, *_ = trained(problem)
    prediction, samples = predicted(model, problem)
    assert prediction.mean.shape == (6, SIDE**2) and prediction.spread is None and samples is None
    assert 15 < prediction.mean.mean() < 30
    assert np.array_equal(prediction.mean, predicted(model, problem)[0].mean)


def test_a_flow_has_samples_whose_mean_and_spread_are_predicted():
    problem = small_problem()
    model, *_ = trained(problem, FLOW)
    prediction, samples = predicted(model, problem, samples=3)
    assert samples.shape == (3, 6, SIDE**2)
    np.testing.assert_allclose(prediction.mean, samples.mean(0))
    np.testing.assert_allclose(prediction.spread, neural.spread_of(samples))
    assert predicted(model, problem, samples=1)[0].spread is None
    assert not np.array_equal(samples, predicted(model, problem, samples=3, seed=1)[1])


@pytest.mark.parametrize("count", [2, 8])
def test_few_draws_cover_one_more_as_often_as_they_should(count):
    draws = np.random.default_rng(0).normal(3, 2, (count + 1, 200, 200))
    spread = neural.spread_of(draws[:-1])
    error = draws[:-1].mean(0) - draws[-1]
    assert score.covered(error, spread, 0.9).mean() == pytest.approx(0.9, abs=0.005)


@pytest.mark.parametrize("clamp", ["none", "unit", "range"])
def test_clamps(clamp):
    problem = small_problem()
    problem = replace(problem, train=3 * problem.train - 1)
    model = neural.Model(problem, replace(SPEC, clamp=clamp))
    finished = model.finish(np.array([-100.0, 100.0]))
    expected = {"unit": (0, 1), "range": (problem.train.min(), problem.train.max())}
    if clamp == "none":
        assert finished[0] < -10 and finished[1] > 10
    else:
        assert tuple(finished) == pytest.approx(expected[clamp])


def test_a_prior_has_not_seen_the_networks_fields():
    problem = small_problem()
    fields, prior = neural._fields_and_prior(problem, POSTERIOR)
    assert np.array_equal(fields, problem.train[20:])
    assert prior.reconstruct(problem.test_observations).mean.shape == (6, SIDE**2)


def test_a_flow_from_a_posterior_starts_there():
    problem = small_problem()
    model = neural.Model(problem, POSTERIOR, neural._fields_and_prior(problem, POSTERIOR)[1])
    seen, points = problem.test_observations, np.arange(SIDE**2)[None]
    start = model.start(seen, points)
    expected = model.prior.reconstruct(seen)
    np.testing.assert_allclose(model.finish(start.centre.numpy()), expected.mean, atol=1e-5)
    assert start.spread.min() > 0


EIGHT = {"fields": 8, "masks": "redrawn"}


def learned(overfit=None):
    return learning.train(small_problem(), FLOW, TRAINING, overfit=overfit, seed=0, device=CPU)


def test_a_job_leaves_predictions_history_model_and_a_diagnosis():
    made = learned()
    prediction = made.outputs["prediction"]
    assert list(prediction) == ["mean", "spread"] and prediction["mean"].shape == (6, SIDE, SIDE)
    assert made.outputs["history"].sizes == {"step": 6}
    model = neural.Model(small_problem(), FLOW)
    model.network.load_state_dict(made.outputs["model"].state_dict())
    found, _ = predicted(model, small_problem())
    assert np.array_equal(small_problem().image(found.mean), prediction["mean"])
    assert made.measures["field_seconds"] > 0 and "diagnosed_swap_drop_db" in made.measures


def test_fields_of_an_overfit_stand_beside_their_prediction():
    prediction = learned(EIGHT).outputs["prediction"]
    assert np.array_equal(prediction["truth"], small_problem().image(small_problem().train[:8]))


def test_a_failed_job_leaves_no_prediction_and_no_history():
    made = learning.empty()
    assert not made.outputs["prediction"]
    assert made.outputs["history"].sizes == {"step": 0} and not made.outputs["model"] and not made.measures


def test_a_loss_that_is_not_finite_names_its_phase():
    problem = small_problem()
    problem.train[:] = np.nan
    with pytest.raises(Diverged, match="mean: the loss became nan"):
        trained(replace(problem, train=problem.train))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"colour": 1}, "Unknown key colour"),
        ({}, "needs a `backbone`"),
        ({"backbone": {}, "objective": "guess"}, "Unknown objective 'guess'; known: mean, flow"),
        ({"backbone": {}, "objective": "flow-from-posterior"}, "give both or none"),
        ({"backbone": {}, "reflow": 0.3}, "`reflow` is of a flow"),
        ({"backbone": {}, "spectral": 0.1}, "needs queries on a grid, not 'random'"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(entry, message):
    with pytest.raises(UserError, match=message):
        parse(entry)


def test_wrong_backbones_say_what_is_wrong():
    with pytest.raises(UserError, match="Unknown type 'gru' in networks"):
        neural.build_network(replace(SPEC, backbone={"type": "gru"}), 15.5)
    with pytest.raises(UserError, match="predicts means"):
        neural.build_network(replace(KINDS["kriging"], objective="flow"), 15.5)
