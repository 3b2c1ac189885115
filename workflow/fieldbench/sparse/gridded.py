"""A convolutional network that fills the gaps of a series, trained on that series with clouds of other times added.

It sees the observations of a time and of its neighbours as images, values beside where they are; the loss is taken where
added clouds hide what is known.

Source: Barth, Alvera-Azcarate, Licer and Beckers 2020, Geosci. Model Dev. 13, 1609 (DINCAE).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench import devices, registry
from fieldbench.errors import Unsuitable
from fieldbench.sparse.batches import scale_of, tensor
from fieldbench.sparse.measured import costs, history
from fieldbench.sparse.places import closes
from fieldbench.sparse.problem import CLOUDS, Observations, Problem
from fieldbench.sparse.spec import Spec
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import Progress, fit_phase
from fieldbench.training.recipe import Recipe
from fieldbench.training.result import Result

NEIGHBOURS = (-1, 0, 1)  # times that are seen beside one another
PLACES = 3  # channels that say where a pixel lies
IN_DIM = 2 * len(NEIGHBOURS) + PLACES
TOGETHER = 8  # fields that are predicted at a time


def build_network(spec: Spec, *, periodic: bool = False) -> nn.Module:
    """The network of `spec`.

    Raises:
        UserError: unknown type or parameter.
    """
    sizes = {key: value for key, value in spec.backbone.items() if key != "type"}
    return registry.build("networks", spec.backbone["type"], IN_DIM, 1, periodic=periodic, **sizes)


class GriddedModel(nn.Module):
    """A network with the grid and the unit that it was made for.

    Args:
        problem: points, and the values to learn from.
        spec: the method.
    """

    places: Tensor

    def __init__(self, problem: Problem, spec: Spec) -> None:
        super().__init__()
        self.spec, self.scale = spec, scale_of(problem, spec)
        self.shape, self.row, self.column = problem.shape, problem.row, problem.column
        self.network = build_network(spec, periodic=closes(problem))
        places = np.zeros((PLACES, *problem.shape), dtype=np.float32)
        places[: problem.coordinates.shape[1], problem.row, problem.column] = problem.coordinates.T
        self.register_buffer("places", torch.from_numpy(places), persistent=False)

    def images(self, fields: np.ndarray) -> Tensor:
        """Images (F, 2, rows, columns) of fields (F, P) in the data's unit: values, and where these are known."""
        known = ~np.isnan(fields)
        images = np.zeros((len(fields), 2, *self.shape), dtype=np.float32)
        images[:, 0, self.row, self.column] = np.where(known, self.scale.normalise(fields), 0)
        images[:, 1, self.row, self.column] = known
        return torch.from_numpy(images)

    def forward(self, images: Tensor) -> Tensor:
        """Normalised fields (B, P) from what is seen at every one of `NEIGHBOURS`, (B, 2 * times, rows, columns)."""
        places = self.places.expand(len(images), *self.places.shape)
        return self.network(torch.cat([images, places], 1))[:, 0, self.row, self.column]

    @torch.no_grad()
    def predict(self, seen: Observations) -> np.ndarray:
        """Whole fields (F, P) in the data's unit, in the order of their times."""
        images = self.images(seen.on_points(len(self.row)))
        parts = [
            self(beside(images, np.arange(begin, min(begin + TOGETHER, len(seen)))).to(self.places.device))
            for begin in range(0, len(seen), TOGETHER)
        ]
        return self.scale.restore(torch.cat(parts).double().cpu().numpy())


def beside(images: Tensor, fields: np.ndarray) -> Tensor:
    """The images (B, 2 * times, rows, columns) of the times about each of `fields` (B,); beyond the ends nothing is seen."""
    parts = []
    for lag in NEIGHBOURS:
        there = (fields + lag >= 0) & (fields + lag < len(images))
        part = images[np.clip(fields + lag, 0, len(images) - 1)]
        parts.append(part * torch.from_numpy(there)[:, None, None, None])
    return torch.cat(parts, 1)


class Filling(nn.Module):
    """A model with its batches: a training `Objective`.

    Args:
        model: what is trained.
        problem: `train` is learned from.
        steps: of the training.
        batch: fields of a step.
        seed: of which fields and clouds.
    """

    active_levels = 0
    floor = 0.0
    series: Tensor

    def __init__(self, model: GriddedModel, problem: Problem, steps: int, batch: int, seed: int) -> None:
        super().__init__()
        self.model, self.steps, self.batch, self.seed = model, steps, batch, seed
        self.known = ~np.isnan(problem.train)
        self.register_buffer("series", model.images(problem.train))
        self.step = 0

    def set_progress(self, fraction: float) -> None:
        """Which step comes next."""
        self.step = round(fraction * self.steps)

    def forward(self) -> Tensor:
        """The mean squared error of the step's batch, under clouds that two other times have in common."""
        rng = np.random.default_rng([self.seed, self.step])
        fields = rng.integers(len(self.known), size=self.batch)
        clouds = ~self.known[rng.integers(len(self.known), size=(2, self.batch))].any(0)
        hidden = self.known[fields] & clouds
        left = torch.ones(self.batch, *self.model.shape)
        left[:, self.model.row, self.model.column] = torch.from_numpy(~hidden).float()
        device = self.series.device
        seen = beside(self.series, fields)
        own = slice(2 * NEIGHBOURS.index(0), 2 * NEIGHBOURS.index(0) + 2)
        seen[:, own] = seen[:, own] * left[:, None].to(device)
        target = self.series[fields, 0][:, self.model.row, self.model.column]
        judged = tensor(hidden, device)
        squared = (self.model(seen) - target).square() * judged
        return squared.sum() / judged.sum().clamp(min=1)


def train(
    problem: Problem,
    spec: Spec,
    training: Mapping[str, Any],
    *,
    seed: int,
    device: torch.device,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Result:
    """Train one method; see `training.result.Train` and, for arguments and result, `neural.train`.

    Raises:
        Diverged: the loss is not finite.
        Unsuitable: fields without gaps.
    """
    if problem.mask != CLOUDS:
        kind = spec.backbone["type"]
        raise Unsuitable(f"'{kind}' fills the gaps of a series, and this task has none: use another network.")
    memory = devices.memory_in_use(device)
    devices.seed_everything(seed)
    model = GriddedModel(problem, spec).to(device)
    recipe = Recipe(
        steps=training["steps"],
        learning_rate=training["learning_rate"],
        warm_up_fraction=spec.warm_up_fraction,
        longest_gradient=spec.longest_gradient,
    )
    learning = Filling(model, problem, recipe.steps, training["batch"], seed).to(device).train()
    histories = {"mean": fit_phase("mean", learning, recipe, checkpoint, progress)}
    measures = costs(model.network, histories, devices.peak_memory(device) - memory)
    return Result({"model": model.eval(), "history": history(histories)}, measures)
