"""Instant-NGP as a codec: features themselves are stored, in single or half precision.

Source: Müller et al. 2022. The file holds tables and network as they are, deflated.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fieldbench.compression.codecs import _grid
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
        levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers: see `_grid.Grid`.
        precision: `float32` or `float16`, of what is stored; training is in single precision.
        steps: of the training.
        learning_rate, table_rate: Adam's, of the network and of the tables.
        last_share, chunk: see `_grid.GridCodec`.

    Raises:
        UserError: an unknown precision.
    """
    if precision not in _grid.DTYPES:
        raise UserError(f"Unknown precision '{precision}' of codec ngp; known: {', '.join(_grid.DTYPES)}.")
    grid = _grid.Grid(levels, base_resolution, max_resolution, table_size, features, hidden, hidden_layers)
    return InstantNgp(
        "ngp",
        grid,
        precision=precision,
        steps=steps,
        learning_rate=learning_rate,
        parts=(("source.", table_rate),),
        last_share=last_share,
        chunk=chunk,
    )


class Tables(_grid.Source):
    """Features of all lattice points, trained as they are."""

    def __init__(self, levels: Sequence[Level], features: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.cat([initial_table(level.rows, features) for level in levels]))
        self.count = self.table.numel()

    def values(self, generator: torch.Generator) -> Tensor:
        return self.table


class InstantNgp(_grid.GridCodec):
    """See `build`."""

    def __init__(self, codec: str, grid: _grid.Grid, *, precision: str, **training: Any) -> None:
        super().__init__(codec, grid, **training)
        self.precision = precision

    def source(self, levels: Sequence[Level]) -> Tables:
        return Tables(levels, self.grid.features)

    def options(self) -> dict[str, Any]:
        return {"precision": self.precision}

    def overhead_bits(self, source: _grid.Source, network: nn.Module) -> float:
        parameters = source.count + sum(parameter.numel() for parameter in network.parameters())
        return parameters * (32 if self.precision == "float32" else 16)

    def write(
        self, model: _grid.Model, levels: Sequence[Level], cost: Callable[..., float]
    ) -> tuple[dict[str, bytes], dict[str, float]]:
        table = model.source.table.detach().numpy()
        stored = {
            "latents": _grid.raw([table], self.precision),
            "networks": _grid.raw(_grid.tensors_of(model.network), self.precision),
        }
        sections = {name: zlib.compress(content, 9) for name, content in stored.items()}
        shares = [level.rows / len(table) for level in levels]
        measures = _grid.level_bytes([share * len(sections["latents"]) for share in shares])
        return sections, {**measures, "model_entropy_bytes": float(sum(map(len, stored.values())))}

    def read(
        self, header: dict[str, Any], sections: dict[str, bytes], sizes: list[int], network: nn.Module
    ) -> Tensor:
        precision = header["precision"]
        shapes = [tuple(parameter.shape) for parameter in network.parameters()]
        _grid.set_tensors(network, _grid.from_raw(zlib.decompress(sections["networks"]), shapes, precision))
        shape = (sum(sizes), header["grid"]["features"])
        return torch.from_numpy(_grid.from_raw(zlib.decompress(sections["latents"]), [shape], precision)[0])
