"""A network that rebuilds fields from observations: its training on generated batches, and its predictions."""

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, cast

import numpy as np
import torch
from scipy.stats import norm, t
from torch import Tensor, nn

from fieldbench import devices, registry
from fieldbench.errors import Unsuitable, UserError
from fieldbench.sparse import flow, gridded, places, score
from fieldbench.sparse.batches import Batches, Draw, scale_of, tensor
from fieldbench.sparse.measured import costs, history
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import CLOUDS, Observations, Problem
from fieldbench.sparse.spec import CLOSED_FORM, GRIDDED, Spec
from fieldbench.sparse.techniques import frequency_loss, reflow
from fieldbench.sparse.techniques.average import Average, decay
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import History, Progress, fit_phase
from fieldbench.training.recipe import Recipe
from fieldbench.training.result import Result

OUT_DIM = 1
SMALLEST_SPREAD = 1e-3  # of a flow's start, in the fields' standard deviation
TOGETHER = 16  # fields that are predicted at a time

Training = Mapping[str, Any]  # steps, batch, queries, learning_rate


class Encoder(Protocol):
    """A network that keeps what it needs to know of observations, for any number of queries."""

    def encode(self, position: Tensor, values: Tensor) -> Any: ...


class Model(nn.Module):
    """A network with what it needs to know of the data.

    Args:
        problem: positions, unit and range of the training fields.
        spec: the method.
        prior: the classical method that a flow starts from, or None.
    """

    position: Tensor

    def __init__(self, problem: Problem, spec: Spec, prior: Any = None) -> None:
        super().__init__()
        self.spec, self.prior = spec, prior
        self.scale = scale_of(problem, spec)
        self.range = (0.0, 1.0) if spec.clamp == "unit" else (problem.train.min(), problem.train.max())
        # Plane waves know no sphere: the closed form of them sees a map.
        where = problem.position if spec.backbone["type"] == CLOSED_FORM else places.seen(problem)
        self.network = build_network(spec, places.nyquist(where), where.shape[1])
        self.register_buffer("position", torch.from_numpy(where).float(), persistent=False)

    def encode(self, index: Tensor, values: Tensor) -> Any:
        """What the network keeps of normalised `values` (B, O) at points `index` (B, O)."""
        return cast(Encoder, self.network).encode(self.position[index], values)

    def velocity(self, memory: Any, query: Tensor, start: flow.Start) -> flow.Velocity:
        """The flow's velocity at the points `query` (B or 1, Q)."""

        def velocity(state: Tensor, time: Tensor, last: Tensor) -> Tensor:
            channels = [state]
            if self.spec.self_conditioning:
                channels.append(last)
            if self.prior is not None:
                channels += [start.centre, start.spread]
            return self.network(memory, self.position[query], torch.stack(channels, -1), time)[..., 0]

        return velocity

    def mean(self, memory: Any, query: Tensor) -> Tensor:
        """The field (B, Q), where the network predicts it."""
        return self.network(memory, self.position[query])[..., 0]

    def start(self, seen: Observations, query: np.ndarray) -> flow.Start:
        """Where paths to fields with these observations (data's unit) start, at `query` (B or 1, Q)."""
        device = self.position.device
        if self.prior is None:
            return flow.white(torch.empty(len(seen), query.shape[1], device=device))
        found = self.prior.reconstruct(seen)
        spread = np.maximum(found.spread / self.scale.spread, SMALLEST_SPREAD).astype(np.float32)
        parts = (self.scale.normalise(found.mean), spread)
        return flow.Start(*(tensor(np.take_along_axis(part, query, 1), device) for part in parts))

    def integrate(
        self, velocity: flow.Velocity, start: Tensor, steps: int, generator: torch.Generator
    ) -> Tensor:
        """The end (B, Q) of the flow by the sampler of the specification."""
        if self.spec.sampler == "fresh-noise":
            return flow.fresh_noise(velocity, start, steps, generator)
        return flow.heun(velocity, self.spec.path, start, steps)

    def finish(self, values: np.ndarray) -> np.ndarray:
        """Normalised values in the data's unit, clamped as specified."""
        restored = self.scale.restore(values)
        return restored if self.spec.clamp == "none" else restored.clip(*self.range)


def build_network(spec: Spec, limit: float, in_dim: int = 2) -> nn.Module:
    """The network of `spec` for positions of `in_dim` coordinates with frequencies up to `limit`, in cycles per unit.

    Raises:
        UserError: unknown type or parameter, or a flow with a backbone that only predicts means.
    """
    if spec.gridded:
        return gridded.build_network(spec)
    sizes = {key: value for key, value in spec.backbone.items() if key != "type"}
    kind = spec.backbone["type"]
    if kind == CLOSED_FORM:
        if spec.flows:
            raise UserError(
                f"Backbone '{kind}' predicts means: its objective is 'mean', not '{spec.objective}'."
            )
        return registry.build("networks", kind, in_dim, OUT_DIM, nyquist=limit, **sizes)
    shared = {
        "channels": spec.flows + spec.self_conditioning + 2 * (spec.prior is not None),
        "time": spec.time if spec.flows else "none",
        "direct": spec.query_path == "direct",
        "joint": spec.reading == "joint",
        "near": spec.near,
        "fourier_scale": spec.fourier_scale,
        "learnable": spec.learnable_frequencies,
        "multi_scale": spec.multi_scale,
        "drop": spec.drop,
    }
    if kind == "mamba":
        shared["state_space"] = spec.state_space
    else:
        shared["dropout"] = spec.dropout
    return registry.build("networks", kind, in_dim, OUT_DIM, nyquist=limit, **shared, **sizes)


class Learning(nn.Module):
    """A model with its batches and losses: a training `Objective`.

    Args:
        model: what is trained.
        fields: (F, P) in the data's unit.
        batches: draws from them.
        steps: of the training.
        teacher: the first flow, whose pairs of start and sample a reflow learns from.
    """

    active_levels = 0
    floor = 0.0

    def __init__(
        self, model: Model, fields: np.ndarray, batches: Batches, steps: int, teacher: Model | None = None
    ) -> None:
        super().__init__()
        self.model, self.batches, self.steps = model, batches, steps
        self.held = [teacher]  # in a list: its parameters are not trained
        self.fields = fields
        digest = hashlib.sha256(np.ascontiguousarray(fields).tobytes()).digest()
        self.register_buffer("data", torch.frombuffer(bytearray(digest), dtype=torch.uint8))
        self.average = Average(model.network) if model.spec.average_fraction else None
        self.step = 0

    def set_progress(self, fraction: float) -> None:
        """Draw the batch of the next step."""
        self.step = round(fraction * self.steps)
        self._follow()
        torch.manual_seed(self.batches.seed + 1_000_003 * self.step)  # of stochastic depth

    def complete(self) -> None:
        """Put the average, if there is one, into the network."""
        self.step = self.steps
        self._follow()
        if self.average is not None:
            self.average.hand_over(self.model.network)

    def _follow(self) -> None:
        if self.average is not None and self.step > 0:
            kept = decay(self.step - 1, self.steps, self.model.spec.average_fraction)
            self.average.update(self.model.network, kept)

    def forward(self) -> Tensor:
        """The loss of the step's batch."""
        draw = self.batches.draw(self.step)
        spec, device = self.model.spec, self.model.position.device
        fields = self.fields[draw.field]
        error = self.batches.problem.noise
        values = np.take_along_axis(fields, draw.observed, 1) + (error * draw.measurement).astype(np.float32)
        target = tensor(self.model.scale.normalise(np.take_along_axis(fields, draw.query, 1)), device)
        observed = tensor(draw.observed, device), tensor(self.model.scale.normalise(values), device)
        memory, query = self.model.encode(*observed), tensor(draw.query, device)
        more: Tensor | float = 0.0
        if not spec.flows:
            residual = self.model.mean(memory, query) - target
        else:
            seen = Observations(draw.observed, values, np.full(values.shape, error))
            start = self.model.start(seen, draw.query)
            velocity = self.model.velocity(memory, query, start)
            residual, more = self._flow(draw, velocity, start, target, observed)
        residual = residual * tensor(draw.weight, device)
        if spec.spectral:
            more = more + spec.spectral * frequency_loss.loss(residual, self.batches.grid_shape)
        return residual.square().mean() + more

    def _flow(
        self,
        draw: Draw,
        velocity: flow.Velocity,
        start: flow.Start,
        end: Tensor,
        observed: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Tensor | float]:
        """The velocity's residual (B, Q), and further losses."""
        spec, device = self.model.spec, end.device
        noise, fresh, time, earlier, shown = (
            tensor(part, device) for part in (draw.start, draw.fresh, draw.time, draw.earlier, draw.shown)
        )
        begin = start.draw(noise)
        if (teacher := self.held[0]) is not None:
            begin, end = _couple(teacher, start, begin, observed, tensor(draw.query, device))
        residual = flow.residual(
            velocity, spec.path, begin, end, time, shown if spec.self_conditioning else None
        )
        if not spec.consistency:
            return residual, 0.0
        times = torch.stack([time, earlier])
        weight = tensor(draw.weight, device)
        more = flow.consistency_loss(velocity, spec.path, start, (noise, fresh), end, times, weight)
        return residual, spec.consistency * more


def _couple(
    teacher: Model, start: flow.Start, begin: Tensor, observed: tuple[Tensor, Tensor], query: Tensor
) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        velocity = teacher.velocity(teacher.encode(*observed), query, start)
    return reflow.couple(partial(flow.heun, velocity, teacher.spec.path), begin)


def train(
    problem: Problem,
    spec: Spec,
    training: Training,
    *,
    seed: int,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Train one method; see `training.result.Train`.

    Args:
        problem: its training fields, mask, noise and number of observations.
        spec: the method.
        training: `steps`, `batch` fields per step, `queries` per field, and `learning_rate`.

    Returns:
        `model`, its `history` (step) of `loss`, `seconds` and `phase`, and measures.

    Raises:
        Diverged: the loss is not finite.
        Unsuitable: a series with gaps, or a globe where the network knows planes only.
        UserError: a specification that builds nothing.
    """
    memory = devices.memory_in_use(device)
    kind = spec.backbone["type"]
    if problem.mask == CLOUDS:
        raise Unsuitable(
            f"'{kind}' learns from whole fields, and this series has gaps: use {' or '.join(GRIDDED)}."
        )
    if kind == CLOSED_FORM and places.closes(problem):
        raise Unsuitable(
            f"'{kind}' is made of plane waves, and this field goes round the globe: use another network."
        )
    fields, prior = _fields_and_prior(problem, spec)
    devices.seed_everything(seed)
    model = Model(problem, spec, prior).to(device)
    histories: dict[str, History] = {}
    for number, (phase, recipe) in enumerate(_recipes(spec, training).items()):
        teacher = deepcopy(model).eval() if phase == "reflow" else None
        if teacher is not None:
            model.spec = replace(spec, path="linear", consistency=0.0)
        batches = Batches(problem, spec, len(fields), training["batch"], training["queries"], seed + number)
        learning = Learning(model, fields, batches, recipe.steps, teacher).to(device).train()
        histories[phase] = fit_phase(phase, learning, recipe, checkpoint, progress)
        learning.complete()
    measures = costs(model.network, histories, devices.peak_memory(device) - memory)
    return Result({"model": model.eval(), "history": history(histories)}, measures)


def _recipes(spec: Spec, training: Training) -> dict[str, Recipe]:
    """How each phase trains: the first, and a reflow if there is one."""
    steps = {"flow" if spec.flows else "mean": round(training["steps"] * (1 - spec.reflow))}
    if spec.reflow:
        steps["reflow"] = training["steps"] - steps["flow"]
    return {
        phase: Recipe(
            steps=count,
            learning_rate=training["learning_rate"],
            warm_up_fraction=spec.warm_up_fraction,
            longest_gradient=spec.longest_gradient,
        )
        for phase, count in steps.items()
    }


def _fields_and_prior(problem: Problem, spec: Spec) -> tuple[np.ndarray, Any]:
    """The network's training fields, and the method that a flow starts from: it must not have seen those fields."""
    if spec.prior is None:
        return problem.train, None
    half = len(problem.train) // 2
    seen = replace(problem, train=problem.train[:half])
    options = spec.prior.get("with", {})
    return problem.train[half:], registry.build("sparse/methods", spec.prior["type"], seen, **options)


@torch.no_grad()
def predict(
    model: Model | gridded.GriddedModel, seen: Observations, samples: int | None = None, seed: int = 0
) -> tuple[Prediction, np.ndarray | None]:
    """Whole fields from observations.

    Args:
        seen: of F fields.
        samples: of a flow; None for the number that the specification says.
        seed: of the samples' starts.

    Returns:
        Mean and, from at least two samples, spread (F, P); and the samples (K, F, P), None for a network that
        predicts means.
    """
    if isinstance(model, gridded.GriddedModel):
        return Prediction(model.predict(seen)), None
    device = model.position.device
    generator = torch.Generator(device).manual_seed(seed)
    count = samples or model.spec.samples
    found = []
    for few in _alike(seen):
        memory = model.encode(tensor(few.index, device), tensor(model.scale.normalise(few.values), device))
        if model.spec.flows:
            found.append(_sample(model, memory, few, count, generator))
        else:
            query = torch.arange(len(model.position), device=device)[None]
            found.append(model.mean(memory, query)[None])
    fields = model.finish(torch.cat(found, 1).double().cpu().numpy())
    if not model.spec.flows:
        return Prediction(fields[0]), None
    return Prediction(fields.mean(0), spread_of(fields) if count > 1 else None), fields


def spread_of(samples: np.ndarray) -> np.ndarray:
    """The standard deviation (F, P) of one more draw about the mean of `samples` (K, F, P), for normal intervals.

    K draws tell their mean and variance only so well: one more follows Student's t with K - 1 degrees of freedom about that
    mean, (1 + 1 / K) times as wide in variance. Of the normal distribution the interval that judges coverage is as long.
    """
    count = len(samples)
    end = 0.5 + score.COVERED / 2
    longer = t.ppf(end, count - 1) / norm.ppf(end)
    return samples.std(0, ddof=1) * np.sqrt(1 + 1 / count) * longer


def _alike(seen: Observations) -> Iterator[Observations]:
    """The fields in their order, a few at a time, which have equally many observations."""
    counts = (seen.index >= 0).sum(1)
    ends = np.flatnonzero(np.diff(counts)) + 1
    for part in np.split(np.arange(len(seen)), ends):
        for begin in range(0, len(part), TOGETHER):
            few = seen[part[begin : begin + TOGETHER]]
            fields = list(few)
            yield Observations(
                *(
                    np.stack([getattr(field, name) for field in fields])
                    for name in ("index", "values", "error")
                )
            )


def _sample(model: Model, memory: Any, seen: Observations, count: int, generator: torch.Generator) -> Tensor:
    """Samples (count, B, P)."""
    points = np.arange(len(model.position))[None]
    start = model.start(seen, points)
    velocity = model.velocity(memory, tensor(points, model.position.device), start)
    samples = []
    for _ in range(count):
        noise = torch.randn(start.centre.shape, generator=generator, device=start.centre.device)
        samples.append(model.integrate(velocity, start.draw(noise), model.spec.sampler_steps, generator))
    return torch.stack(samples)
