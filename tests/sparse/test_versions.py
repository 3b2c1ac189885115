"""The document's hundred versions, and combining techniques."""

from collections import Counter
from dataclasses import fields
from itertools import chain

import pytest
from fieldbench.errors import UserError
from fieldbench.sparse.spec import Spec
from fieldbench.sparse.versions import TECHNIQUES, base, combined, versions

BASE = base(Spec({"type": "transformer"}))


def test_a_hundred_distinct_sets_by_size():
    made = versions()
    assert list(made) == [f"v{number}" for number in range(3, 103)]
    assert len({frozenset(chosen) for chosen in made.values()}) == 100
    assert all(len(set(chosen)) == len(chosen) for chosen in made.values())
    sizes = Counter(len(chosen) for chosen in made.values())
    assert (sizes[1], sizes[2], sizes[3]) == (10, 45, 35) and sum(sizes.values()) == 100
    assert [len(made[f"v{number}"]) for number in (3, 12, 13, 57, 58, 92)] == [1, 1, 2, 2, 3, 3]
    assert made["v102"] == tuple(TECHNIQUES)


def test_every_technique_is_in_many_triples():
    counts = Counter(name for chosen in versions().values() if len(chosen) == 3 for name in chosen)
    assert set(counts) == set(TECHNIQUES) and min(counts.values()) >= 5


def test_every_version_is_another_specification():
    made = [combined(BASE, chosen) for chosen in versions().values()]
    assert BASE not in made
    assert all(one != other for place, one in enumerate(made) for other in made[:place])


def test_the_order_of_techniques_means_nothing():
    assert combined(BASE, TECHNIQUES) == combined(BASE, reversed(TECHNIQUES))


def test_no_two_techniques_set_the_same_key():
    keys = list(chain.from_iterable(TECHNIQUES.values()))
    assert len(set(keys)) == len(keys) and set(keys) <= {field.name for field in fields(Spec)}


def test_techniques_of_flows_need_one():
    with pytest.raises(UserError, match="`reflow` is of a flow"):
        combined(Spec({"type": "transformer"}), ["reflow"])
