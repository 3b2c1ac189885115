"""What we do otherwise than the document's method does after its fixes, one named factor at a time.

Each factor is a key of `Spec` with a right value and a wrong one: the document's, or that of one of its programs.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from fieldbench.sparse import document
from fieldbench.sparse.spec import Spec


@dataclass(frozen=True)
class Factor:
    """One difference.

    Attributes:
        meaning: what is right about it, for a table.
        key: of `Spec`.
        wrong, right: its values.
        only: the type of backbone that it concerns; None for all.
        of_flow: whether it makes a difference for a flow only.
    """

    meaning: str
    key: str
    wrong: Any
    right: Any
    only: str | None = None
    of_flow: bool = False


FACTORS = {
    "queries": Factor(
        "loss at random points of the field, not at few fixed ones (Fix 1)", "queries", "fixed", "random"
    ),
    "frequencies": Factor(
        "positions' frequencies are trained (Fix 3)", "learnable_frequencies", wrong=False, right=True
    ),
    "clamp": Factor(
        "predictions clamped to the training fields' range, not to [0, 1]", "clamp", "unit", "range"
    ),
    "masks": Factor(
        "observed points redrawn for every batch, not frozen per field", "masks", "frozen", "redrawn"
    ),
    "sharing": Factor(
        "each field of a batch has its own query points", "shared_queries", wrong=True, right=False
    ),
    "scaling": Factor(
        "values of mean 0 and deviation 1 before the network", "normalise", wrong=False, right=True
    ),
    "fourier-scale": Factor(
        "positions' frequencies up to the grid's Nyquist frequency, not of 3.2 cycles",
        "fourier_scale",
        document.SCALE,
        None,
    ),
    "time": Factor(
        "the flow's time scaled and in every norm, not added as it is",
        "time",
        "raw",
        "adaptive-norm",
        of_flow=True,
    ),
    "reading": Factor(
        "queries read the observations and never one another, not one sequence of both",
        "reading",
        "joint",
        "cross",
    ),
    "query-path": Factor("a query's own state reaches the output", "query_path", "attention-only", "direct"),
    "nearness": Factor("attention falls with distance", "near", wrong=False, right=True),
    "dropout": Factor(
        "no value of a layer is left out at random", "dropout", document.DROPOUT, 0.0, only="transformer"
    ),
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


def concerning(backbone: str) -> list[str]:
    """The factors that make a difference for a type of backbone."""
    return [name for name, factor in FACTORS.items() if factor.only in (None, backbone)]


def right(spec: Spec, wrong: Collection[str] = ()) -> Spec:
    """`spec` with all factors right but for those in `wrong`."""
    values = {factor.key: factor.wrong if name in wrong else factor.right for name, factor in FACTORS.items()}
    return replace(spec, **values)


def designs(spec: Spec) -> dict[str, Spec]:
    """By name: the document's method and its programs; all right; and one factor changed in what the fixes left, or in that.

    In the fixed method nothing is put right that is right already. A factor of flows only is left wrong in
    `right-but-objective`, which is all right but a flow.
    """
    fixed = document.method(spec, document.ALL_FIXES)
    made = {**document.designs(spec), "right": right(spec)}
    for name in concerning(spec.backbone["type"]):
        factor = FACTORS[name]
        if getattr(fixed, factor.key) != factor.right:
            made[f"fixed-but-{name}"] = replace(fixed, **{factor.key: factor.right})
        made[f"right-but-{name}"] = right(spec, [name, "objective"] if factor.of_flow else [name])
    return made
