"""The document's hundred versions, and combining techniques."""

from collections import Counter
from dataclasses import fields
from itertools import chain

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.sparse import document
from fieldbench.sparse.spec import Spec
from fieldbench.sparse.versions import TECHNIQUES, combined, versions

from tests.sparse.learning import SPEC, predicted, small_problem, trained

BASE = document.method(SPEC, document.ALL_FIXES)
PROBLEM = small_problem()
# The document's plan from v58 on, in numbers of its list of techniques.
PLAN = """
    123 124 125 134 135 145 234 235 245 345
    126 136 146 156 167 168 169 160 127 137 147 157 178 179 170 236 246 256 267 268 269 260 237 247 257
    1234 1235 1245 1345 2345 12345 123457 123456789 123456780 123456790
"""


def test_a_hundred_distinct_sets_by_size():
    made = versions()
    assert list(made) == [f"v{number}" for number in range(3, 103)]
    assert len({frozenset(chosen) for chosen in made.values()}) == 100
    assert all(len(set(chosen)) == len(chosen) for chosen in made.values())
    sizes = Counter(len(chosen) for chosen in made.values())
    assert (sizes[1], sizes[2], sizes[3]) == (10, 45, 35) and sum(sizes.values()) == 100
    assert [len(made[f"v{number}"]) for number in (3, 12, 13, 57, 58, 92)] == [1, 1, 2, 2, 3, 3]


def test_triples_and_more_are_the_plans():
    names = list(TECHNIQUES)
    wanted = [{names[int(digit) - 1] for digit in word} for word in PLAN.split()]
    made = [set(chosen) for chosen in list(versions().values())[55:]]
    assert made == wanted


@pytest.mark.parametrize("name", ["base", *versions()])
def test_every_version_can_be_built_stepped_and_asked(name):
    spec = combined(BASE, versions().get(name, ()))
    model, history, _ = trained(PROBLEM, spec, steps=2, batch=2, queries=4)
    assert len(history["loss"]) == 2 and np.isfinite(history["loss"]).all()
    prediction, _ = predicted(model, PROBLEM)
    assert np.isfinite(prediction.mean).all() and 0 <= prediction.mean.min() <= prediction.mean.max() <= 1


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
