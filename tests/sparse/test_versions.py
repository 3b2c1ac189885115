"""The document's hundred versions, and combining techniques."""

from collections import Counter
from dataclasses import replace

import pytest
from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.sparse import combination
from fieldbench.sparse.spec import Spec
from fieldbench.sparse.techniques import average
from fieldbench.sparse.versions import TECHNIQUES, techniques_of, versions

BASE = combination.base(Spec({"type": "transformer"}))


def test_a_hundred_distinct_sets_by_size():
    made = versions()
    assert list(made) == [f"v{number}" for number in range(3, 103)]
    assert len({frozenset(chosen) for chosen in made.values()}) == 100
    assert all(len(set(chosen)) == len(chosen) for chosen in made.values())
    sizes = Counter(len(chosen) for chosen in made.values())
    assert (sizes[1], sizes[2], sizes[3]) == (10, 45, 35) and sum(sizes.values()) == 100
    assert [len(made[f"v{number}"]) for number in (3, 12, 13, 57, 58, 92)] == [1, 1, 2, 2, 3, 3]
    assert made["v102"] == TECHNIQUES


def test_every_technique_is_in_many_triples():
    counts = Counter(name for chosen in versions().values() if len(chosen) == 3 for name in chosen)
    assert set(counts) == set(TECHNIQUES) and min(counts.values()) >= 5


def test_techniques_are_the_files():
    assert set(TECHNIQUES) == set(registry.known_types("sparse/techniques"))


def test_every_version_is_another_specification():
    made = [combination.combined(BASE, chosen) for chosen in versions().values()]
    assert BASE not in made
    assert all(one != other for place, one in enumerate(made) for other in made[:place])


def test_the_order_of_techniques_means_nothing():
    assert combination.combined(BASE, TECHNIQUES) == combination.combined(BASE, reversed(TECHNIQUES))


def test_techniques_that_set_the_same_thing_exclude_each_other(monkeypatch):
    monkeypatch.setattr(average, "apply", lambda spec: replace(spec, longest_gradient=9.0))
    with pytest.raises(UserError, match="'clipping' and 'average' exclude each other: both set `longest_g"):
        combination.combined(BASE, ["clipping", "average"])


def test_unknown_names_list_those_known():
    with pytest.raises(
        UserError, match="Unknown type 'dropout' in sparse/techniques; known: adaptive_norm, average"
    ):
        combination.combined(BASE, ["dropout"])
    with pytest.raises(UserError, match="Unknown version 'v2'; known: v3, v4"):
        techniques_of("v2")


def test_techniques_of_flows_need_one():
    with pytest.raises(UserError, match="`reflow` is of a flow"):
        combination.combined(Spec({"type": "transformer"}), ["reflow"])
