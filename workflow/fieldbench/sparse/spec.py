"""All choices that make one learned method, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from fieldbench.errors import UserError
from fieldbench.registry import check_word

CLOSED_FORM = "amortised_kriging"  # a backbone that only predicts means and shares no option with the others
GRIDDED = (
    "unet",
)  # backbones that see fields as images: they fill the gaps of a series, and share no option either
FLOWS = ("flow", "flow-from-posterior")
CHOICES = {
    "objective": ("mean", *FLOWS),
    "masks": ("redrawn", "frozen"),
    "queries": ("random", "fixed", "own", "grid"),
    "clamp": ("none", "range", "unit"),
    "time": ("none", "raw", "added", "adaptive-norm"),
    "reading": ("cross", "joint"),
    "query_path": ("direct", "attention-only"),
    "sampler": ("heun", "fresh-noise"),
    "state_space": ("selective", "static"),
    "path": ("linear", "cosine"),
}
# Keys that make a difference for a flow only, and what leaves them out.
ONLY_FLOWS = {"path": "linear", "self_conditioning": False, "consistency": 0.0, "reflow": 0.0}


@dataclass(frozen=True)
class Spec:
    """One learned method.

    Attributes:
        backbone: `type` of a network and its sizes.
        objective: `mean` (least squares, whose optimum is the posterior mean), `flow` from white noise, or
            `flow-from-posterior` from the normal distribution that a classical method predicts.
        prior: that method's `type` and parameters; it learns from half of the training fields, the network from the others.
        masks: whether a field's observed points change from batch to batch.
        observed_times: training shows this many times as many points as the test does.
        queries: where the loss is taken: random points; the same few always; as few of each field's own, drawn beside and
            with its observed ones; or every second row and column.
        query_times: that many times the training's number of random points.
        shared_queries: one draw of random points for the whole batch.
        normalise: whether the network sees values of mean 0 and standard deviation 1, or of the data.
        clamp: predictions to nothing, to the range of the training fields, or to [0, 1].
        fourier_scale: of positions' frequencies in cycles per unit; None for a third of the grid's Nyquist frequency.
        learnable_frequencies: train them.
        multi_scale: spread them over octaves.
        time: how a flow's time enters: see `networks._sets.Clock`.
        reading: how queries learn of the observations: by reading them, or in one sequence with them.
        query_path: whether a query's own state reaches the output beside what attention returns.
        near: whether attention falls with distance.
        sampler: Heun's, or one that gives the network fresh noise in place of the state.
        sampler_steps: of the flow.
        samples: whose mean is the prediction of a flow.
        state_space: of a Mamba backbone.
        path: between noise and field, with time.
        self_conditioning: show the network its last estimate of the field.
        consistency, spectral: weights of two more losses.
        reflow: share of the steps that a second training takes, on the first one's own noise and samples.
        average_fraction: window of the parameters' moving average, in trainings; 0 for none.
        longest_gradient, warm_up_fraction: see `training.recipe`.
        drop: probability of leaving out a residual branch.
        dropout: probability of leaving out a value within a transformer's layers.
    """

    backbone: Mapping[str, Any]
    objective: str = "mean"
    prior: Mapping[str, Any] | None = None
    masks: str = "redrawn"
    observed_times: float = 1.0
    queries: str = "random"
    query_times: float = 1.0
    shared_queries: bool = False
    normalise: bool = True
    clamp: str = "none"
    fourier_scale: float | None = None
    learnable_frequencies: bool = False
    multi_scale: bool = False
    time: str = "adaptive-norm"
    reading: str = "cross"
    query_path: str = "direct"
    near: bool = True
    sampler: str = "heun"
    sampler_steps: int = 50
    samples: int = 8
    state_space: str = "selective"
    path: str = "linear"
    self_conditioning: bool = False
    consistency: float = 0.0
    spectral: float = 0.0
    reflow: float = 0.0
    average_fraction: float = 0.0
    longest_gradient: float | None = None
    warm_up_fraction: float = 0.0
    drop: float = 0.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for key, words in CHOICES.items():
            check_word(key, getattr(self, key), words)
        if (self.objective == "flow-from-posterior") != (self.prior is not None):
            raise UserError(
                "`prior` names the method that a `flow-from-posterior` starts from: give both or none."
            )
        for key, idle in ONLY_FLOWS.items():
            if not self.flows and getattr(self, key) != idle:
                raise UserError(f"`{key}` is of a flow, and objective '{self.objective}' is none.")
        if self.spectral and self.queries != "grid":
            raise UserError(f"`spectral` needs queries on a grid, not '{self.queries}'.")

    @property
    def gridded(self) -> bool:
        """Whether the network sees fields as images."""
        return self.backbone["type"] in GRIDDED

    @property
    def flows(self) -> bool:
        """Whether the network is a flow's velocity, and not the field itself."""
        return self.objective in FLOWS


def parse(entry: Mapping[str, Any]) -> Spec:
    """The specification of a configuration entry.

    Raises:
        UserError: an unknown key or value, or no backbone.
    """
    keys = [field.name for field in fields(Spec)]
    if unknown := sorted(set(entry) - set(keys)):
        raise UserError(f"Unknown key {', '.join(unknown)} of a learned method; known: {', '.join(keys)}.")
    if "backbone" not in entry:
        raise UserError("A learned method needs a `backbone` with its `type`.")
    return Spec(**entry)
