"""Diagnostics: models that use their observations and models made blind, and every verdict."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fieldbench.sparse import diagnostics, score
from fieldbench.sparse.diagnostics import independent, overfit, swapped
from fieldbench.sparse.report.diagnosis import fault_of
from fieldbench.sparse.spec import Spec

from tests.sparse.learning import FLOW, SIDE, SPEC, small_problem, trained

BY_HEART = {"fields": 1, "masks": "frozen"}
WIDE = replace(SPEC, backbone={**SPEC.backbone, "hidden": 32})
SOUND = {
    "psnr_db": 25.0,
    "trained_db": 25.0,
    "untrained_db": 25.0,
    "swap_drop_db": 20.0,
    "variation_fraction": 1.0,
    "clamp_cap_db": float("inf"),
    "aliased_fraction": 0.0,
    "constant_mean_db": 9.0,
    "independent_draw_db": 6.0,
}


@pytest.mark.parametrize("kind", ["transformer", "mamba"])
def test_one_field_is_overfitted_beyond_40_db(kind):
    spec = replace(WIDE, backbone={**WIDE.backbone, "type": kind})
    problem, spec = overfit(small_problem(), spec, BY_HEART, 0)
    model, history, _ = trained(problem, spec, steps=400, queries=SIDE**2)
    measures = diagnose(model, problem, float(history["loss"][-20:].mean()))
    assert measures["psnr_db"] > 40 and np.isnan(measures["climatology_db"]), "one field has no other mean"
    assert fault_of(measures)[0] == "healthy"


def diagnose(model, problem, loss):
    """The diagnosis on all test fields."""
    prediction, samples = diagnostics.neural.predict(model, problem.test_observations)
    found = prediction.mean, None if samples is None else samples[0]
    return diagnostics.diagnose(model, problem, found, loss)


def swap_drop(model, problem):
    """What another field's observations cost, in dB."""
    prediction, _ = diagnostics.neural.predict(model, problem.test_observations)
    return swapped(model, problem, (prediction.mean - problem.test) ** 2)["swap_drop_db"]


@pytest.fixture(scope="module")
def good():
    """A closed form that has learned a little, with its problem."""
    backbone = {
        "type": "amortised_kriging",
        "hidden": 32,
        "rounds": 2,
        "spacing": 0.5,
        "cutoff": 3.0,
        "learned": 4,
    }
    problem = small_problem(fields=200)
    return trained(problem, Spec(backbone), steps=30, queries=SIDE**2)[0], problem


def test_another_fields_observations_cost_much_where_observations_are_used(good):
    assert swap_drop(*good) > 6


def test_they_cost_nothing_where_a_model_is_blind():
    problem = small_problem()
    model, *_ = trained(problem, steps=60)
    for layer in model.network.reader.layers:
        torch.nn.init.zeros_(layer.key_value.weight)
    assert abs(swap_drop(model, problem)) < 0.5
    assert fault_of(diagnose(model, problem, 1.0))[0] == "predicts the mean"


def test_what_diagnose_measures(good):
    model, problem = good
    measures = diagnose(model, problem, 0.1)
    assert set(SOUND) <= set(measures) and "one_sample_db" not in measures
    assert measures["loss_over_blind_ratio"] == pytest.approx(0.1, rel=1e-3)
    seen = problem.test_observations
    prediction, _ = diagnostics.neural.predict(model, seen)
    assert measures["psnr_db"] == pytest.approx(score.metrics(prediction, problem)["psnr_pooled_db"])
    flowing, *_ = trained(problem, FLOW)
    assert diagnose(flowing, problem, 1.0)["one_sample_db"] < diagnose(flowing, problem, 1.0)["psnr_db"]


def test_overfitted_problems_are_tested_on_their_training_fields():
    problem = small_problem()
    for few in (BY_HEART, {"fields": 8, "masks": "redrawn"}):
        small, spec = overfit(problem, SPEC, few, seed=3)
        assert np.array_equal(small.train, small.test) and len(small.train) == few["fields"]
        assert spec.masks == few["masks"]
    frozen, spec = overfit(problem, SPEC, BY_HEART, seed=3)
    mask = diagnostics.Batches(frozen, spec, 1, 1, 1, 3).frozen_mask(0)
    assert np.array_equal(frozen.test_observations.index[0], mask)


def test_aliased_frequencies_are_counted():
    problem = small_problem()
    shares = [
        diagnostics.aliased(diagnostics.Model(problem, replace(SPEC, fourier_scale=scale)), problem)
        for scale in (None, 100.0)
    ]
    assert shares[0] == 0 and shares[1] > 0.9


def test_the_clamp_caps():
    problem = small_problem()
    wide = replace(problem, test=2 * problem.test)
    model = diagnostics.Model(problem, replace(SPEC, clamp="unit"))
    expected = score.psnr(np.mean(np.maximum(wide.test - 1, 0) ** 2), 1.0)
    assert diagnostics._clamp_cap(model, wide) == pytest.approx(float(expected))
    assert diagnostics._clamp_cap(model, problem) == float("inf")


def test_fields_are_swapped_with_those_that_are_least_like_them():
    """In a series with a memory, neighbours are alike; those farther apart are taken."""
    problem = small_problem()
    memory = np.array([0.9**k for k in range(12)])
    chained = np.array([sum(memory[k] * problem.train[(n - k) % 12] for k in range(12)) for n in range(12)])
    slow = replace(problem, test=chained - chained.mean(0), train=problem.train[:0])
    places, correlation = independent(slow)
    neighbours = np.mean(
        [np.corrcoef(a, b)[0, 1] for a, b in zip(slow.test, np.roll(slow.test, 1, 0), strict=True)]
    )
    assert places not in (1, 11) and correlation < 0.5 * neighbours
