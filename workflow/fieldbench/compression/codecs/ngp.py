"""Instant-NGP as a codec: features themselves are stored, in single or half precision.

Source: Müller et al. 2022. The file holds tables and network as they are, deflated.
"""

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench.compression import entropy, tensors
from fieldbench.compression.codecs._grid import Grid
from fieldbench.compression.codecs._grid_codec import GridCodec, Stored
from fieldbench.compression.codecs._objective import Fitting, Model, Source
from fieldbench.compression.field import Field
from fieldbench.encoders._multigrid import Level, initial_table
from fieldbench.errors import UserError


def build(
    *,
    levels: int = 16,
    base_resolution: int = 16,
    max_resolution: int | None = 512,
    table_size: int = 11,
    features: int = 2,
    hidden: int = 16,
    hidden_layers: int = 1,
    precision: str = "float32",
    steps: int = 2000,
    learning_rate: float = 1e-2,
    table_rate: float = 1e-2,
    last_share: float = 0.1,
    chunk: int | None = None,
) -> "InstantNgp":
    """Build the codec.

    Args:
        levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers: see `Grid`.
        precision: `float32` or `float16`, of what is stored; training is in single precision.
        steps, learning_rate, last_share, chunk: see `Fitting`.
        table_rate: Adam's learning rate of the tables.

    Raises:
        UserError: an unknown precision.
    """
    if precision not in tensors.DTYPES:
        raise UserError(f"Unknown precision '{precision}' of codec ngp; known: {', '.join(tensors.DTYPES)}.")
    grid = Grid(levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers)
    fitting = Fitting(steps, learning_rate, (("source.", table_rate),), last_share, chunk)
    return InstantNgp(grid, fitting, precision)


class Tables(Source):
    """Features of all lattice points, trained as they are."""

    def __init__(self, levels: Sequence[Level], features: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.cat([initial_table(level.rows, features) for level in levels]))
        self.count = self.table.numel()

    def values(self, generator: torch.Generator) -> Tensor:
        return self.table


@dataclass(frozen=True)
class InstantNgp(GridCodec[Tables]):
    """See `build`."""

    name = "ngp"
    precision: str

    def source(self, levels: Sequence[Level]) -> Tables:
        return Tables(levels, self.grid.features)

    def options(self) -> dict[str, Any]:
        return {"precision": self.precision}

    def overhead_bits(self, source: Tables, network: nn.Module) -> float:
        parameters = source.count + sum(parameter.numel() for parameter in network.parameters())
        return parameters * (32 if self.precision == "float32" else 16)

    def store(self, model: Model[Tables], levels: Sequence[Level], field: Field) -> Stored:
        parts: dict[str, Iterable[Tensor]] = {
            "latents": [model.source.table],
            "networks": model.network.parameters(),
        }
        plain = {name: tensors.to_bytes(tensors.arrays(part), self.precision) for name, part in parts.items()}
        sections = {name: zlib.compress(content, 9) for name, content in plain.items()}
        shares = [level.rows / len(model.source.table) for level in levels]
        level_bytes = [share * len(sections["latents"]) for share in shares]
        return sections, level_bytes, float(sum(map(len, plain.values())))

    def read(
        self, header: dict[str, Any], sections: Mapping[str, bytes], sizes: list[int], network: nn.Module
    ) -> Tensor:
        precision, parameters = header["precision"], list(network.parameters())
        shapes = [parameter.shape for parameter in parameters]
        rows, number = (sum(sizes), header["grid"]["features"]), np.dtype(tensors.DTYPES[precision]).itemsize
        networks = entropy.inflate(sections["networks"], number * sum(map(math.prod, shapes)))
        latents = entropy.inflate(sections["latents"], number * math.prod(rows))
        tensors.restore(parameters, tensors.from_bytes(networks, shapes, precision))
        return torch.from_numpy(tensors.from_bytes(latents, [rows], precision)[0])
