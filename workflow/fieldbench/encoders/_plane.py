"""A dense plane of features beside a grid's levels ("Benchmarks" and "Technical Report", version 6)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench.encoders._multigrid import Level, initial_table, look_up
from fieldbench.errors import UserError
from fieldbench.registry import check_word

PRECISIONS = {"float32": torch.float32, "float16": torch.float16}
LOOKUPS = {"dense": "scaled", "grid-sample": "aligned"}  # -> the cells that the look-up implies


class Plane(nn.Module):
    """A dense lattice of features.

    Args:
        in_dim: coordinates per point.
        features: features per lattice point.
        max_resolution: of the grid's finest level.
        resolution: lattice points per axis, or `max` for max_resolution.
        lookup: `dense`, as a level of the grid, or `grid-sample`, by torch's function, whose cells are aligned.
        precision: `float32`, or `float16`: stored in half precision, and trained through single-precision values that
            every use rounds.

    Raises:
        UserError: a word or number that makes no plane.
    """

    def __init__(
        self,
        in_dim: int,
        features: int,
        max_resolution: int,
        resolution: int | str,
        lookup: str = "dense",
        precision: str = "float32",
    ) -> None:
        super().__init__()
        check_word("plane.precision", precision, PRECISIONS)
        check_word("plane.lookup", lookup, LOOKUPS)
        size = max_resolution if resolution == "max" else resolution
        if not isinstance(size, int) or size < 1:
            raise UserError(f"plane.resolution is {resolution!r}; give a whole number above 0, or 'max'.")
        self.lookup = lookup
        self.level = Level(size, size**in_dim, hashed=False, cells=LOOKUPS[lookup], interpolation="linear")
        self.table = nn.Parameter(initial_table(self.level.rows, features).to(PRECISIONS[precision]))

    def plain(self, points: Tensor) -> Tensor:
        """Features (N, F) of points (N, d)."""
        table = self.table.float()
        if self.lookup == "dense":
            return look_up(table, points, self.level)
        sizes = [self.level.resolution] * points.shape[1]
        image = table.T.reshape(1, -1, *sizes)
        places = (points.flip(1) * 2 - 1).view(1, *[1] * (points.shape[1] - 1), *points.shape)
        return F.grid_sample(image, places, align_corners=True).reshape(-1, len(points)).T
