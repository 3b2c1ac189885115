"""The document's versions v3 to v102: sets of its ten techniques, written out by a rule.

v3 to v12 have one technique each, v13 to v57 all pairs, v58 to v92 35 of the triples and v93 to v102 four and more. The
document does not say which triples and larger sets it means: triples here are spread evenly over the list of all, and the
larger sets are the first techniques of its list, then its last, then all ten.
"""

from itertools import combinations

from fieldbench.errors import UserError

TECHNIQUES = (  # in the document's order
    "reflow",
    "multi_scale",
    "consistency",
    "frequency_loss",
    "adaptive_norm",
    "self_conditioning",
    "average",
    "noise_schedule",
    "clipping",
    "stochastic_depth",
)
FIRST = 3
TRIPLES = 35


def versions() -> dict[str, tuple[str, ...]]:
    """Techniques of each of the 100 versions, v3 first."""
    triples = list(combinations(TECHNIQUES, 3))
    spread = [triples[place * len(triples) // TRIPLES] for place in range(TRIPLES)]
    sets = [*combinations(TECHNIQUES, 1), *combinations(TECHNIQUES, 2), *spread, *_large()]
    return {f"v{number}": chosen for number, chosen in enumerate(sets, FIRST)}


def techniques_of(version: str) -> tuple[str, ...]:
    """The techniques of one version.

    Raises:
        UserError: there is no such version.
    """
    known = versions()
    if version not in known:
        raise UserError(f"Unknown version '{version}'; known: {', '.join(known)}.")
    return known[version]


def _large() -> list[tuple[str, ...]]:
    count = len(TECHNIQUES)
    first = [TECHNIQUES[:size] for size in range(4, count)]
    last = [TECHNIQUES[-size:] for size in range(4, 7)]
    return [*first, *last, TECHNIQUES]
