"""Our factors: one at a time, from what the document's fixes left and from all right."""

from dataclasses import asdict, replace
from itertools import combinations

import pytest
from fieldbench.sparse import document, factors
from fieldbench.sparse.spec import Spec

TRANSFORMER, MAMBA = Spec({"type": "transformer"}), Spec({"type": "mamba"})
# What is right in the fixed method already.
ALREADY = {"transformer": {"queries", "frequencies", "query-path", "sampler"}}
ALREADY["mamba"] = ALREADY["transformer"] - {"query-path"}


def differences(one, other):
    return {key for key, value in asdict(one).items() if value != asdict(other)[key]}


@pytest.mark.parametrize("name", factors.FACTORS)
def test_wrong_and_right_differ(name):
    factor = factors.FACTORS[name]
    assert factor.wrong != factor.right and hasattr(MAMBA, factor.key)


@pytest.mark.parametrize("spec", [TRANSFORMER, MAMBA])
def test_one_factor_at_a_time(spec):
    designs = factors.designs(spec)
    for name in factors.concerning(spec.backbone["type"]):
        key = factors.FACTORS[name].key
        if name in ALREADY[spec.backbone["type"]]:
            assert f"fixed-but-{name}" not in designs
        else:
            assert differences(designs["fixes-1-2-3"], designs[f"fixed-but-{name}"]) == {key}
        right = designs["right-but-objective" if factors.FACTORS[name].of_flow else "right"]
        assert differences(right, designs[f"right-but-{name}"]) == {key}


@pytest.mark.parametrize("spec", [TRANSFORMER, MAMBA])
def test_factors_lead_from_the_fixed_method_to_all_right(spec):
    """Between the two there is nothing that is not a factor."""
    designs = factors.designs(spec)
    apart = differences(designs["fixes-1-2-3"], designs["right"])
    concerned = set(factors.concerning(spec.backbone["type"])) - ALREADY[spec.backbone["type"]]
    assert apart == {factors.FACTORS[name].key for name in concerned}


def test_factors_of_flows_are_tried_on_flows():
    for name, spec in factors.designs(MAMBA).items():
        factor = factors.FACTORS.get(name.removeprefix("right-but-"))
        if factor and factor.of_flow:
            assert spec.flows


def test_some_factors_concern_one_backbone_only():
    assert set(factors.concerning("mamba")) ^ set(factors.concerning("transformer")) == {
        "state-space",
        "dropout",
    }
    assert "right-but-state-space" not in factors.designs(TRANSFORMER)


def test_no_two_designs_are_the_same():
    for spec in (TRANSFORMER, MAMBA):
        made = factors.designs(spec)
        assert not [pair for pair in combinations(made, 2) if made[pair[0]] == made[pair[1]]]
        assert document.designs(spec).items() <= made.items()


def test_sizes_are_left_alone():
    spec = replace(MAMBA, backbone={"type": "mamba", "hidden": 8})
    assert all(design.backbone == spec.backbone for design in factors.designs(spec).values())
