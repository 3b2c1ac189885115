"""A neural field as the magnetic field: an encoding and a network for B_los, another pair for B_Q and B_U.

Both documents train in two phases, B_los alone and then B_Q, B_U alone, with independent models. Each phase here
evaluates only the model that it trains, and its loss is the pixels' parabolas (see `physics.weak_field`), which equal
the mean over wavelengths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from fieldbench import devices, registry
from fieldbench.encoders._base import Encoder
from fieldbench.errors import UserError
from fieldbench.kernels.tiled_loss import chunked_loss, plain_loss, tiled_loss
from fieldbench.physics import folds
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import History, Progress, Run, fit_phase
from fieldbench.training.outcome import with_less_memory
from fieldbench.training.recipe import Recipe
from fieldbench.training.result import Result

IN_DIM = 2  # an image's y and x
PHASES = {"b_los": ("b_los",), "b_qu": ("b_q", "b_u")}
PARTS = 10  # of a training, by whose means the loss's trend is told
CURVES = ("loss", "excess", "seconds", "active_levels")


@dataclass(frozen=True)
class Parabolas:
    """One phase's misfit, in units in which field and misfit are near 1.

    Adam's steps have the size of the learning rate whatever the data's unit, and the normaliser of gradients has an
    absolute constant: both need fields and losses of unit size. The field's unit is the rms of its closed-form solution,
    weighted by curvature; the loss's unit is the noise variance.

    Attributes:
        weight, target: (C, N) such that sum(weight (output - target)^2) is the training pixels' mean misfit
            over the floor, in units of `loss_unit`; output times `scale` is the field.
        scale: G or G^2.
        loss_unit: I_c^2, mean noise variance of the components.
        floor: I_c^2, the training pixels' mean misfit at the closed-form solution, summed over components.
    """

    weight: Tensor
    target: Tensor
    scale: float
    loss_unit: float
    floor: float


def parabolas(problem: xr.Dataset, phase: str) -> Parabolas:
    """The misfit of the components of `phase`.

    Raises:
        UserError: the noise is not positive.
    """
    part = problem.sel(component=list(PHASES[phase]))
    training = part["training"].values.reshape(-1)
    curvature, optimum, floor = (
        part[name].values.reshape(len(PHASES[phase]), -1) * training
        for name in ("curvature", "optimum", "floor")
    )
    loss_unit = float(part["noise_variance"].mean())
    if not loss_unit > 0:
        raise UserError(
            f"The noise of {phase} is {loss_unit}; give the dataset's noise as a positive number in I_c."
        )
    scale = float(np.sqrt((curvature * optimum**2).sum() / max(curvature.sum(), 1e-300))) or 1.0
    weight = torch.from_numpy(curvature * scale**2 / (loss_unit * training.sum())).float()
    target = torch.from_numpy(optimum / scale).float()
    return Parabolas(weight, target, scale, loss_unit, float(floor.sum() / training.sum()))


class Model(nn.Module):
    """The encoder and network of one phase on the pixel grid with their loss: a training `Objective`."""

    weight: Tensor
    target: Tensor

    def __init__(
        self, encoder: Encoder, network: nn.Module, misfit: Parabolas, shape: tuple[int, int], precision: str
    ) -> None:
        super().__init__()
        self.encoding = encoder.on_grid(shape)
        self.network = network
        self.register_buffer("weight", misfit.weight)
        self.register_buffer("target", misfit.target)
        self.floor = misfit.floor / misfit.loss_unit
        self.low_precision = precision == "bfloat16"
        self.chunks = 1

    @property
    def active_levels(self) -> int:
        return self.encoding.active_levels

    def set_progress(self, fraction: float) -> None:
        self.encoding.set_progress(fraction)

    def forward(self) -> Tensor:
        features = self.encoding()
        if features.device.type == "cpu":
            return tiled_loss(self.network, features, self.weight, self.target)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.low_precision):
            if self.chunks == 1:
                return plain_loss(self.network, features, self.weight, self.target)
            return chunked_loss(self.network, features, self.weight, self.target, self.chunks)


def build_model(
    spec: Mapping[str, Mapping[str, Any]], phase: str, training: Mapping[str, Any]
) -> tuple[Encoder, nn.Module]:
    """Build the encoder and the network of one phase.

    Args:
        spec: `encoder` and `network`, each with `type` and parameters.
        training: `hidden` and `hidden_layers`, which the network's own parameters override.

    Raises:
        UserError: an unknown type or parameter.
    """
    kind, options = _split(spec["encoder"])
    encoder = registry.build("encoders", kind, IN_DIM, **options)
    kind, options = _split(spec["network"])
    options = {"hidden": training["hidden"], "hidden_layers": training["hidden_layers"], **options}
    return encoder, registry.build("networks", kind, encoder.out_dim, len(PHASES[phase]), **options)


def recipe(training: Mapping[str, Any]) -> Recipe:
    """That of both documents: gradients are normalised, and the learning rate falls on a plateau."""
    same = ("learning_rate", "plateau_patience", "normalize_gradients")
    return Recipe(steps=training["steps"], **{key: training[key] for key in same}, graphed=True)


def _split(spec: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return spec["type"], {key: value for key, value in spec.items() if key != "type"}


class Phase:
    """One of the two models with all that its training leaves: see `train` for the arguments."""

    def __init__(
        self,
        problem: xr.Dataset,
        name: str,
        spec: Mapping[str, Mapping[str, Any]],
        training: Mapping[str, Any],
        device: torch.device,
        precision: str = "float32",
    ) -> None:
        self.name = name
        self.grid = {"y": problem["y"], "x": problem["x"]}
        shape = (problem.sizes["y"], problem.sizes["x"])
        encoder, network = build_model(spec, name, training)
        self.encoder, self.network = encoder.to(device), network.to(device)
        self.misfit = parabolas(problem, name)
        self.model = Model(self.encoder, self.network, self.misfit, shape, precision).to(device)
        self.recipe = recipe(training)
        self.history = History()
        self.flow: dict[str, float] = {}
        self._check_schedule()

    def _check_schedule(self) -> None:
        self.model.set_progress((self.recipe.steps - 1) / self.recipe.steps)
        if not self.encoder.complete:
            raise UserError(
                f"training.steps = {self.recipe.steps} ends before the encoder's progression has activated "
                f"all {self.encoder.levels} levels ({self.encoder.active_levels} at the end); raise it."
            )

    def train(self, checkpoint: Checkpoint | None, progress: Progress | None) -> None:
        """Train the model and put what it learned into the encoder."""
        before = self.gradient_norms()
        self.history = fit_phase(self.name, self.model, self.recipe, checkpoint, progress)
        self.flow = gradient_flow(self.name, before, self.gradient_norms())
        self.model.encoding.write_back()

    def gradient_norms(self) -> np.ndarray:
        """(levels,): of the loss's gradient with respect to each level's features, all in use; empty without levels."""
        tables = list(self.model.encoding.level_parameters())
        if not tables:
            return np.array([])
        gradients = torch.autograd.grad(self.model(), tables, allow_unused=True)
        return np.array([0.0 if found is None else float(found.norm()) for found in gradients])

    @torch.no_grad()
    def field(self) -> xr.Dataset:
        """The field (component, y, x) of this phase's components at every pixel."""
        values = self.network(self.model.encoding()).double().cpu().numpy() * self.misfit.scale
        shape = (len(values), len(self.grid["y"]), len(self.grid["x"]))
        coordinates = {"component": list(PHASES[self.name]), **self.grid}
        return xr.Dataset({"field": (("component", "y", "x"), values.reshape(shape))}, coordinates)

    def curves(self) -> xr.Dataset:
        """The history (epoch,): `loss` and its `excess` over the floor in I_c^2, `seconds`, `active_levels`."""
        excess = np.array(self.history.loss) * self.misfit.loss_unit
        columns = (excess + self.misfit.floor, excess, self.history.seconds, self.history.active_levels)
        return xr.Dataset(
            {name: ("epoch", np.array(values)) for name, values in zip(CURVES, columns, strict=True)}
        )

    def state(self) -> dict[str, Any]:
        """All that the field at any point follows from."""
        parts = {"encoder": self.encoder.state_dict(), "network": self.network.state_dict()}
        return {**parts, "scale": self.misfit.scale}


def train(
    problem: xr.Dataset,
    spec: Mapping[str, Mapping[str, Any]],
    training: Mapping[str, Any],
    *,
    seed: int,
    device: torch.device,
    precision: str = "float32",
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Invert `problem` by a neural field; see `training.result.Train`.

    It is trained a second time without a fold of the wavelengths, which then judge it; seeds take turns at the folds.

    Args:
        problem: see `physics.weak_field.weak_field_problem`.
        spec: `encoder` and `network`, each with `type` and parameters.
        training: the configuration's `training`.
        precision: `float32`, or `bfloat16` for the network on CUDA.

    Returns:
        `field` (component, y, x) in G, G^2, G^2, with `left_out` (fold, component, y, x); `history` (phase, epoch), see
        `Phase.curves`; `model`, the states of both models by phase; and measures.

    Raises:
        Diverged: a phase's loss is not finite.
        UserError: a specification that builds nothing, or a schedule that `epochs` is too short for.
    """
    warm_up(problem, spec, training, device, precision)
    memory = devices.memory_in_use(device)

    def trained(part: xr.Dataset, kept: Checkpoint | None, chunks: int) -> list[Phase]:
        devices.seed_everything(seed)
        phases = [Phase(part, name, spec, training, device, precision) for name in PHASES]
        for phase in phases:
            phase.model.chunks = chunks
            phase.train(kept, progress)
        return phases

    phases = with_less_memory(partial(trained, problem, checkpoint))
    outputs = _outputs(phases)
    measures = _measures(phases, outputs["history"])
    measures["peak_memory_bytes"] = devices.peak_memory(device) - memory
    if turns := problem.sizes.get("fold", 0):
        part, kept = folds.without(problem, seed % turns), checkpoint and checkpoint.part("left-out")
        left_out = _field(with_less_memory(partial(trained, part, kept)))["field"]
        outputs["field"]["left_out"] = left_out.expand_dims(fold=[seed % turns])
    return Result(outputs, measures)


def _field(phases: list[Phase]) -> xr.Dataset:
    return xr.concat([phase.field() for phase in phases], dim="component")


def _outputs(phases: list[Phase]) -> dict[str, Any]:
    curves = xr.concat([phase.curves() for phase in phases], dim="phase")
    return {
        "field": _field(phases),
        "history": curves.assign_coords(phase=list(PHASES)),
        "model": {phase.name: phase.state() for phase in phases},
    }


def _measures(phases: list[Phase], history: xr.Dataset) -> dict[str, float]:
    parameters = sum(_numbers(phase.encoder) + _numbers(phase.network) for phase in phases)
    flows = {name: value for phase in phases for name, value in phase.flow.items()}
    return {**counts(phases[0]), **convergence(history), **flows, "parameter_count": parameters}


def empty() -> Result:
    """What a run that failed leaves: no field, a history without steps and no state."""
    history = xr.Dataset({name: (("phase", "epoch"), np.empty((len(PHASES), 0))) for name in CURVES})
    history = history.assign_coords(phase=list(PHASES))
    return Result({"field": xr.Dataset(), "history": history, "model": {}})


def warm_up(
    problem: xr.Dataset,
    spec: Mapping[str, Mapping[str, Any]],
    training: Mapping[str, Any],
    device: torch.device,
    precision: str,
) -> None:
    """Run two steps of a small copy: what libraries load and compile once must not count as a method's cost."""
    small = {"base_resolution": 2, "max_resolution": 4, "table_size": 64}
    encoder = {
        key: min(value, small[key]) if key in small else value for key, value in spec["encoder"].items()
    }
    few = problem.isel(y=slice(8), x=slice(8))
    few = few.assign(training=xr.ones_like(few["training"]))
    phase = Phase(few, "b_qu", {**spec, "encoder": encoder}, training, device, precision)
    run = Run(phase.model, replace(phase.recipe, learning_rate=0.0))
    for step in (0, phase.recipe.steps - 1):
        run.advance(step)
    phase.field()


def counts(phase: Phase) -> dict[str, float]:
    """Numbers of parameters and bytes of one phase's model; the other differs by its outputs only."""
    return {**phase.encoder.sizes(), "network_count": _numbers(phase.network)}


def gradient_flow(phase: str, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    """How gradients reach the levels of a grid, from their norms by level before and after the training.

    Returns:
        `gradient_coarse_<phase>_fraction`, the share of the squared norm that the coarser half of the levels gets before
        the training; `gradient_growth_<phase>_ratio`, the whole norm after it over that before. Empty without levels.
    """
    squares = [float((norms**2).sum()) for norms in (before, after)]
    if not before.size or not squares[0]:
        return {}
    coarse = float((before[: len(before) // 2] ** 2).sum())
    return {
        f"gradient_coarse_{phase}_fraction": coarse / squares[0],
        f"gradient_growth_{phase}_ratio": (squares[1] / squares[0]) ** 0.5,
    }


def convergence(history: xr.Dataset) -> dict[str, float]:
    """Times, how soon the excess over the floor is near its end, and how steadily it falls.

    Returns:
        `steps_to_1pct_*`, the steps after which it stays within 1 % of its end, and `steps_to_10pct_*`, the first that is
        within 10 % of it; `loss_rise_*`, the share of steps that raised it, and `trend_rise_*`, that of PARTS of it
        whose mean is above that of the part before; `first_levels_count`, the levels looked up in the first step.
    """
    seconds = history["seconds"].values
    measures = {
        "train_seconds": float(seconds[:, -1].sum()),
        "step_seconds": float(np.median(np.diff(seconds, axis=1, prepend=0))),
    }
    for name, part in history.groupby("phase"):
        excess = part["excess"].values.ravel()
        away = np.flatnonzero(np.abs(excess - excess[-1]) > 0.01 * np.abs(excess[-1]))
        measures[f"steps_to_1pct_{name}_count"] = int(away[-1]) + 1 if away.size else 0
        measures[f"loss_rise_{name}_fraction"] = (
            float(np.mean(np.diff(excess) > 0)) if excess.size > 1 else 0.0
        )
        measures[f"steps_to_10pct_{name}_count"] = int(np.argmax(excess <= 1.1 * excess[-1])) + 1
        parts = [part.mean() for part in np.array_split(excess, PARTS) if part.size]
        measures[f"trend_rise_{name}_fraction"] = (
            float(np.mean(np.diff(parts) > 0)) if len(parts) > 1 else 0.0
        )
    measures["first_levels_count"] = float(history["active_levels"].values[0, 0])
    return measures


def _numbers(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
