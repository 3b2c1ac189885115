"""Maths of multi-resolution grids in any dimension: levels, taps, table rows and the plain look-up.

A level is a lattice of R points per axis over the unit cube, with a table of feature vectors. Points are
given with the slowest axis first, (y, x) in two dimensions. Source: Müller et al. 2022 (Instant-NGP),
section 3; the "Benchmarks" and the "Technical Report" use it in two dimensions.
"""

import itertools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from fieldbench.errors import UserError
from fieldbench.kernels.fused import grid_encode, has_kernels
from fieldbench.kernels.levels import Lattice
from fieldbench.registry import check_word

# Multipliers of the spatial hash, slowest axis first. Two dimensions as in the documents, three as in
# Instant-NGP.
PRIMES = {1: (1,), 2: (805459861, 2654435761), 3: (805459861, 2654435761, 1)}
INITIAL = 1e-4  # tables start uniform in [-INITIAL, INITIAL]: Müller et al. 2022, section 4
INDEXINGS = ("dense", "hash")
CELLS = ("scaled", "aligned")


@dataclass(frozen=True)
class Level:
    """One resolution of a grid.

    Attributes:
        resolution: lattice points per axis.
        rows: rows of its table.
        hashed: whether lattice points find their row by the spatial hash instead of by their number.
        cells: `scaled`: a coordinate is multiplied by R, as in the documents, so that the last 1/R of the
            domain is constant; `aligned`: by R - 1, so that the lattice spans the domain exactly.
        interpolation: key of `INTERPOLATIONS`.
    """

    resolution: int
    rows: int
    hashed: bool
    cells: str
    interpolation: str


def resolutions(base: int, finest: int, levels: int) -> list[int]:
    """Lattice points per axis of every level: floor(base b^i) with b = (finest / base)^(1 / (levels - 1)).

    Raises:
        UserError: fewer than one level or point, or a finest level that is coarser than the base.
    """
    if levels < 1 or base < 1 or finest < base:
        raise UserError(
            f"A grid needs levels >= 1 and 1 <= base_resolution <= max_resolution; got levels = {levels}, "
            f"base_resolution = {base}, max_resolution = {finest}."
        )
    growth = (finest / base) ** (1 / max(levels - 1, 1))
    rounding = 1 + 1e-12  # growth**i may fall just below the whole number that it stands for
    return [math.floor(base * growth**i * rounding) for i in range(levels)]


def make_levels(
    in_dim: int,
    *,
    base_resolution: int,
    max_resolution: int,
    levels: int,
    table_size: int,
    indexing: str,
    cells: str,
    interpolation: str,
) -> list[Level]:
    """The levels of a grid; `dense` indexing hashes where a lattice exceeds its table, as Instant-NGP does.

    Raises:
        UserError: an unknown word, or resolutions that make no grid.
    """
    check_word("indexing", indexing, INDEXINGS)
    check_word("cells", cells, CELLS)
    check_word("interpolation", interpolation, INTERPOLATIONS)
    grid = []
    for resolution in resolutions(base_resolution, max_resolution, levels):
        points = resolution**in_dim
        hashed = indexing == "hash" or points > table_size
        grid.append(Level(resolution, min(points, table_size), hashed, cells, interpolation))
    return grid


def initial_table(rows: int, features: int) -> Tensor:
    """(rows, features) values of a table before training."""
    return torch.empty(rows, features).uniform_(-INITIAL, INITIAL)


# Weights of neighbouring lattice points, two, or four from the one before the cell: the coefficients of polynomials
# in the fraction t of a cell, the constant first. Sources: Catmull & Rom 1974; the uniform cubic B-spline (de Boor 1978).
INTERPOLATIONS: dict[str, tuple[tuple[float, ...], ...]] = {
    "linear": ((1, -1), (0, 1)),
    "catmull-rom": (
        (0, -1 / 2, 1, -1 / 2),
        (1, 0, -5 / 2, 3 / 2),
        (0, 1 / 2, 2, -3 / 2),
        (0, 0, -1 / 2, 1 / 2),
    ),
    "bspline": (
        (1 / 6, -1 / 2, 1 / 2, -1 / 6),
        (2 / 3, 0, -1, 1 / 2),
        (1 / 6, 1 / 2, 1 / 2, -1 / 2),
        (0, 0, 0, 1 / 6),
    ),
}


def _polynomial(coefficients: Sequence[float], t: Tensor) -> Tensor:
    """The polynomial at `t` by Horner's rule; coefficients from the constant on, two at least."""
    *others, second, first = coefficients
    value = first * t + second
    for coefficient in reversed(others):
        value = value * t + coefficient
    return value


def cell_count(resolution: int | Tensor, cells: str) -> Any:
    """What a coordinate in [0, 1] is multiplied by, of the type of `resolution`."""
    return resolution if cells == "scaled" else resolution - 1


def taps(
    coordinate: Tensor, resolution: int | Tensor, cells: str, interpolation: str
) -> tuple[Tensor, Tensor]:
    """Lattice points along one axis that a coordinate is interpolated from.

    Args:
        coordinate: (..., N) in [0, 1]; values outside are clamped.
        resolution: R, lattice points along the axis; a tensor broadcasts with `coordinate`.
        cells, interpolation: see `Level`.

    Returns:
        Indices (K, ..., N) int64 in [0, R - 1], clamped at the ends, and weights (K, ..., N).
    """
    last = torch.as_tensor(resolution - 1)
    position = coordinate.clamp(0, 1) * cell_count(resolution, cells)
    cell = position.floor()
    weights = torch.stack([_polynomial(tap, position - cell) for tap in INTERPOLATIONS[interpolation]])
    first = cell.long() - (len(weights) // 2 - 1)
    indices = torch.stack([first + tap for tap in range(len(weights))])
    return torch.minimum(indices.clamp_(min=0), last), weights


def row_factors(level: Level, in_dim: int) -> tuple[int, ...]:
    """What the lattice coordinates of each axis are multiplied by to find a row, slowest axis first."""
    if level.hashed:
        return PRIMES[in_dim]
    return tuple(level.resolution**axis for axis in reversed(range(in_dim)))


def table_rows(lattice: Sequence[Tensor], level: Level) -> Tensor:
    """Table rows of lattice points given by int64 coordinates, slowest axis first; they broadcast.

    The sum of coordinate times factor, or for a hashed level their exclusive or, modulo the table's rows.
    """
    keys = [axis * factor for axis, factor in zip(lattice, row_factors(level, len(lattice)), strict=True)]
    row = reduce(operator.xor if level.hashed else operator.add, keys)
    return row % level.rows if level.hashed else row


def look_up(table: Tensor, points: Tensor, level: Level) -> Tensor:
    """Interpolated features of one level by one gather per corner: the published algorithm.

    Args:
        table: (rows, F).
        points: (N, d) in [0, 1], slowest axis first.

    Returns:
        (N, F).
    """
    axes = [taps(coordinate, level.resolution, level.cells, level.interpolation) for coordinate in points.T]
    count = len(axes[0][1])
    values = []
    for corner in itertools.product(range(count), repeat=len(axes)):
        lattice = [indices[tap] for (indices, _), tap in zip(axes, corner, strict=True)]
        values.append(F.embedding(table_rows(lattice, level), table))
    for _, weights in reversed(axes):
        values = [_combine(values[i : i + count], weights) for i in range(0, len(values), count)]
    return values[0]


def _combine(values: list[Tensor], weights: Tensor) -> Tensor:
    """Weighted sum of K features (N, F) with weights (K, N)."""
    if len(values) == 2:
        return torch.lerp(values[0], values[1], weights[1, :, None])
    first, *others = [value * weight[:, None] for value, weight in zip(values, weights, strict=True)]
    return sum(others, first)


def lattices(levels: Sequence[Level], in_dim: int) -> list[Lattice]:
    """The levels as the compiled loops and the kernels take them."""
    return [
        Lattice(
            level.resolution,
            cell_count(level.resolution, level.cells),
            level.rows,
            row_factors(level, in_dim),
            level.hashed,
        )
        for level in levels
    ]


def look_up_all(tables: Sequence[Tensor], points: Tensor, levels: Sequence[Level]) -> Tensor:
    """As `look_up` for all levels of a grid, by the fastest form there is for device, dimensions and interpolation.

    Args:
        tables, points, levels: see `look_up_compiled`; points of one dimension, too.

    Returns:
        (L, F, N).
    """
    dimensions, features = points.shape[1], tables[0].shape[1]
    fits = levels[0].interpolation == "linear" and features & (features - 1) == 0
    if dimensions > 1 and fits and has_kernels(points.device):
        return grid_encode(points, torch.cat(list(tables)), lattices(levels, dimensions))
    if dimensions > 1 and points.device.type == "cpu":
        return look_up_compiled(tables, points, levels)
    return torch.stack([look_up(table, points, level).T for table, level in zip(tables, levels, strict=True)])


def look_up_compiled(tables: Sequence[Tensor], points: Tensor, levels: Sequence[Level]) -> Tensor:
    """As `look_up` for all levels of a grid of two or three dimensions on the CPU, by compiled loops.

    Args:
        tables: (rows, F) of each level; all levels have the same interpolation.
        points: (N, d), slowest axis first.

    Returns:
        (L, F, N).
    """
    from fieldbench.kernels.corners import LookUp  # compiled on first use; CUDA never needs it

    polynomials = torch.tensor(INTERPOLATIONS[levels[0].interpolation], dtype=torch.float32)
    return LookUp.apply(points.T.contiguous(), lattices(levels, points.shape[1]), polynomials, *tables)
