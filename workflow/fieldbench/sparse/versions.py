"""The document's ten techniques, and its versions v3 to v102: the sets of techniques of its plan.

v3 to v12 have one technique each and v13 to v57 all pairs. The triples v58 to v92 are those of the first five techniques,
which the plan expects most of, then each of these five with the sixth, and with the seventh, and any third, as many as there
is room for. v93 to v102 are the fours of the first five, all five, these with the seventh, and all ten but one of the last
three. The document names the ranges; the sets are those that its program writes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from fieldbench.sparse.spec import Spec

# What each technique sets in a `Spec`, in the document's order. No two set the same key, so any go together, in any order.
TECHNIQUES: dict[str, dict[str, Any]] = {
    "reflow": {"reflow": 0.3},
    "multi_scale": {"multi_scale": True},  # octaves as of NeRF: Mildenhall et al. 2020
    "consistency": {"consistency": 0.1},
    "frequency_loss": {"spectral": 0.1, "queries": "grid"},  # a transform needs a regular grid
    "adaptive_norm": {"time": "adaptive-norm"},  # Peebles and Xie 2023
    "self_conditioning": {"self_conditioning": True},
    "average": {"average_fraction": 0.05},
    "noise_schedule": {"path": "cosine"},
    "clipping": {"longest_gradient": 1.0, "warm_up_fraction": 0.05},  # Pascanu et al. 2013; Goyal et al. 2017
    "stochastic_depth": {"drop": 0.1},  # Huang et al. 2016
}
FIRST = 3
TRIPLES = 35
TOP = 5  # techniques that the plan expects most of
PARTNERS = (5, 6)  # places of those that join them in triples


def versions() -> dict[str, tuple[str, ...]]:
    """Techniques of each of the 100 versions, v3 first."""
    names = tuple(TECHNIQUES)
    top, places = range(TOP), range(len(names))
    triples = list(dict.fromkeys(_triples(len(names))))[:TRIPLES]
    but_one = [tuple(place for place in places if place != left) for left in reversed(places[-3:])]
    larger = [*combinations(top, 4), tuple(top), (*top, PARTNERS[1]), *but_one]
    sets = [*combinations(places, 1), *combinations(places, 2), *triples, *larger]
    return {
        f"v{number}": tuple(names[place] for place in chosen) for number, chosen in enumerate(sets, FIRST)
    }


def _triples(count: int) -> Iterator[tuple[int, ...]]:
    """The plan's triples of the places of `count` techniques in their order, some of them again."""
    yield from combinations(range(TOP), 3)
    for first, partner, third in product(range(TOP), PARTNERS, range(count)):
        if third not in (first, partner):
            yield tuple(sorted((first, partner, third)))


def combined(spec: Spec, techniques: Iterable[str]) -> Spec:
    """`spec` with all of `techniques`.

    Raises:
        UserError: a technique that the objective has no place for.
    """
    return replace(spec, **{key: value for name in techniques for key, value in TECHNIQUES[name].items()})
