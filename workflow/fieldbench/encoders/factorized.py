"""Factorized grids: each level is a sum of products of one-dimensional lines, after TensoRF.

Source: Chen et al. 2022 (TensoRF), the CP form; the "Technical Report" names it among future improvements.
"""

import torch
from torch import Tensor, nn

from fieldbench.encoders._base import Encoder, GridView, stored_bytes
from fieldbench.encoders._grid import bind_axis
from fieldbench.encoders._multigrid import Level, look_up, make_levels

INITIAL = 1e-2  # lines start uniform in [-INITIAL, INITIAL]; products of two are as small as a table's values


def build(
    in_dim: int,
    *,
    base_resolution: int,
    max_resolution: int,
    levels: int,
    features: int,
    table_size: int,
    rank: int = 4,
    interpolation: str = "linear",
) -> "Factorized":
    """Build a factorized grid.

    Args:
        in_dim: coordinates per point, one line per coordinate.
        base_resolution, max_resolution, levels: resolutions, as of the grids of the same regime.
        features: features per level.
        table_size: most points of a line.
        rank: products per feature.
        interpolation: along the lines, see `Level`.

    Raises:
        UserError: resolutions that make no grid, or an unknown interpolation.
    """
    lines = make_levels(
        1,
        base_resolution=base_resolution,
        max_resolution=max_resolution,
        levels=levels,
        table_size=table_size,
        indexing="dense",
        cells="scaled",
        interpolation=interpolation,
    )
    return Factorized(in_dim, lines, features, rank)


class Factorized(Encoder):
    """Features f of level l at p: sum over r of the product over axes a of line[l, a][f, r](p_a)."""

    def __init__(self, in_dim: int, lines: list[Level], features: int, rank: int) -> None:
        super().__init__(len(lines) * features, len(lines))
        self.in_dim, self.lines, self.features, self.rank = in_dim, lines, features, rank
        sizes = [level.rows for level in lines for _ in range(in_dim)]
        self.tables = nn.ParameterList(
            torch.empty(rows, features * rank).uniform_(-INITIAL, INITIAL) for rows in sizes
        )

    def sizes(self) -> dict[str, int]:
        return {**super().sizes(), "table_bytes": stored_bytes(self.tables)}

    def plain(self, points: Tensor) -> Tensor:
        features = []
        for index, level in enumerate(self.lines):
            product = torch.ones(())
            for axis in range(self.in_dim):
                table = self.tables[index * self.in_dim + axis]
                product = product * look_up(table, points[:, axis : axis + 1], level)
            features.append(product.view(-1, self.features, self.rank).sum(dim=2))
        return torch.cat(features, dim=1)

    def on_grid(self, shape: tuple[int, int]) -> "FactorizedView":
        return FactorizedView(self, shape)


class FactorizedView(GridView):
    """The lines at the rows and columns of a regular grid, multiplied by one small product per feature."""

    def __init__(self, encoder: Factorized, shape: tuple[int, int]) -> None:
        super().__init__(encoder)
        self.encoder = encoder
        self.shape = shape
        device = encoder.tables[0].device
        for index, level in enumerate(encoder.lines):
            for axis, count in enumerate(shape):
                bound = bind_axis(count, level)
                matrix = torch.zeros(count, level.rows)
                matrix[:, bound.touched] = bound.matrix()
                self.register_buffer(f"matrix_{2 * index + axis}", matrix.to(device), persistent=False)

    def forward(self) -> Tensor:
        features, rank = self.encoder.features, self.encoder.rank
        lines = [getattr(self, f"matrix_{i}") @ table for i, table in enumerate(self.encoder.tables)]
        lines = [line.view(-1, features, rank).transpose(0, 1) for line in lines]
        products = [y @ x.transpose(1, 2) for y, x in zip(lines[::2], lines[1::2], strict=True)]
        return torch.cat(products).flatten(1)
