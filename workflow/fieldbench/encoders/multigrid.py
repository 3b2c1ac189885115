"""Multi-resolution grids: the hash encodings V0 to V6 of both documents are specifications over this encoder.

Source: Müller et al. 2022 (Instant-NGP); "Benchmarks" and "Technical Report".
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fieldbench.encoders._base import Encoder, GridView, grid_points, parameter_count, stored_bytes
from fieldbench.encoders._fusion import Fusion, make_fusion
from fieldbench.encoders._grid import BoundLevel, Interpolate
from fieldbench.encoders._multigrid import Level, initial_table, look_up, look_up_all, make_levels
from fieldbench.encoders._plane import Plane
from fieldbench.encoders._progression import Progression
from fieldbench.registry import make_part


def build(
    in_dim: int,
    *,
    base_resolution: int,
    max_resolution: int,
    levels: int,
    features: int,
    table_size: int,
    indexing: str = "dense",
    cells: str = "scaled",
    interpolation: str = "linear",
    smoothing: Mapping[str, Any] | None = None,
    weighted_sum: Mapping[str, Any] | None = None,
    progression: Mapping[str, Any] | None = None,
    plane: Mapping[str, Any] | None = None,
) -> "Multigrid":
    """Build a multi-resolution grid.

    Args:
        in_dim: coordinates per point.
        base_resolution, max_resolution: lattice points per axis of the coarsest and the finest level.
        levels: number of levels.
        features: features per lattice point.
        table_size: most rows of one level's table.
        indexing: `dense` hashes only levels that exceed their table, `hash` all.
        cells: `scaled` or `aligned`, see `Level`.
        interpolation: `linear`, `catmull-rom` or `bspline`.
        smoothing, weighted_sum: what follows the look-up, see `make_fusion`.
        progression: when levels become active, see `Progression`; None for all from the start.
        plane: a dense plane beside the levels, see `Plane`; None for none.

    Raises:
        UserError: a word, key or number that makes no encoder.
    """
    grid = make_levels(
        in_dim,
        base_resolution=base_resolution,
        max_resolution=max_resolution,
        levels=levels,
        table_size=table_size,
        indexing=indexing,
        cells=cells,
        interpolation=interpolation,
    )
    schedule = make_part("progression", Progression, levels, options=progression)
    dense_plane = make_part("plane", Plane, in_dim, features, max_resolution, options=plane)
    fusion = make_fusion(in_dim, features, levels, smoothing, weighted_sum)
    return Multigrid(grid, features, fusion, schedule, dense_plane)


class Multigrid(Encoder):
    """Levels of learned features, interpolated at each point, smoothed, fused and joined with a plane."""

    def __init__(
        self,
        grid: list[Level],
        features: int,
        fusion: Fusion,
        schedule: Progression | None,
        plane: Plane | None,
    ) -> None:
        planes = 1 if plane else 0
        super().__init__((planes + (1 if fusion.predictor else len(grid))) * features, len(grid), schedule)
        self.grid = grid
        self.features = features
        self.tables = nn.ParameterList(initial_table(level.rows, features) for level in grid)
        self.fusion = fusion
        self.plane = plane

    def sizes(self) -> dict[str, int]:
        return {
            "table_bytes": stored_bytes(self.tables),
            "plane_bytes": stored_bytes(self.plane),
            "smoother_count": parameter_count(self.fusion.smoother),
            "predictor_count": parameter_count(self.fusion.predictor),
        }

    def plain(self, points: Tensor) -> Tensor:
        pairs = list(zip(self.tables, self.grid, strict=True))[: self.active_levels]
        features = torch.stack([look_up(table, points, level).T for table, level in pairs])
        plane = self.plane.plain(points) if self.plane else None
        return self._finish(features, plane, points, plain=True)

    def forward(self, points: Tensor) -> Tensor:
        active = slice(self.active_levels)
        features = look_up_all(list(self.tables)[active], points, self.grid[active])
        compiled = points.device.type == "cpu" and points.shape[1] > 1
        plane = self.plane(points) if self.plane else None
        return self._finish(features, plane, points, plain=not compiled)

    def _finish(self, features: Tensor, plane: Tensor | None, points: Tensor, plain: bool) -> Tensor:
        """From the features of the active levels (L, F, N) and of the plane (N, F) to the encoding (N, out_dim)."""
        if self.schedule and self.schedule.newest < 1:
            features = torch.cat([features[:-1], features[-1:] * self.schedule.newest])
        if plane is not None:
            features = torch.cat([plane.T[None], features])
        fused = self.fusion(features, 0 if plane is None else 1, points, plain)
        missing = self.out_dim - len(fused)
        return (F.pad(fused, (0, 0, 0, missing)) if missing else fused).T

    def on_grid(self, shape: tuple[int, int]) -> "MultigridView":
        return MultigridView(self, shape)


class MultigridView(GridView):
    """A multi-resolution grid on a regular grid of points, see `GridView`; it trains copies of the touched rows.

    A parameter's attribute `full_count` is the number of values in the whole table that it is a part of.
    """

    points: Tensor
    newest: Tensor

    def __init__(self, encoder: Multigrid, shape: tuple[int, int]) -> None:
        super().__init__(encoder)
        device = encoder.tables[0].device
        tables = ([encoder.plane.table] if encoder.plane else []) + list(encoder.tables)
        levels = ([encoder.plane.level] if encoder.plane else []) + encoder.grid
        self.planes = len(tables) - len(encoder.tables)
        self.tables = [table.detach() for table in tables]  # a plain list: not the parameters that train here
        bound = [BoundLevel(level, shape, device) for level in levels]
        self.bound = nn.ModuleList(bound)
        self.values = nn.ParameterList(
            _touched(table, level.rows) for table, level in zip(self.tables, bound, strict=True)
        )
        self.fusion = encoder.fusion
        self.register_buffer("points", grid_points(shape).to(device), persistent=False)
        newest = self.schedule.newest if self.schedule else 1.0
        self.register_buffer("newest", torch.tensor(newest, device=device), persistent=False)

    def set_progress(self, fraction: float) -> None:
        super().set_progress(fraction)
        if self.schedule:
            self.newest.fill_(self.schedule.newest)

    def forward(self) -> Tensor:
        active = slice(self.planes + self.active_levels)
        values = [
            self._as_stored(*pair)
            for pair in zip(self.tables[active], list(self.values)[active], strict=True)
        ]
        if self.schedule and self.schedule.fade:
            values[-1] = values[-1] * self.newest
        features = Interpolate.apply(list(self.bound)[active], *values)
        return self.fusion(features.flatten(2), self.planes, self.points)

    @staticmethod
    def _as_stored(table: Tensor, values: Tensor) -> Tensor:
        """`values` rounded to the table's precision, with the gradient of the unrounded ones."""
        if table.dtype == values.dtype:
            return values
        return values.detach().to(table.dtype).to(values.dtype) + (values - values.detach())

    def level_parameters(self) -> list[nn.Parameter]:
        return list(self.values)[self.planes :]

    @torch.no_grad()
    def write_back(self) -> None:
        """Put the trained values into the encoder's tables."""
        for table, values, bound in zip(self.tables, self.values, self.bound, strict=True):
            table[bound.rows] = values.T.to(table.dtype)


def _touched(table: Tensor, rows: Tensor) -> nn.Parameter:
    values = nn.Parameter(table[rows].T.float().contiguous())
    setattr(values, "full_count", table.numel())  # noqa: B010 - no attribute of a parameter's type
    return values
