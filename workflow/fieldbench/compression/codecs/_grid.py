"""What the codecs with multi-resolution tables share: tables and a small network fitted to one field, and back.

Source: Müller et al. 2022 (Instant-NGP), section 3; Girish et al. 2023 (SHACIRA), section 3. Level l has
1 + floor(base b^l) lattice points per axis, which span the domain, and at most 2^table_size rows. Lattices that exceed
their table are hashed with the multipliers of `fieldbench.encoders`: which rows collide is as arbitrary as with others.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench import devices
from fieldbench.compression import container, training
from fieldbench.compression.codec import (
    Encoded,
    Progress,
    describe,
    failure_signatures,
    field_from,
    mask_section,
)
from fieldbench.compression.field import Field
from fieldbench.encoders._base import axis_coordinates
from fieldbench.encoders._grid import BoundLevel, Interpolate
from fieldbench.encoders._multigrid import Level, look_up_all, resolutions
from fieldbench.errors import UserError
from fieldbench.kernels.tiled_loss import plain_loss, tiled_loss
from fieldbench.networks.mlp import MLP
from fieldbench.training.checkpoint import Checkpoint
from fieldbench.training.loop import fit
from fieldbench.training.recipe import Recipe, cosine

FULL = 2**28  # features of all samples; with more, or in three dimensions, each step takes a sample of points
CHUNK = 131_072  # points of such a step
DECODED = 32_768  # points that are decoded at a time
MEASURED = 8  # steps between two looks at the file's size where it is steered
SEED_STRIDE = 1_000_003  # steps of one seed never meet those of the next


@dataclass(frozen=True)
class Grid:
    """The shape of tables and network.

    Attributes:
        levels, base_resolution: as of `resolutions`.
        max_resolution: the finest level's; None for as many as the longest axis has samples.
        table_size: binary logarithm of a table's largest number of rows.
        features: F, per lattice point.
        hidden, hidden_layers: of the network.
    """

    levels: int
    base_resolution: int
    max_resolution: int | None
    table_size: int
    features: int
    hidden: int
    hidden_layers: int

    def tables(self, shape: Sequence[int]) -> list[Level]:
        """The levels over a field of this shape."""
        rows, dimensions = 2**self.table_size, len(shape)
        finest = self.max_resolution or max(self.base_resolution, *shape)
        sides = [1 + side for side in resolutions(self.base_resolution, finest, self.levels)]
        return [
            Level(side, min(side**dimensions, rows), side**dimensions > rows, "aligned", "linear")
            for side in sides
        ]

    def network(self, channels: int) -> "ReluMLP":
        """The network from the features of all levels to the field's channels."""
        return ReluMLP(self.levels * self.features, channels, self.hidden, self.hidden_layers)

    def multiply_adds(self, shape: tuple[int, ...], channels: int) -> int:
        """Multiplications that decoding one sample takes: interpolation of every level, and the network."""
        widths = [self.levels * self.features, *[self.hidden] * self.hidden_layers, channels]
        network = sum(one * other for one, other in pairwise(widths))
        return self.levels * 2 ** len(shape) * (self.features + 1) + network


class ReluMLP(MLP):
    """The multi-layer perceptron of both papers, with rectified linear units."""

    def activation(self, z: Tensor) -> Tensor:
        return torch.relu(z)

    def activate(self, z: Tensor, value: Tensor) -> None:
        torch.clamp(z, min=0, out=value)
        torch.sign(value, out=z)


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


class WholeGrid(nn.Module):
    """The distortion over all samples of an image at once."""

    def __init__(
        self, field: Field, offset: np.ndarray, levels: Sequence[Level], device: torch.device
    ) -> None:
        super().__init__()
        self.bound = nn.ModuleList(BoundLevel(level, field.shape, device) for level in levels)
        starts = np.cumsum([0, *(level.rows for level in levels)])
        rows = [bound.rows + int(start) for bound, start in zip(self.bound, starts, strict=False)]
        self.sizes = [len(part) for part in rows]
        count = int(field.known.sum()) * len(field.values)
        weight = torch.from_numpy(field.known.reshape(1, -1) / np.float32(count)).repeat(len(field.values), 1)
        self._keep("rows", torch.cat(rows), device)
        self._keep("target", torch.from_numpy(normalised(field, offset)), device)
        self._keep("weight", weight, device)

    def _keep(self, name: str, value: Tensor, device: torch.device) -> None:
        self.register_buffer(name, value.to(device), persistent=False)

    def forward(self, values: Tensor, network: nn.Module, _generator: torch.Generator) -> Tensor:
        """MSE in units of peak^2 with table `values` (rows, F)."""
        parts = values.index_select(0, self.rows).T.contiguous().split(self.sizes, dim=1)
        features = (
            Interpolate.apply(list(self.bound), *(part.contiguous() for part in parts))
            .flatten(2)
            .flatten(0, 1)
        )
        return quadratic(network, features, self.weight, self.target)


class SampledPoints(nn.Module):
    """The distortion over known samples that are drawn anew at each step: memory does not grow with the field."""

    def __init__(
        self, field: Field, offset: np.ndarray, levels: Sequence[Level], device: torch.device, chunk: int
    ) -> None:
        super().__init__()
        self.shape, self.levels, self.chunk, self.peak = field.shape, list(levels), chunk, field.peak
        self.count = int(field.known.sum())
        known = None if field.known.all() else torch.from_numpy(np.flatnonzero(field.known)).to(device)
        self.register_buffer("known", known, persistent=False)
        samples = torch.from_numpy(field.values.reshape(len(field.values), -1))
        self.register_buffer("samples", samples.to(device), persistent=False)
        self.register_buffer("offset", torch.from_numpy(offset).to(device), persistent=False)

    def forward(self, values: Tensor, network: nn.Module, generator: torch.Generator) -> Tensor:
        """As `WholeGrid.forward`, over a random sample."""
        index = torch.randint(self.count, (self.chunk,), generator=generator, device=values.device)
        index = index if self.known is None else self.known[index]
        target = ((self.samples[:, index] - self.offset[:, None]) / self.peak).float()
        features = features_at(values, points(index, self.shape), self.levels)
        return quadratic(network, features, torch.full_like(target, 1 / target.numel()), target)


class Model(nn.Module):
    """Tables and network of one field with their loss: an `Objective` for `loop.fit`.

    Args:
        view: the distortion, `WholeGrid` or `SampledPoints`.
        weight: rate weight per bit of each latent, at the start and at the end.
        target: bits per pixel of the whole file that the rate weight is steered to; None for the schedule.
        overhead: bits of the file besides the tables.
    """

    active_levels = 0
    floor = 0.0

    def __init__(
        self,
        source: Source,
        network: nn.Module,
        view: nn.Module,
        *,
        pixels: int,
        steps: int,
        seed: int,
        weight: Sequence[float] = (0.0, 0.0),
        target: float | None = None,
        overhead: float = 0.0,
    ) -> None:
        super().__init__()
        self.source, self.network, self.view = source, network, view
        self.pixels, self.steps, self.seed, self.target, self.overhead = pixels, steps, seed, target, overhead
        self.schedule = tuple(weight)
        self.step, self.rate = 0, 1.0
        self.register_buffer("weight", torch.tensor(float(weight[0]), dtype=torch.float64))
        self.register_buffer("base", self.weight.clone())
        self.register_buffer("rates", torch.zeros(steps))
        self.register_buffer("distortions", torch.zeros(steps))

    def set_progress(self, fraction: float) -> None:
        """See `Objective`; the step decides temperature, rate weight and all random numbers."""
        self.step = round(fraction * self.steps)
        self.source.set_step(self.step, self.steps)
        if self.target is None:
            self.weight.fill_(cosine(fraction, *self.schedule))
        elif self.step % MEASURED == 0:
            bits = self.source.coded_bits() + self.overhead
            weight, base = training.steered(float(self.base), bits, self.target * self.pixels, MEASURED)
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


class GridCodec(ABC):
    """Training and evaluation that the codecs share; they differ in `source`, `write` and `tables`.

    Args:
        codec: the codec's type.
        grid: shape of tables and network.
        steps: of the training.
        learning_rate: of the network.
        parts: learning rates of other parameters, see `Recipe`.
        last_share: see `Recipe`.
        chunk: points per step; None for all of an image, or for `CHUNK` where they are too many.
        rate_weight, rate_target: see `Model`.
    """

    def __init__(
        self,
        codec: str,
        grid: Grid,
        *,
        steps: int,
        learning_rate: float,
        parts: tuple[tuple[str, float], ...],
        last_share: float,
        chunk: int | None,
        rate_weight: Sequence[float] = (0.0, 0.0),
        rate_target: float | None = None,
    ) -> None:
        self.codec, self.grid, self.steps, self.chunk = codec, grid, steps, chunk
        self.learning_rate, self.parts, self.last_share = learning_rate, parts, last_share
        self.rate_weight, self.rate_target = rate_weight, rate_target

    @abstractmethod
    def source(self, levels: Sequence[Level]) -> Source:
        """Fresh values of all tables."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Header entries that decoding needs besides the grid."""

    @abstractmethod
    def write(
        self, model: Model, levels: Sequence[Level], cost: Callable[..., float]
    ) -> tuple[dict[str, bytes], dict[str, float]]:
        """The sections `latents` and `networks` of the trained model, and measures of them.

        Args:
            cost: from the tables' values and a network to the MSE in units of peak^2, on a sample of points.
        """

    @abstractmethod
    def read(
        self, header: dict[str, Any], sections: dict[str, bytes], sizes: list[int], network: nn.Module
    ) -> Tensor:
        """Features (rows of all levels, F) from the file; sets the network's parameters."""

    @abstractmethod
    def overhead_bits(self, source: Source, network: nn.Module) -> float:
        """Bits of the file, as foreseen, besides header, mask, and what `Source.coded_bits` counts."""

    def encode(
        self,
        field: Field,
        *,
        seed: int,
        device: torch.device,
        checkpoint: Checkpoint | None = None,
        progress: Progress | None = None,
    ) -> Encoded:
        """Fit the model to `field` and write it; see `fieldbench.compression.codec.Codec`.

        Raises:
            Diverged: the loss is not finite.
            UserError: options that build nothing, or a rate target that the network alone exceeds.
        """
        memory = devices.memory_in_use(device)  # before the warm-up, which already holds all tables
        self._warm_up(field, device)
        model = self.model(field, seed, device)
        self._check_target(model)
        recipe = Recipe(
            steps=self.steps,
            learning_rate=self.learning_rate,
            parts=self.parts,
            last_share=self.last_share,
            fingerprint=training.fingerprint(field, asdict(self.grid), self.options(), self._how(), seed),
        )
        history = fit(model, recipe, checkpoint, progress)
        curves = training.curves(history, model.distortions.cpu().numpy(), model.rates.cpu().numpy())
        model = model.cpu()
        sections, measures = self.write(model, self.grid.tables(field.shape), self._cost(field))
        data = container.pack(self._header(field), {**sections, **mask_section(field)})
        parameters = sum(parameter.numel() for parameter in model.parameters())
        return Encoded(
            data,
            curves,
            {
                **training.times(curves),
                "peak_memory_bytes": devices.peak_memory(device) - memory,
                "parameter_count": parameters,
                "latent_count": model.source.count,
                **{f"{name}_bytes": size for name, size in container.part_sizes(data).items()},
                **measures,
                "multiply_adds_count": self.grid.multiply_adds(field.shape, len(field.values)),
                "lambda_per_latent_ratio": float(model.weight),
                "lambda_per_pixel_ratio": float(model.weight) * field.known.size / model.source.count,
                **failure_signatures(curves, parameters, len(data)),
            },
        )

    def model(self, field: Field, seed: int, device: torch.device) -> Model:
        """The untrained model of `field`."""
        devices.seed_everything(seed)
        levels = self.grid.tables(field.shape)
        network, source = self.grid.network(len(field.values)), self.source(levels)
        chunk = self._chunk(field)
        if chunk is None:
            view = WholeGrid(field, offsets(field), levels, device)
        else:
            view = SampledPoints(field, offsets(field), levels, device, chunk)
        model = Model(
            source,
            network,
            view,
            pixels=field.known.size,
            steps=self.steps,
            seed=seed,
            weight=self.rate_weight,
            target=self.rate_target,
            overhead=self._overhead(field, source, network),
        )
        return model.to(device)

    def decode(self, header: dict[str, Any], sections: dict[str, bytes]) -> Field:
        """The field in a file, see `fieldbench.compression.codec.Codec`."""
        grid = Grid(**header["grid"])
        levels = grid.tables(header["shape"])
        network = grid.network(len(header["channels"]))
        values = self.read(header, sections, [level.rows for level in levels], network)
        output = evaluate(values, network, levels, tuple(header["shape"]))
        offset = np.array(header.get("offset", [0.0] * len(output)))[:, None]
        return field_from(header, sections, offset + header["peak"] * output.astype(np.float64))

    def _header(self, field: Field) -> dict[str, Any]:
        header = {**describe(field, self.codec), "grid": asdict(self.grid), **self.options()}
        return header if field.levels else {**header, "offset": offsets(field).tolist()}

    def _overhead(self, field: Field, source: Source, network: nn.Module) -> float:
        mask = sum(len(section) for section in mask_section(field).values())
        header = len(container.pack(self._header(field), {"latents": b"", "networks": b""}))
        return 8 * (mask + header) + self.overhead_bits(source, network)

    def _check_target(self, model: Model) -> None:
        if self.rate_target is not None and model.overhead >= self.rate_target * model.pixels:
            raise UserError(
                f"A rate of {self.rate_target} bits per pixel is {self.rate_target * model.pixels / 8:.0f} bytes, and "
                f"network and header alone take {model.overhead / 8:.0f}; raise the rate or make the network smaller."
            )

    def _chunk(self, field: Field) -> int | None:
        """Points per step; None for all."""
        features = self.grid.levels * self.grid.features * field.known.size
        plane = len(field.shape) == 2
        if self.chunk is None:
            return None if plane and features <= FULL else CHUNK
        return None if plane and self.chunk >= field.known.size else self.chunk

    def _how(self) -> tuple[Any, ...]:
        return self.chunk, tuple(self.rate_weight), self.rate_target

    def _cost(self, field: Field) -> Callable[..., float]:
        """See `write`; the sample is the same each time."""
        known = np.flatnonzero(field.known)
        index = torch.from_numpy(known[:: max(1, len(known) // DECODED)])
        levels = self.grid.tables(field.shape)
        target = torch.from_numpy(normalised(field, offsets(field))[:, index])

        @torch.no_grad()
        def cost(values: Tensor, network: nn.Module) -> float:
            output = network(features_at(values, points(index, field.shape), levels))
            return float(((output - target) ** 2).mean())

        return cost

    def _warm_up(self, field: Field, device: torch.device) -> None:
        """One step on a corner of the field: what is compiled once must not count as training."""
        values = field.values[:, *[slice(8)] * len(field.shape)]
        model = self.model(replace(field, values=values, known=np.ones(values.shape[1:], bool)), 0, device)
        model.set_progress(0.0)
        model().backward()


def normalised(field: Field, offset: np.ndarray) -> np.ndarray:
    """(C, N) values less the channels' offset in units of peak, float32."""
    flat = field.values.reshape(len(field.values), -1)
    return ((flat - offset[:, None]) / field.peak).astype(np.float32)


def offsets(field: Field) -> np.ndarray:
    """(C,) float64: 0 for data with levels, which lie in [0, 1]; else the known values' mean, to six digits."""
    if field.levels:
        return np.zeros(len(field.values))
    means = field.values[:, field.known].mean(axis=1, dtype=np.float64)
    return np.array([float(f"{mean:.6g}") for mean in means])


def points(index: Tensor, shape: tuple[int, ...]) -> Tensor:
    """(N, d) coordinates in [0, 1] of samples given by their number in row-major order."""
    coordinates = []
    for count in reversed(shape):
        coordinates.append(axis_coordinates(count).to(index.device)[index % count])
        index = index // count
    return torch.stack(coordinates[::-1], dim=1)


def features_at(values: Tensor, where: Tensor, levels: Sequence[Level]) -> Tensor:
    """Features (L F, N) of points (N, d) from the values (rows, F) of all tables."""
    return look_up_all(values.split([level.rows for level in levels]), where, levels).flatten(0, 1)


def quadratic(network: nn.Module, features: Tensor, weight: Tensor, target: Tensor) -> Tensor:
    """Sum of weight (network(features) - target)^2, tile by tile on a CPU."""
    loss = tiled_loss if features.device.type == "cpu" else plain_loss
    return loss(network, features, weight, target)


@torch.no_grad()
def evaluate(
    values: Tensor, network: nn.Module, levels: Sequence[Level], shape: tuple[int, ...]
) -> np.ndarray:
    """The network's output (C, N) at all samples, a few at a time, on the CPU."""
    count = math.prod(shape)
    parts = []
    for start in range(0, count, DECODED):
        index = torch.arange(start, min(start + DECODED, count))
        parts.append(network(features_at(values, points(index, shape), levels)).numpy())
    return np.concatenate(parts, axis=1)


def tensors_of(network: nn.Module) -> list[np.ndarray]:
    """The network's parameters, as they are stored."""
    return arrays(network.parameters())


def arrays(tensors: Iterable[Tensor]) -> list[np.ndarray]:
    """Tensors on the CPU as arrays."""
    return [tensor.detach().numpy() for tensor in tensors]


def level_bytes(sizes: Sequence[float]) -> dict[str, float]:
    """The measures `level_00_bytes` and so on."""
    return {f"level_{number:02d}_bytes": float(size) for number, size in enumerate(sizes)}


def set_tensors(network: nn.Module, tensors: Sequence[np.ndarray]) -> None:
    """Give the network stored parameters."""
    for parameter, tensor in zip(network.parameters(), tensors, strict=True):
        parameter.data = torch.from_numpy(tensor)


def raw(tensors: Sequence[np.ndarray], precision: str) -> bytes:
    """Tensors one after another in `float32` or `float16`, little-endian."""
    return b"".join(np.ascontiguousarray(tensor, DTYPES[precision]).tobytes() for tensor in tensors)


def from_raw(data: bytes, shapes: Sequence[tuple[int, ...]], precision: str) -> list[np.ndarray]:
    """The tensors that `raw` wrote, float32."""
    sizes = [math.prod(shape) for shape in shapes]
    parts = np.split(np.frombuffer(data, DTYPES[precision]), np.cumsum(sizes)[:-1])
    return [part.reshape(shape).astype(np.float32) for part, shape in zip(parts, shapes, strict=True)]


DTYPES = {"float32": "<f4", "float16": "<f2"}
