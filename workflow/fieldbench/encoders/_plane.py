"""A dense plane of features beside a grid's levels ("Benchmarks" and "Technical Report", version 6)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench.encoders._multigrid import Level, initial_table, look_up
from fieldbench.errors import UserError
from fieldbench.registry import check_word

PRECISIONS = {"float32": torch.float32, "float16": torch.float16}
LOOKUPS = {  # -> the cells that the look-up implies
    "dense": "scaled",
    "grid-sample": "aligned",
    "grid-sample-expanded": "aligned",
}


class Plane(nn.Module):
    """A dense lattice of features.

    Args:
        in_dim: coordinates per point.
        features: features per lattice point.
        max_resolution: of the grid's finest level.
        resolution: lattice points per axis, or `max` for max_resolution.
        lookup: `dense`, as a level of the grid; `grid-sample`, by torch's function, whose cells are aligned; or
            `grid-sample-expanded`, the same, but read as version 6 of "Benchmarks" was run: see `plain`.
        precision: `float32`, or `float16`: stored in half precision, and trained through single-precision values that
            every use rounds.
        deviation: standard deviation of normal initial values; None for those of the levels' tables.

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
        deviation: float | None = None,
    ) -> None:
        super().__init__()
        check_word("plane.precision", precision, PRECISIONS)
        check_word("plane.lookup", lookup, LOOKUPS)
        size = max_resolution if resolution == "max" else resolution
        if not isinstance(size, int) or size < 1:
            raise UserError(f"plane.resolution is {resolution!r}; give a whole number above 0, or 'max'.")
        self.lookup = lookup
        self.level = Level(size, size**in_dim, hashed=False, cells=LOOKUPS[lookup], interpolation="linear")
        rows = self.level.rows

        table = (
            initial_table(rows, features) if deviation is None else deviation * torch.randn(rows, features)
        )
        self.table = nn.Parameter(table.to(PRECISIONS[precision]))

    def forward(self, points: Tensor) -> Tensor:
        """Features (N, F) of points (N, d)."""
        if self.lookup == "dense":
            return look_up(self.table.float(), points, self.level)
        image, places = self._sampled(points)
        places = places.view(1, *[1] * (points.shape[1] - 1), *points.shape)
        return F.grid_sample(image, places, align_corners=True).reshape(-1, len(points)).T

    def plain(self, points: Tensor) -> Tensor:
        """As calling it; an expanded look-up samples an image per point, and its gradient holds N whole planes."""
        if self.lookup != "grid-sample-expanded":
            return self(points)
        image, places = self._sampled(points)
        places = places.view(len(points), *[1] * points.shape[1], -1)
        return F.grid_sample(image.expand(len(points), *image.shape[1:]), places, align_corners=True).flatten(
            1
        )

    def _sampled(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The plane as an image (1, F, R, R), and places (N, d) in [-1, 1] with the fastest axis first."""
        sizes = [self.level.resolution] * points.shape[1]
        return self.table.float().T.reshape(1, -1, *sizes), points.flip(1) * 2 - 1
