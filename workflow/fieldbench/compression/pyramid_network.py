"""The model behind the codec `pyramid`: whole numbers on a pyramid of grids, and two small networks that all tiles share.

In the family of COOL-CHIC (Ladune et al., ICCV 2023) and C3 (Kim et al., CVPR 2024). Level k holds one number per block of
2^k samples along each axis. All levels, interpolated to full resolution, are the inputs of the synthesis network; the
context network tells the distribution of each number from its neighbours that were coded before it.

Space has three axes here, (frame, y, x); an image has one frame.
"""

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fieldbench.kernels import laplace
from fieldbench.kernels.narrow_convolution import convolution
from fieldbench.kernels.shifted_perceptron import perceptron

REACH = 3  # rows and columns that the context looks back
# Neighbours (frame, y, x) that come before a latent in raster order, the nearest first.
IN_FRAME = [(0, 0, -1), (0, -1, 0), (0, -1, -1), (0, -1, 1), (0, 0, -2), (0, -2, 0), (0, -1, -2), (0, -1, 2)]
IN_FRAME += [(0, -2, -1), (0, -2, 1), (0, 0, -3), (0, -3, 0), (0, -2, -2), (0, -2, 2)]
FRAME_BEFORE = [(-1, 0, 0), (-1, 0, 1), (-1, 1, 0), (-1, 0, -1), (-1, -1, 0)]
LEAST_LOG_SCALE, LARGEST_LOG_SCALE = -4.75, 12.0  # log2, of the Laplace scale


@dataclass(frozen=True)
class Layout:
    """Latents of one level in a flat array amid zeros, where each neighbour lies a fixed distance before.

    Attributes:
        shape: latents along (frame, y, x).
        moving: whether the field has frames, and so the context a frame before.
    """

    shape: tuple[int, int, int]
    moving: bool

    @classmethod
    def of(cls, level: Tensor, moving: bool) -> Self:
        """That of a level's latents (frame, y, x)."""
        frames, height, width = level.shape
        return cls((frames, height, width), moving)

    @property
    def strides(self) -> tuple[int, int]:
        """Distance from a frame to the next and from a row to the next."""
        _, height, width = self.shape
        return (height + REACH) * (width + REACH), width + REACH

    @property
    def first(self) -> int:
        """Where the first latent is."""
        frame, row = self.strides
        return REACH + self.moving * frame + REACH * row + REACH

    def offsets(self, neighbours: Sequence[tuple[int, int, int]]) -> list[int]:
        """How far before a latent its neighbours are."""
        frame, row = self.strides
        return [-(z * frame + y * row + x) for z, y, x in neighbours]

    def embed(self, values: Tensor) -> Tensor:
        """The flat array of values (frame, y, x)."""
        return functional.pad(
            functional.pad(values, (REACH, 0, REACH, 0, int(self.moving), 0)).reshape(-1), (REACH, 0)
        )

    def extract(self, flat: Tensor) -> Tensor:
        """The values (frame, y, x) in such an array, given from the first latent on."""
        frames, height, width = self.shape
        whole = functional.pad(flat, (self.first - REACH, 0))
        padded = whole.reshape(frames + self.moving, height + REACH, width + REACH)
        return padded[int(self.moving) :, REACH:, REACH:]


def neighbours(count: int, moving: bool) -> list[tuple[int, int, int]]:
    """The context's neighbours: `count` in the frame itself, and some in the frame before where there is one."""
    return IN_FRAME[:count] + (FRAME_BEFORE if moving else [])


def level_count(shape: tuple[int, int, int], levels: int) -> int:
    """`levels`, or fewer if one latent of a finer level already covers a box of this shape."""
    return min(levels, 1 + math.ceil(math.log2(max(shape))))


def level_shape(shape: tuple[int, int, int], level: int) -> tuple[int, int, int]:
    """Latents of a box of this shape along each axis."""
    return tuple(-(-size // 2**level) for size in shape)


@functools.lru_cache(maxsize=256)
def interpolation(size: int, level: int) -> Tensor:
    """Weights (size, latents) of cubic interpolation (Keys 1981, a = -1/2) from latents at the middle of their blocks."""
    latents = -(-size // 2**level)
    centre = (torch.arange(size, dtype=torch.float64) + 0.5) / 2**level - 0.5
    weights = torch.zeros(size, latents, dtype=torch.float64)
    for tap in range(-1, 3):
        index = torch.floor(centre) + tap
        distance = (centre - index).abs()
        near = (1.5 * distance - 2.5) * distance**2 + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weight = torch.where(distance <= 1, near, far)
        weights.scatter_add_(1, index.clamp(0, latents - 1).long()[:, None], weight[:, None])
    return weights.float()


def interpolated(values: Tensor, shape: tuple[int, int, int], level: int) -> Tensor:
    """Latents (frame, y, x) of a level at every sample, (samples,)."""
    if level == 0:
        return values.reshape(-1)
    along_frame, along_y, along_x = (interpolation(size, level).to(values.device) for size in shape)
    planes = along_y @ (values @ along_x.T)
    if shape[0] > 1:
        planes = along_frame @ planes.reshape(len(planes), -1)
    return planes.reshape(-1)


def parents(levels: Sequence[Tensor], n: int) -> Tensor:
    """For each latent of level `n` the one of the next coarser level above it; 0 where there is none."""
    if n + 1 == len(levels):
        return torch.zeros_like(levels[n])
    above = levels[n + 1]
    for axis, size in enumerate(levels[n].shape):
        if size > 1:
            above = above.repeat_interleave(2, axis).narrow(axis, 0, size)
    return above


def layers(sizes: Sequence[int], generator: torch.Generator) -> nn.ParameterList:
    """Matrices and biases of fully connected layers; the last one starts small."""
    made = nn.ParameterList()
    for n, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        gain = 0.1 if n + 2 == len(sizes) else 1.0
        made.append(torch.randn(outputs, inputs, generator=generator) * gain * math.sqrt(2 / inputs))
        made.append(torch.zeros(outputs))
    return made


class Context(nn.Module):
    """Mean and scale of each latent's Laplace distribution.

    Args:
        neighbours: see `neighbours`.
        width: neurons of each hidden layer.
    """

    def __init__(
        self, neighbours: list[tuple[int, int, int]], width: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.layers = layers([len(neighbours) + 1, width, width, 2], generator)

    def forward(self, latents: list[Tensor], moving: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Value, mean and log2 of the scale, of all levels one after the other as `flat` arranges them."""
        levels = [self.level(latents, n, moving) for n in range(len(latents))]
        values, mean, log_scale = (torch.cat(parts) for parts in zip(*levels, strict=True))
        return values, mean, log_scale

    def level(self, latents: Sequence[Tensor], n: int, moving: bool) -> tuple[Tensor, Tensor, Tensor]:
        """The same of one level."""
        layout = Layout.of(latents[n], moving)
        whole, above = layout.embed(latents[n]), layout.embed(parents(latents, n))
        before = [layout.first - offset for offset in layout.offsets(self.neighbours)]
        starts, count = [*before, len(whole) + layout.first], len(whole) - layout.first
        mean, log_scale = perceptron(torch.cat([whole, above]), starts, count, list(self.layers))
        return whole[layout.first :], mean, log_scale.clamp(LEAST_LOG_SCALE, LARGEST_LOG_SCALE)


def flat(levels: Sequence[Tensor], moving: bool) -> Tensor:
    """Arrays like the latents, in the order of `Context.forward`; zero at padding."""
    layouts = [Layout.of(level, moving) for level in levels]
    return torch.cat(
        [layout.embed(level)[layout.first :] for level, layout in zip(levels, layouts, strict=True)]
    )


def level_bits(context: Context, latents: Sequence[Tensor], n: int, moving: bool) -> Tensor:
    """Bits (frame, y, x) of each latent of a level."""
    return Layout.of(latents[n], moving).extract(laplace.bits(*context.level(latents, n, moving)))


class Synthesis(nn.Module):
    """Values of the field from the interpolated levels: layers at each point, and a residual 3x3 convolution.

    Args:
        levels, channels: numbers of them.
        width: neurons of each of two hidden layers, 2 at least.
        fineness: latents enter in units of 2^fineness, so that they have the size that the initial weights expect.
    """

    def __init__(
        self, levels: int, channels: int, width: int, fineness: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.gain = 2.0**-fineness
        self.layers = layers([levels, width, width, channels], generator)
        self.residual = nn.ParameterList([torch.zeros(channels, 9 * channels), torch.zeros(channels)])

    @torch.no_grad()
    def begin(self, direction: Tensor) -> None:
        """Let the sum of all levels come out along a direction (C,), by two neurons of each layer: one for each sign.

        Without this beginning some seeds never find the field's main direction of colour.
        """
        first, second, last = self.layers[::2]
        for neuron, sign in enumerate((1.0, -1.0)):
            first[neuron] = sign
            second[neuron] = 0
            second[neuron, neuron] = 1
            last[:, neuron] = sign * direction

    def forward(self, latents: Sequence[Tensor], shape: tuple[int, int, int]) -> Tensor:
        """(C, frame, y, x) of `shape`."""
        features = torch.cat([interpolated(self.gain * level, shape, n) for n, level in enumerate(latents)])
        count = math.prod(shape)
        starts = range(0, len(features), count)
        values = perceptron(features, starts, count, list(self.layers)).reshape(-1, *shape)
        padded = functional.pad(values, (1, 1, 1, 1), mode="replicate")
        return values + convolution(padded, self.residual[0], self.residual[1])


def surroundings(values: Tensor) -> Tensor:
    """Each sample with its 8 neighbours in the frame, (C, frame, y, x) to (9 C, samples); edges are repeated.

    A matrix product with these is a 3x3 convolution.
    """
    channels, _, height, width = values.shape
    padded = functional.pad(values, (1, 1, 1, 1), mode="replicate")
    shifts = [padded[..., y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return torch.cat(shifts).reshape(9 * channels, -1)


def covers(known: np.ndarray, levels: int) -> list[np.ndarray]:
    """For each level which latents have a known sample in their block; `known` (frame, y, x)."""
    masks = [known]
    for level in range(1, levels):
        shape = level_shape(known.shape, level)
        padded = np.zeros([2 * size for size in shape], bool)
        padded[tuple(slice(size) for size in masks[-1].shape)] = masks[-1]
        masks.append(np.any(padded.reshape(shape[0], 2, shape[1], 2, shape[2], 2), axis=(1, 3, 5)))
    return masks
