"""Factors: one at a time, in both directions."""

from dataclasses import asdict, replace
from itertools import combinations

import pytest
from fieldbench.sparse import factors
from fieldbench.sparse.spec import Spec

TRANSFORMER, MAMBA = Spec({"type": "transformer"}), Spec({"type": "mamba"})


def differences(one, other):
    return {key for key, value in asdict(one).items() if value != asdict(other)[key]}


@pytest.mark.parametrize("name", factors.FACTORS)
def test_original_and_right_differ(name):
    factor = factors.FACTORS[name]
    assert factor.original != factor.right and hasattr(MAMBA, factor.key)


@pytest.mark.parametrize("name", factors.concerning("mamba"))
def test_one_factor_at_a_time(name):
    designs = factors.designs(MAMBA)
    key = factors.FACTORS[name].key
    assert differences(designs["original"], designs[f"original-but-{name}"]) == {key}
    right = designs["right-but-objective" if factors.FACTORS[name].of_flow else "right"]
    assert differences(right, designs[f"right-but-{name}"]) == {key}


def test_factors_of_flows_are_tried_on_flows():
    for name, spec in factors.designs(MAMBA).items():
        factor = factors.FACTORS.get(name.removeprefix("right-but-"))
        if factor and factor.of_flow:
            assert spec.flows


def test_the_state_space_concerns_mamba_only():
    assert set(factors.concerning("mamba")) - set(factors.concerning("transformer")) == {"state-space"}
    assert "right-but-state-space" not in factors.designs(TRANSFORMER)


def test_fixes_are_the_documents():
    none, all_of_them = factors.fixed(TRANSFORMER, []), factors.fixed(TRANSFORMER, [1, 2, 3])
    assert differences(none, all_of_them) == {"queries", "clamp", "learnable_frequencies"}
    assert (all_of_them.queries, all_of_them.clamp) == ("random", "unit")
    assert all_of_them.sampler == "fresh-noise" and all_of_them.masks == "frozen"
    names = {"fixes-1", "fixes-2", "fixes-3", "fixes-1-2", "fixes-1-2-3"}
    assert names <= set(factors.designs(TRANSFORMER))


def test_designs_differ_but_for_fixes_that_are_factors():
    made = factors.designs(MAMBA)
    equal = {(one, other) for one, other in combinations(made, 2) if made[one] == made[other]}
    assert equal == {("original", "fixes-2"), ("original-but-queries", "fixes-1-2")}


def test_sizes_are_left_alone():
    spec = replace(MAMBA, backbone={"type": "mamba", "hidden": 8})
    assert all(design.backbone == spec.backbone for design in factors.designs(spec).values())
