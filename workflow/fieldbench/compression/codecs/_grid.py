"""Multi-resolution tables with a small network after them: their shape, and what they give at points of a field.

Source: Müller et al. 2022 (Instant-NGP), section 3; Girish et al. 2023 (SHACIRA), section 3. Level l has
1 + floor(base b^l) lattice points per axis, which span the domain, and at most 2^table_size rows. Lattices that exceed
their table are hashed with the multipliers of `fieldbench.encoders`: which rows collide is as arbitrary as with others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from fieldbench.encoders._base import axis_coordinates
from fieldbench.encoders._multigrid import Level, look_up_all, resolutions
from fieldbench.networks.mlp import MLP

AT_ONCE = 32_768  # points that are decoded at a time


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
