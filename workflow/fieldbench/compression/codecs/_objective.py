"""Tables and network of one field while they train: distortion, rate and the weight between them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench.compression import training
from fieldbench.compression.codecs._grid import features_at, points
from fieldbench.compression.field import Field
from fieldbench.encoders._grid import BoundLevel, Interpolate
from fieldbench.encoders._multigrid import Level
from fieldbench.kernels.tiled_loss import plain_loss, tiled_loss
from fieldbench.training.recipe import cosine

MEASURED = 8  # steps between two looks at the file's size where it is steered
SEED_STRIDE = 1_000_003  # steps of one seed never meet those of the next


@dataclass(frozen=True)
class Fitting:
    """How a model is trained.

    Attributes:
        steps: of the training.
        learning_rate: Adam's, of the network.
        parts: learning rates of other parameters, see `Recipe`.
        last_share: see `Recipe`.
        chunk: points per step; None for all of an image, or for a sample of them where they are too many.
        rate_weight: of the mean bits per latent, at the start and at the end.
        rate_target: bits per pixel of the whole file that the rate weight is steered to; None for the schedule.
    """

    steps: int
    learning_rate: float
    parts: tuple[tuple[str, float], ...]
    last_share: float
    chunk: int | None
    rate_weight: Sequence[float] = (0.0, 0.0)
    rate_target: float | None = None


class Source(nn.Module, ABC):
    """Where the tables' values come from while a model trains.

    Attributes:
        count: numbers per level that the file holds.
    """

    count: int

    @abstractmethod
    def values(self, generator: torch.Generator) -> Tensor:
        """Features (rows of all levels, F)."""

    def set_step(self, step: int, steps: int) -> None:
        """Note which step of all comes next, counted from 0."""

    def bits(self, generator: torch.Generator) -> Tensor | None:
        """Estimated bits of what the file holds; None where training does not mind."""
        return None

    def penalty(self) -> Tensor | float:
        """What joins the loss besides distortion and rate."""
        return 0.0

    def coded_bits(self) -> float:
        """Bits that coding the present values would take."""
        return 0.0

    def unique(self) -> int | None:
        """Number of different values in the file; None where they are no whole numbers."""
        return None


S = TypeVar("S", bound=Source)


class WholeGrid(nn.Module):
    """The distortion over all samples of an image at once."""

    rows: Tensor
    target: Tensor
    weight: Tensor

    def __init__(self, field: Field, levels: Sequence[Level], device: torch.device) -> None:
        super().__init__()
        height, width = field.shape
        bound_levels = [BoundLevel(level, (height, width), device) for level in levels]
        self.bound = nn.ModuleList(bound_levels)
        starts = np.cumsum([0, *(level.rows for level in levels)])
        rows = [bound.rows + int(start) for bound, start in zip(bound_levels, starts, strict=False)]
        self.sizes = [len(part) for part in rows]
        channels = len(field.values)
        share = field.known.reshape(1, -1) / np.float32(int(field.known.sum()) * channels)
        self.register_buffer("rows", torch.cat(rows), persistent=False)
        self.register_buffer("target", torch.from_numpy(normalised(field)), persistent=False)
        self.register_buffer("weight", torch.from_numpy(share).repeat(channels, 1), persistent=False)

    def forward(self, values: Tensor, network: nn.Module, _generator: torch.Generator) -> Tensor:
        """MSE in units of peak^2 with table `values` (rows, F)."""
        parts = values.index_select(0, self.rows).T.contiguous().split(self.sizes, dim=1)
        features = Interpolate.apply(list(self.bound), *(part.contiguous() for part in parts))
        return quadratic(network, features.flatten(2).flatten(0, 1), self.weight, self.target)


class SampledPoints(nn.Module):
    """The distortion over `chunk` known samples, drawn anew at each step: memory does not grow with the field."""

    known: Tensor | None
    samples: Tensor
    offset: Tensor

    def __init__(self, field: Field, levels: Sequence[Level], chunk: int) -> None:
        super().__init__()
        self.shape, self.levels, self.chunk, self.peak = field.shape, list(levels), chunk, field.peak
        self.count = int(field.known.sum())
        known = None if field.known.all() else torch.from_numpy(np.flatnonzero(field.known))
        samples = torch.from_numpy(field.values.reshape(len(field.values), -1))
        self.register_buffer("known", known, persistent=False)
        self.register_buffer("samples", samples, persistent=False)
        self.register_buffer("offset", torch.from_numpy(offsets(field)), persistent=False)

    def forward(self, values: Tensor, network: nn.Module, generator: torch.Generator) -> Tensor:
        """As `WholeGrid.forward`, over a random sample."""
        index = torch.randint(self.count, (self.chunk,), generator=generator, device=values.device)
        index = index if self.known is None else self.known[index]
        target = ((self.samples[:, index] - self.offset[:, None]) / self.peak).float()
        features = features_at(values, points(index, self.shape), self.levels)
        return quadratic(network, features, torch.full_like(target, 1 / target.numel()), target)


class Model(training.Fitted, Generic[S]):
    """Tables and network of one field with their loss: an `Objective` for `loop.fit`.

    Args:
        view: the distortion, `WholeGrid` or `SampledPoints`.
        pixels: samples of space.
        overhead: bits of the file besides the tables.
    """

    source: S
    base: Tensor

    def __init__(
        self,
        source: S,
        network: nn.Module,
        view: nn.Module,
        fitting: Fitting,
        *,
        pixels: int,
        seed: int,
        overhead: float,
    ) -> None:
        super().__init__()
        self.source, self.network, self.view, self.fitting = source, network, view, fitting
        self.pixels, self.seed, self.overhead, self.step = pixels, seed, overhead, 0
        weight = torch.tensor(float(fitting.rate_weight[0]), dtype=torch.float64)
        self.register_buffer("weight", weight)
        self.register_buffer("base", weight.clone())
        self.register_buffer("rates", torch.zeros(fitting.steps))
        self.register_buffer("distortions", torch.zeros(fitting.steps))

    def set_progress(self, fraction: float) -> None:
        """See `Objective`; the step decides temperature, rate weight and all random numbers."""
        target = self.fitting.rate_target
        self.step = round(fraction * self.fitting.steps)
        self.source.set_step(self.step, self.fitting.steps)
        if target is None:
            self.weight.fill_(cosine(fraction, *self.fitting.rate_weight))
        elif self.step % MEASURED == 0:
            bits = self.source.coded_bits() + self.overhead
            weight, base = training.steered(float(self.base), bits, target * self.pixels, MEASURED)
            self.weight.fill_(weight)
            self.base.fill_(base)

    def forward(self) -> Tensor:
        generator = torch.Generator(self.rates.device).manual_seed(self.seed * SEED_STRIDE + self.step)
        distortion = self.view(self.source.values(generator), self.network, generator)
        bits = self.source.bits(generator)
        self.distortions[self.step] = distortion.detach()
        if bits is None:
            self.rates[self.step] = (self.overhead + self.source.coded_bits()) / self.pixels
            return distortion
        self.rates[self.step] = (bits.detach() + self.overhead) / self.pixels
        return distortion + float(self.weight) / self.source.count * bits + self.source.penalty()


def normalised(field: Field) -> np.ndarray:
    """(C, N) values less the channels' offsets in units of peak, float32."""
    flat = field.values.reshape(len(field.values), -1)
    return ((flat - offsets(field)[:, None]) / field.peak).astype(np.float32)


def offsets(field: Field) -> np.ndarray:
    """(C,) float64: 0 for data with levels, which lie in [0, 1]; else the known values' mean, to six digits."""
    if field.levels:
        return np.zeros(len(field.values))
    means = field.values[:, field.known].mean(axis=1, dtype=np.float64)
    return np.array([float(f"{mean:.6g}") for mean in means])


def quadratic(network: nn.Module, features: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    """Sum of weight (network(features) - target)^2, tile by tile on a CPU."""
    loss = tiled_loss if features.device.type == "cpu" else plain_loss
    return loss(network, features, weight, target)
