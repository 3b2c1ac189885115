"""The document's method, its fixes, its advice and its programs: each by what it does."""

import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from fieldbench.errors import UserError
from fieldbench.sparse import document, neural
from fieldbench.sparse.batches import Batches
from fieldbench.sparse.neural import Learning, Model
from fieldbench.sparse.spec import Spec

from tests.sparse.learning import OBSERVED, SIDE, SPEC, small_problem

MAMBA = Spec({"type": "mamba", "hidden": 16, "heads": 2, "layers": 1, "frequencies": 16}, sampler_steps=3)
PROBLEM = small_problem()
POINTS = SIDE**2
V1_AND_V2 = pytest.mark.parametrize("spec", [MAMBA, SPEC], ids=["V1", "V2"])
BEFORE = document.method(SPEC)


def differences(one, other):
    return {key for key, value in asdict(one).items() if value != asdict(other)[key]}


def drawn(spec, step=0):
    return Batches(PROBLEM, spec, 40, 4, 20, seed=0).draw(step)


def model(spec):
    torch.manual_seed(0)
    return Model(PROBLEM, spec).eval()


def test_frequencies_are_ten_radians_per_unit_of_the_documents_positions():
    """Its positions span [-1, 1]: over the whole width a phase changes by 2 x 10 radians, times a normal number."""
    torch.manual_seed(0)
    features = model(
        document.method(replace(SPEC, backbone=SPEC.backbone | {"frequencies": 20_000}))
    ).network.features
    turn = 2 * math.pi * features.frequencies
    assert (turn / 2).std() == pytest.approx(10, rel=0.02)
    aliased = model(document.designs(SPEC)["original-aliased"]).network.features
    torch.testing.assert_close(aliased.frequencies, 2 * math.pi * model(BEFORE).network.features.frequencies)


@V1_AND_V2
def test_the_loss_is_that_of_a_flow_between_noise_and_the_values_as_they_are(spec):
    made = model(document.method(spec))
    for parameter in made.network.output.parameters():
        torch.nn.init.zeros_(parameter)
    batches = Batches(PROBLEM, made.spec, 40, 4, 20, seed=0)
    learning = Learning(made, PROBLEM.train, batches, 10)
    learning.set_progress(0.3)
    draw = batches.draw(3)
    values = np.take_along_axis(PROBLEM.train[draw.field], draw.query, 1)
    assert values.min() >= 0 and values.max() <= 1
    assert float(learning().detach()) == pytest.approx(np.square(values - draw.start).mean(), rel=1e-5)


@V1_AND_V2
def test_the_sampler_is_heuns_and_feeds_the_state_back(spec):
    made = model(document.method(spec))
    noise = torch.randn(2, POINTS)
    found = made.integrate(lambda z, t, last: -z, noise, 2, torch.Generator())
    torch.testing.assert_close(found, noise * (1 - 0.5 + 0.5 * 0.25) ** 2)


def test_fresh_noise_never_sees_the_state():
    made = model(document.designs(SPEC)["original-fresh-noise"])
    seen = []
    noise = torch.zeros(1, 5)
    found = made.integrate(
        lambda z, t, last: seen.append(z) or -z, noise, 4, torch.Generator().manual_seed(1)
    )
    torch.testing.assert_close(found, -sum(seen) / 4)
    assert all(state.abs().min() > 0 for state in seen)


def test_before_the_fixes_points_are_few_fixed_and_the_same_for_all():
    first, second = drawn(BEFORE), drawn(BEFORE, 1)
    assert first.query.shape == (1, OBSERVED)
    np.testing.assert_array_equal(first.query, second.query)
    masks = {
        field: index.tolist()
        for draw in (first, second)
        for field, index in zip(draw.field, draw.observed, strict=True)
    }
    for step in range(2, 30):
        again = drawn(BEFORE, step)
        for field, index in zip(again.field, again.observed, strict=True):
            assert masks.setdefault(field, index.tolist()) == index.tolist()


def test_fix_1_draws_points_of_the_whole_field_once_for_all_fields_of_a_batch():
    spec = document.method(SPEC, [1])
    assert drawn(spec).query.shape == (1, 20)
    seen = {int(point) for step in range(60) for point in drawn(spec, step).query[0]}
    assert seen == set(range(POINTS))


@pytest.mark.parametrize("fixes", [(), *document.FIX_SETS])
def test_fix_2_clamps_to_one_and_the_original_does_not(fixes):
    values = np.array([-0.5, 0.25, 1.5])
    wanted = [0, 0.25, 1] if 2 in fixes else values.tolist()
    assert model(document.method(SPEC, fixes)).finish(values).tolist() == wanted


@pytest.mark.parametrize("fixes", [(), *document.FIX_SETS])
def test_fix_3_trains_the_frequencies(fixes):
    made = model(document.method(SPEC, fixes))
    assert made.network.features.frequencies.requires_grad == (3 in fixes)


@V1_AND_V2
def test_fixes_differ_from_the_original_in_nothing_else(spec):
    keys = {1: {"queries"}, 2: {"clamp"}, 3: {"learnable_frequencies"}}
    for fixes in document.FIX_SETS:
        wanted = set().union(*(keys[number] for number in fixes))
        assert differences(document.method(spec), document.method(spec, fixes)) == wanted
    assert len(document.FIX_SETS) == 7


def test_v1_is_static_without_a_direct_path_and_v2_has_both_path_and_dropout():
    v1, v2 = document.method(MAMBA), document.method(SPEC)
    assert (v1.state_space, v1.query_path, v1.dropout) == ("static", "attention-only", 0)
    assert (v2.query_path, v2.dropout) == ("direct", 0.1)


def test_advice_doubles_what_training_sees_and_not_the_test():
    designs = document.designs(SPEC)
    fixed, queries, observed = (
        drawn(designs[name]) for name in ("fixes-1-2-3", "more-queries", "more-observed")
    )
    assert queries.query.shape[1] == 2 * fixed.query.shape[1]
    assert observed.observed.shape[1] == 2 * OBSERVED and queries.observed.shape[1] == OBSERVED
    assert PROBLEM.test_observations.index.shape[1] == OBSERVED


def test_more_points_cannot_be_drawn_from_a_file():
    problem = replace(PROBLEM, pattern=np.ones((2, POINTS), bool), mask="file")
    with pytest.raises(UserError, match="`observed_times` needs points that are drawn"):
        Batches(problem, document.designs(SPEC)["more-observed"], 40, 4, 20, seed=0)


def test_own_points_are_a_fields_own_and_lie_beside_its_observed_ones():
    spec = document.designs(SPEC)["original-own-queries"]
    points = {}
    for step in range(30):
        draw = drawn(spec, step)
        for field, observed, query in zip(draw.field, draw.observed, draw.query, strict=True):
            assert not set(observed) & set(query) and len(set(query)) == OBSERVED
            assert points.setdefault(field, query.tolist()) == query.tolist()
    assert len({tuple(query) for query in points.values()}) > 20
    again = Batches(PROBLEM, spec, 40, 4, 20, seed=0).trained_points(40)
    assert all(again[field].tolist() == query for field, query in points.items())


def test_own_points_are_redrawn_with_the_masks():
    spec = replace(document.designs(SPEC)["original-own-queries"], masks="redrawn")
    first, second = (
        draw.query[list(draw.field).index(field)]
        for field, draw in [(drawn(spec).field[0], drawn(spec)), (drawn(spec).field[0], _with_field(spec))]
    )
    assert first.tolist() != second.tolist()


def _with_field(spec):
    """A later batch that has the first field of the first batch."""
    wanted = drawn(spec).field[0]
    return next(draw for step in range(1, 200) if wanted in (draw := drawn(spec, step)).field)


@V1_AND_V2
def test_each_program_differs_in_one_thing(spec):
    designs = document.designs(spec)
    wanted = {
        "attention-only": {"query_path"},
        "fresh-noise": {"sampler"},
        "timeless": {"time"},
        "aliased": {"fourier_scale"},
        "own-queries": {"queries"},
    }
    if spec is MAMBA:
        del wanted["attention-only"]  # V1 has no other
    made = {name: designs.get(f"original-{name}") for name in document.PROGRAMS}
    assert {
        name: differences(designs["original"], program) for name, program in made.items() if program
    } == wanted


@V1_AND_V2
def test_every_design_predicts(spec):
    for design in document.designs(spec).values():
        prediction, samples = neural.predict(model(design), PROBLEM.test_observations[:2])
        assert prediction.mean.shape == (2, POINTS) and np.isfinite(prediction.mean).all()
        assert len(samples) == 1
