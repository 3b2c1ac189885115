"""What the document's code does otherwise than it should, one named factor at a time.

Each factor is a key of `Spec` with its value under the document's definitions and the right one.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from fieldbench.sparse.spec import Spec

# The document draws frequencies of 2 pi 10 radians per unit over [-1, 1], which is twice our unit.
DOCUMENT_SCALE = 20.0


@dataclass(frozen=True)
class Factor:
    """One difference.

    Attributes:
        meaning: what is right about it, for a table.
        key: of `Spec`.
        original, right: its values.
        only: the type of backbone that it concerns; None for all.
        of_flow: whether it makes a difference for a flow only.
    """

    meaning: str
    key: str
    original: Any
    right: Any
    only: str | None = None
    of_flow: bool = False


FACTORS = {
    "queries": Factor(
        "loss at random points of the field, not at 51 fixed ones (Fix 1)", "queries", "fixed", "random"
    ),
    "clamp": Factor(
        "predictions clamped to the training fields' range, not to [0, 1] (Fix 2)", "clamp", "unit", "range"
    ),
    "frequencies": Factor(
        "positions' frequencies are trained (Fix 3)", "learnable_frequencies", original=False, right=True
    ),
    "masks": Factor(
        "observed points redrawn for every batch, not frozen per field", "masks", "frozen", "redrawn"
    ),
    "sharing": Factor(
        "each field of a batch has its own query points", "shared_queries", original=True, right=False
    ),
    "fourier-scale": Factor(
        "positions' frequencies below the grid's Nyquist frequency", "fourier_scale", DOCUMENT_SCALE, None
    ),
    "time": Factor("the network knows the flow's time", "time", "none", "adaptive-norm", of_flow=True),
    "query-path": Factor("a query's own state reaches the output", "query_path", "attention-only", "direct"),
    "nearness": Factor("attention falls with distance", "near", original=False, right=True),
    "sampler": Factor(
        "the sampler feeds the state back, not fresh noise", "sampler", "fresh-noise", "heun", of_flow=True
    ),
    "estimator": Factor("the mean of eight samples, not one of them", "samples", 1, 8, of_flow=True),
    "objective": Factor("least squares for the posterior mean, not a flow", "objective", "flow", "mean"),
    "state-space": Factor(
        "a selective state space in both directions of a curve, not a static causal one",
        "state_space",
        "static",
        "selective",
        only="mamba",
    ),
}
FIXES = {1: "queries", 2: "clamp", 3: "frequencies"}
FIX_SETS = ((1,), (2,), (3,), (1, 2), (1, 2, 3))  # alone and one after the other


def concerning(backbone: str) -> list[str]:
    """The factors that make a difference for a type of backbone."""
    return [name for name, factor in FACTORS.items() if factor.only in (None, backbone)]


def with_factors(spec: Spec, original: Collection[str]) -> Spec:
    """`spec` with the factors in `original` as the document has them and all others right."""
    values = {
        factor.key: factor.original if name in original else factor.right for name, factor in FACTORS.items()
    }
    return replace(spec, **values)


def fixed(spec: Spec, fixes: Collection[int]) -> Spec:
    """The document's method with some of its three fixes. Its Fix 2 clamps to [0, 1]; without it nothing is clamped."""
    right = {FIXES[number] for number in fixes}
    return replace(with_factors(spec, FACTORS.keys() - right), clamp="unit" if 2 in fixes else "none")


def designs(spec: Spec) -> dict[str, Spec]:
    """The comparisons by name: all original, all right, one factor of each alone, and the fixes alone and together.

    A factor of flows only is tried on `right-but-objective`, which is all right but a flow.
    """
    names = concerning(spec.backbone["type"])
    original = {"original": names, "right": []}
    for name in names:
        original[f"original-but-{name}"] = [other for other in names if other != name]
        original[f"right-but-{name}"] = [name, "objective"] if FACTORS[name].of_flow else [name]
    fixes = {f"fixes-{'-'.join(map(str, numbers))}": fixed(spec, numbers) for numbers in FIX_SETS}
    return {name: with_factors(spec, factors) for name, factors in original.items()} | fixes
