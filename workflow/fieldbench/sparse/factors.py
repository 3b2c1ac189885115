"""What the document's code does otherwise than it should, one named factor at a time.

Each factor is what it sets in a `Spec` under the document's definitions and under right ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fieldbench.errors import UserError
from fieldbench.sparse.spec import Spec

# The document draws frequencies of 2 pi 10 radians per unit over [-1, 1], which is twice our unit.
DOCUMENT_SCALE = 20.0


@dataclass(frozen=True)
class Factor:
    """One difference.

    Attributes:
        meaning: what differs, for a table.
        original, right: values by key of `Spec`.
        only: the type of backbone that it concerns; None for all.
        of_flow: whether it makes a difference for a flow only.
    """

    meaning: str
    original: Mapping[str, Any]
    right: Mapping[str, Any]
    only: str | None = None
    of_flow: bool = False


FACTORS = {
    "queries": Factor(
        "loss at random points of the field, not at 51 fixed ones (Fix 1)",
        {"queries": "fixed"},
        {"queries": "random"},
    ),
    "clamp": Factor(
        "predictions clamped to the training fields' range, not to [0, 1] (Fix 2)",
        {"clamp": "unit"},
        {"clamp": "range"},
    ),
    "frequencies": Factor(
        "positions' frequencies are trained (Fix 3)",
        {"learnable_frequencies": False},
        {"learnable_frequencies": True},
    ),
    "masks": Factor(
        "observed points redrawn for every batch, not frozen per field",
        {"masks": "frozen"},
        {"masks": "redrawn"},
    ),
    "sharing": Factor(
        "each field of a batch has its own query points", {"shared_queries": True}, {"shared_queries": False}
    ),
    "fourier-scale": Factor(
        "positions' frequencies below the grid's Nyquist frequency",
        {"fourier_scale": DOCUMENT_SCALE},
        {"fourier_scale": None},
    ),
    "time": Factor(
        "the network knows the flow's time", {"time": "none"}, {"time": "adaptive-norm"}, of_flow=True
    ),
    "query-path": Factor(
        "a query's own state reaches the output", {"query_path": "attention-only"}, {"query_path": "direct"}
    ),
    "nearness": Factor("attention falls with distance", {"near": False}, {"near": True}),
    "sampler": Factor(
        "the sampler feeds the state back, not fresh noise",
        {"sampler": "fresh-noise"},
        {"sampler": "heun"},
        of_flow=True,
    ),
    "estimator": Factor(
        "the mean of eight samples, not one of them", {"samples": 1}, {"samples": 8}, of_flow=True
    ),
    "objective": Factor(
        "least squares for the posterior mean, not a flow", {"objective": "flow"}, {"objective": "mean"}
    ),
    "state-space": Factor(
        "a selective state space in both directions of a curve, not a static causal one",
        {"state_space": "static"},
        {"state_space": "selective"},
        only="mamba",
    ),
}
FIXES = {1: "queries", 2: "clamp", 3: "frequencies"}
FIX_SETS = ((1,), (2,), (3,), (1, 2), (1, 2, 3))  # alone and one after the other


def concerning(backbone: str) -> list[str]:
    """The factors that make a difference for a type of backbone."""
    return [name for name, factor in FACTORS.items() if factor.only in (None, backbone)]


def with_factors(spec: Spec, original: Iterable[str]) -> Spec:
    """`spec` with the factors in `original` as the document has them and all others right.

    Raises:
        UserError: unknown factor.
    """
    original = set(original)
    if unknown := sorted(original - set(FACTORS)):
        raise UserError(f"Unknown factor {', '.join(unknown)}; known: {', '.join(FACTORS)}.")
    for name, factor in FACTORS.items():
        spec = replace(spec, **(factor.original if name in original else factor.right))
    return spec


def fixed(spec: Spec, fixes: Iterable[int]) -> Spec:
    """The document's method with some of its three fixes. Its Fix 2 clamps to [0, 1]; without it nothing is clamped.

    Raises:
        UserError: unknown fix.
    """
    fixes = set(fixes)
    if unknown := fixes - set(FIXES):
        raise UserError(f"Unknown fix {', '.join(map(str, sorted(unknown)))}; the document has 1, 2 and 3.")
    made = with_factors(spec, set(FACTORS) - {FIXES[number] for number in fixes})
    return replace(made, clamp="unit" if 2 in fixes else "none")


def designs(spec: Spec) -> dict[str, Spec]:
    """The comparisons by name: all original, all right, one factor of each alone, and the fixes alone and together.

    A factor of flows only is tried on `right-but-objective`, which is all right but a flow.
    """
    names = concerning(spec.backbone["type"])
    made = {"original": with_factors(spec, names), "right": with_factors(spec, [])}
    for name in names:
        others = {"objective"} if FACTORS[name].of_flow else set()
        made[f"original-but-{name}"] = with_factors(spec, set(names) - {name})
        made[f"right-but-{name}"] = with_factors(spec, {name} | others)
    made |= {"-".join(["fixes", *map(str, fixes)]): fixed(spec, fixes) for fixes in FIX_SETS}
    return made
