"""The original radiance field: sines and cosines of the coordinates and a large network (Mildenhall et al. 2020)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench.radiance.directions import DEGREES, spherical_harmonics
from fieldbench.radiance.fields._base import IN_DIM, RadianceField, to_density
from fieldbench.registry import check_word
from fieldbench.values import Count


def build(
    *, frequencies: Count = 10, hidden: Count = 256, hidden_layers: Count = 8, degree: Count = 4
) -> "Frequency":
    """Build the field.

    Args:
        frequencies: octaves, from one wave per cube on.
        hidden, hidden_layers: of the density network; the input enters again in its middle.
        degree: bands of spherical harmonics that tell the direction.

    Raises:
        UserError: a degree that is not known.
    """
    check_word("degree", degree, DEGREES)
    return Frequency(frequencies, hidden, hidden_layers, degree)


class Frequency(RadianceField):
    """Two networks, see `build`."""

    octaves: Tensor

    def __init__(self, frequencies: int, hidden: int, hidden_layers: int, degree: int) -> None:
        super().__init__()
        self.register_buffer("octaves", 2 * torch.pi * 2.0 ** torch.arange(frequencies), persistent=False)
        inputs, half = IN_DIM * (1 + 2 * frequencies), hidden_layers // 2
        self.first = _layers([inputs, *[hidden] * half])
        self.second = _layers([hidden + inputs, *[hidden] * (hidden_layers - half)])
        self.thick = nn.Linear(hidden, 1)
        self.look = _layers([hidden + degree**2, hidden // 2, 3])
        self.degree = degree
        self.multiply_adds = (
            sum(map(_multiply_adds, (self.first, self.second, self.thick))),
            _multiply_adds(self.look),
        )
        self.table_bytes = 0

    def density(self, points: Tensor) -> tuple[Tensor, Tensor]:
        angles = (points.T[:, None] * self.octaves[:, None]).flatten(0, 1)
        inputs = torch.cat([2 * points.T - 1, angles.sin(), angles.cos()])
        values = inputs
        for layer in self.first:
            values = F.relu_(_apply(layer, values))
        values = torch.cat([values, inputs])
        for layer in self.second:
            values = F.relu_(_apply(layer, values))
        return to_density(_apply(self.thick, values)[0]), values

    def view(self, directions: Tensor) -> Tensor:
        return spherical_harmonics(directions, self.degree)

    def colour(self, latent: Tensor, view: Tensor) -> Tensor:
        first, last = self.look
        return _apply(last, F.relu_(_apply(first, torch.cat([latent, view])))).sigmoid()


def _layers(widths: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(inner, out) for inner, out in pairwise(widths))


def _multiply_adds(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters() if parameter.ndim == 2)


def _apply(layer: nn.Module, values: Tensor) -> Tensor:
    return torch.addmm(layer.get_parameter("bias")[:, None], layer.get_parameter("weight"), values)
