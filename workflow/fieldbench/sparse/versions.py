"""The document's ten techniques, and its versions v3 to v102: sets of techniques, written out by a rule.

v3 to v12 have one technique each, v13 to v57 all pairs, v58 to v92 35 of the triples and v93 to v102 four and more. The
document does not say which triples and larger sets it means: triples here are spread evenly over the list of all, and the
larger sets are the first techniques of its list, then its last, then all ten.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

from fieldbench.sparse.factors import with_factors
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


def versions() -> dict[str, tuple[str, ...]]:
    """Techniques of each of the 100 versions, v3 first."""
    names = tuple(TECHNIQUES)
    triples = list(combinations(names, 3))
    spread = [triples[place * len(triples) // TRIPLES] for place in range(TRIPLES)]
    larger = [
        *(names[:size] for size in range(4, len(names))),
        *(names[-size:] for size in range(4, 7)),
        names,
    ]
    sets = [*combinations(names, 1), *combinations(names, 2), *spread, *larger]
    return {f"v{number}": techniques for number, techniques in enumerate(sets, FIRST)}


def base(spec: Spec) -> Spec:
    """What versions add their techniques to: a flow with all factors right, but without what a technique brings."""
    return replace(with_factors(spec, []), objective="flow", time="added")


def combined(spec: Spec, techniques: Iterable[str]) -> Spec:
    """`spec` with all of `techniques`.

    Raises:
        UserError: a technique that the objective has no place for.
    """
    return replace(spec, **{key: value for name in techniques for key, value in TECHNIQUES[name].items()})
