"""Training of the codec `pyramid`: what its optimiser sees, how its rate is steered, and how its weights are rounded."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from fieldbench.compression import entropy, training
from fieldbench.compression.pyramid_network import (
    Context,
    Synthesis,
    covers,
    flat,
    level_count,
    level_shape,
    neighbours,
)
from fieldbench.compression.pyramid_rounding import SCHEDULES
from fieldbench.kernels import laplace

STEERED_FROM = 0.2  # share of the training after which the rate's weight follows a target
STEERING = 0.02  # change of log(weight) per step and unit of log(rate / target), at least
STEERING_IN_ALL = 24.0  # its sum over all steps, at least
BYTES_PER_WEIGHT = 0.5  # that weights take once rounded, about, before they are weighed
WEIGHED_AT = 0.2, 0.5, 0.8  # shares of the training at which the file's weights are made to see their size
UNIT_STEP = 2.24  # a latent's unit at the start, in units of peak times the root of the rate's weight
HARDENED_EVERY = 8  # steps between two looks at how much more bits latents take once they are rounded hard
WIDTH, WIDTH_AT = 16, 384 * 256  # neurons of a hidden layer, and samples at which so many suit
LEAST_WIDTH, MOST_WIDTH = 6, 16
SAMPLED = 2**18  # values that tell the field's main direction
FRAMES = 16  # that a tile of a moving field has at most
EXPONENTS = range(12, 0, -1)  # of the steps of weights, 2^-exponent; the context coder takes 12 at most
SEED_STRIDE = 1_000_003  # steps of one seed never meet those of the next
SEARCHED = 4  # tiles on which the weights' steps are chosen

Box = tuple[slice, slice, slice]


def boxes(shape: tuple[int, int, int], side: int, moving: bool) -> list[Box]:
    """Boxes of about equal size that fill `shape`, in raster order.

    Args:
        side: samples along y and x at most; with frames as many samples in all, of FRAMES frames.
    """
    side = side // math.isqrt(FRAMES) if moving else side
    cuts = []
    for size, most in zip(shape, (FRAMES, side, side), strict=True):
        count = -(-size // most)
        edges = [size * n // count for n in range(count + 1)]
        cuts.append([slice(*pair) for pair in itertools.pairwise(edges)])
    return [(z, y, x) for z in cuts[0] for y in cuts[1] for x in cuts[2]]


def extents(box: Box) -> tuple[int, int, int]:
    """How many samples a box has along each axis."""
    return tuple(part.stop - part.start for part in box)


@dataclass(frozen=True)
class Options:
    """Of the codec; what they mean is told at `codecs.pyramid.build`."""

    levels: int
    hidden: int | None
    context: int
    tile: int
    steps: int
    schedule: str
    quantized_from: float
    refined: bool
    learning_rate: float
    latent_rate: float
    rate_weight: float
    rate_target: float | None

    def width(self, samples: int) -> int:
        """Neurons of a hidden layer for a field of so many samples of space: more than that take more than they save."""
        if self.hidden is not None:
            return self.hidden
        return min(max(round(WIDTH * math.sqrt(samples / WIDTH_AT)), LEAST_WIDTH), MOST_WIDTH)

    @property
    def fineness(self) -> int:
        """See `Synthesis`: the rate's weight decides how far rounding may move the values."""
        return max(0, round(-math.log2(UNIT_STEP * math.sqrt(self.rate_weight))))


@dataclass(frozen=True)
class Tiling:
    """How a field falls into tiles that are coded on their own.

    Attributes:
        boxes: places of the tiles that hold a known sample.
        levels: of the pyramid of each.
        moving: whether the field has frames.
    """

    boxes: list[Box]
    levels: int
    moving: bool

    def masks(self, known: np.ndarray) -> Iterator[list[np.ndarray]]:
        """For each tile and level which latents are coded; `known` (frame, y, x)."""
        return (covers(known[box], self.levels) for box in self.boxes)


def tiling(known: np.ndarray, side: int, levels: int, moving: bool) -> Tiling:
    """The tiles of a field whose known samples (frame, y, x) are given; see `boxes` and `level_count`."""
    all_boxes = boxes(known.shape, side, moving)
    largest = tuple(np.max([extents(box) for box in all_boxes], axis=0).tolist())
    return Tiling([box for box in all_boxes if known[box].any()], level_count(largest, levels), moving)


class Objective(training.Fitted):
    """Distortion plus weighted rate of one tile per step, for `training.loop.fit`.

    The loss is MSE over known samples + weight x bits per pixel, scaled such that its mean over tiles, weighted by their
    samples, is that of the field.

    Args:
        values: (C, frame, y, x), in units of the peak.
        known: (frame, y, x).
        tiles: their places.
        options: of the codec.
        overhead: bytes that the file takes beside latents and weights.
    """

    values: Tensor
    known: Tensor
    network_bytes: Tensor
    exponents: Tensor
    hardening: Tensor

    def __init__(
        self, values: np.ndarray, known: np.ndarray, tiles: Tiling, options: Options, seed: int, overhead: int
    ) -> None:
        super().__init__()
        self.tiles, self.options, self.seed, self.overhead = tiles, options, seed, overhead
        generator = torch.Generator().manual_seed(seed)
        width = options.width(known.size)
        self.context = Context(neighbours(options.context, tiles.moving), width, generator)
        self.synthesis = Synthesis(tiles.levels, len(values), width, options.fineness, generator)
        self.synthesis.begin(main_direction(values[:, known]))
        shapes = [[level_shape(extents(box), n) for n in range(tiles.levels)] for box in tiles.boxes]
        self.latents = nn.ModuleList(
            nn.ParameterList(torch.zeros(shape) for shape in levels) for levels in shapes
        )
        self.masks = [[torch.from_numpy(mask) for mask in levels] for levels in tiles.masks(known)]
        self.register_buffer("values", torch.from_numpy(values), persistent=False)
        self.register_buffer("known", torch.from_numpy(known), persistent=False)
        self.register_buffer("weight", torch.tensor(options.rate_weight, dtype=torch.float64))
        self.register_buffer("distortions", torch.zeros(options.steps))
        self.register_buffer("rates", torch.zeros(options.steps))
        weights = sum(parameter.numel() for parameter in self.networks())
        self.register_buffer("network_bytes", torch.tensor(BYTES_PER_WEIGHT * weights))
        self.register_buffer("exponents", torch.zeros(len(self.networks()), dtype=torch.int64))
        self.register_buffer("hardening", torch.tensor(1.0))
        self.known_share, self.step = float(known.mean()), 0

    def set_progress(self, fraction: float) -> None:
        """Told the share of the steps done; the step decides tile, temperature and all random numbers."""
        self.step = round(fraction * self.options.steps)

    def forward(self) -> Tensor:
        steps, count = self.options.steps, len(self.tiles.boxes)
        if self.options.rate_target is not None:
            self._steer(self.options.rate_target)
        order = torch.Generator().manual_seed(self.seed * SEED_STRIDE + self.step // count)
        tile = int(torch.randperm(count, generator=order)[self.step % count])
        noise = torch.Generator().manual_seed(self.seed * SEED_STRIDE + self.step)
        latents = self._rounded(tile, self.step / steps, noise)
        if self.step >= self.options.quantized_from * steps and not self.exponents.any():
            self._quantize()
        distortion, rate = self.distortion(tile, latents), self.rate(tile, latents)
        if self.options.rate_target is not None and self.step % HARDENED_EVERY == 0:
            with torch.no_grad():
                self.hardening.copy_(self.rate(tile, self.whole_latents(tile)) / rate)
        self.distortions[self.step] = distortion.detach()
        self.rates[self.step] = rate.detach() + self.others()
        return distortion + float(self.weight) * rate

    def others(self) -> float:
        """Bits per pixel that the file takes beside the latents, about."""
        return 8 * (self.overhead + float(self.network_bytes)) / self.known.numel()

    def networks(self) -> list[nn.Parameter]:
        """Parameters of both networks, in the order of the file."""
        return [*self.context.parameters(), *self.synthesis.parameters()]

    def distortion(self, tile: int, latents: list[Tensor]) -> Tensor:
        """Mean squared error over known samples, in units of peak²; scaled by the tile's share of them."""
        return self.errors(tile, latents).mean()

    def errors(self, tile: int, latents: list[Tensor]) -> Tensor:
        """What each sample (frame, y, x) adds to the mean of `distortion`."""
        box = self.tiles.boxes[tile]
        decoded = self._by(self.synthesis, latents, extents(box))
        error = (decoded - self.values[:, *box]).square().mean(0)
        return error if self.known_share == 1 else torch.where(self.known[box], error, 0) / self.known_share

    @torch.no_grad()
    def mean_distortion(self, tiles: list[list[Tensor]]) -> float:
        """The field's, from the latents of all tiles."""
        shares = [self.known[box].numel() / self.known.numel() for box in self.tiles.boxes]
        each = (float(self.distortion(tile, latents)) for tile, latents in enumerate(tiles))
        return sum(share * distortion for share, distortion in zip(shares, each, strict=True))

    def rate(self, tile: int, latents: list[Tensor]) -> Tensor:
        """Bits of the latents per pixel, known or not."""
        coded = [mask.to(level) for mask, level in zip(self.masks[tile], latents, strict=True)]
        values = laplace.bits(*self._by(self.context, latents, self.tiles.moving))
        bits = values @ flat(coded, self.tiles.moving)
        return bits / self.known[self.tiles.boxes[tile]].numel()

    def levels(self, tile: int) -> list[nn.Parameter]:
        """The latents (frame, y, x) of each level of a tile, the finest first."""
        return list(cast(nn.ParameterList, self.latents[tile]))

    def whole_latents(self, tile: int) -> list[Tensor]:
        """Rounded latents, zero where they are not coded."""
        pairs = zip(self.levels(tile), self.masks[tile], strict=True)
        return [level.detach().round() * mask.to(level.device) for level, mask in pairs]

    def _rounded(self, tile: int, fraction: float, generator: torch.Generator) -> list[Tensor]:
        """Latents as the networks see them in training: rounded by the schedule."""
        levels = self.levels(tile)
        exact = torch.cat([level.reshape(-1) for level in levels])
        noisy = SCHEDULES[self.options.schedule].rounded(exact, fraction, generator)
        shapes = [level.shape for level in levels]
        parts = noisy.split([shape.numel() for shape in shapes])
        latents = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        if self.known_share < 1:
            pairs = zip(latents, self.masks[tile], strict=True)
            latents = [level * mask.to(level.device) for level, mask in pairs]
        return latents

    def _steer(self, target: float) -> None:
        """Move the rate's weight towards the one that meets the target, in bits per pixel."""
        steps = self.options.steps
        if self.step in [round(share * steps) for share in WEIGHED_AT]:
            self._weigh_networks()
        if self.step > STEERED_FROM * steps:
            recent = self.rates[max(0, self.step - len(self.tiles.boxes)) : self.step].mean() - self.others()
            excess = math.log((float(recent * self.hardening) + self.others()) / target)
            self.weight *= math.exp(max(STEERING, STEERING_IN_ALL / steps) * min(max(excess, -1), 1))

    @torch.no_grad()
    def _weigh_networks(self) -> list[int]:
        """Note how many bytes the networks would take in the file now; returns the exponents of their steps."""
        exact = [parameter.clone() for parameter in self.networks()]
        exponents = round_weights(self)
        rounded = [parameter.cpu().numpy() for parameter in self.networks()]
        self.network_bytes.fill_(len(entropy.encode_weights(rounded, exponents)))
        for parameter, values in zip(self.networks(), exact, strict=True):
            parameter.copy_(values)
        return exponents

    def _quantize(self) -> None:
        """Choose the steps of the networks' weights, of which the rest of the training sees multiples."""
        self.exponents.copy_(torch.tensor(self._weigh_networks()))

    def _by(self, network: nn.Module, *given: Any) -> Any:
        """What a network makes of what it is given, with its weights as they are or as multiples of their steps."""
        if not self.exponents.any():
            return network(*given)
        count = sum(1 for _ in self.context.parameters())
        steps = self.exponents[:count] if network is self.context else self.exponents[count:]
        named = zip(network.named_parameters(), steps.tolist(), strict=True)
        return functional_call(
            network, {name: stepped(weights, step) for (name, weights), step in named}, given
        )


def main_direction(values: np.ndarray) -> Tensor:
    """The direction (C,) in which values (C, N) vary most, of length 1, its sum not negative."""
    values = values[:, :: max(1, values.shape[1] // SAMPLED)]
    centred = values - values.mean(1, keepdims=True, dtype=np.float64)
    direction = np.linalg.eigh(centred @ centred.T)[1][:, -1]
    return torch.from_numpy(direction * (1 if direction.sum() >= 0 else -1)).float()


def stepped(weights: Tensor, exponent: int) -> Tensor:
    """Multiples of 2^-exponent, with the gradient of the identity."""
    return (
        weights + (torch.ldexp((weights * 2.0**exponent).round(), torch.tensor(-exponent)) - weights).detach()
    )


@torch.no_grad()
def round_weights(objective: Objective) -> list[int]:
    """Round each tensor of the networks to the step that costs least, in distortion plus weighted rate of the file.

    Returns:
        The exponent of each step 2^-exponent, of the context network's tensors and then of the synthesis network's.
    """
    if objective.exponents.any():
        for parameter, step in zip(objective.networks(), objective.exponents.tolist(), strict=True):
            parameter.copy_(stepped(parameter, step))
        return objective.exponents.tolist()
    count = len(objective.tiles.boxes)
    tiles = sorted({n * count // SEARCHED for n in range(SEARCHED)})
    latents = {tile: objective.whole_latents(tile) for tile in tiles}
    weight = float(objective.weight)

    def rate() -> float:
        return weight * float(np.mean([objective.rate(tile, latents[tile]) for tile in tiles]))

    def distortion() -> float:
        return float(np.mean([objective.distortion(tile, latents[tile]) for tile in tiles]))

    per_bit = weight / objective.known.numel()
    exponents = [_round(parameter, rate, per_bit) for parameter in objective.context.parameters()]
    return exponents + [
        _round(parameter, distortion, per_bit) for parameter in objective.synthesis.parameters()
    ]


def _round(parameter: nn.Parameter, cost: Callable[[], float], per_bit: float) -> int:
    """Round one tensor, from fine steps to coarse ones until two in a row do not lower the cost."""
    exact = parameter.clone()
    best, chosen = math.inf, EXPONENTS[0]
    for exponent in EXPONENTS:
        symbols = (exact * 2.0**exponent).round()
        parameter.copy_(symbols / 2.0**exponent)
        total = cost() + per_bit * entropy.weight_bits(symbols.cpu().numpy())
        if total < best:
            best, chosen = total, exponent
        elif exponent < chosen - 1:
            break
    parameter.copy_((exact * 2.0**chosen).round() / 2.0**chosen)
    return chosen
