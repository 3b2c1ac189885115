"""Look-up in a multi-resolution grid and a multi-layer perceptron on its features in one kernel, for inference.

Features go from the look-up into the first layer without leaving the chip: only points and outputs move, besides the
tables. A program gathers all levels' features of its points side by side, one column per feature.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from fieldbench.kernels import triton_grid
from fieldbench.kernels.levels import Lattice
from fieldbench.kernels.triton_grid import COLUMNS, OFFSET, corner, load_level, locate
from fieldbench.kernels.triton_mlp import launch, layers, padded, store_channels

BLOCK = 64  # points per program


@triton.jit
def _features(
    points,
    table,
    numbers,
    n,
    count,
    LEVELS: tl.constexpr,
    D: tl.constexpr,
    F: tl.constexpr,
    KEY: tl.constexpr,
):
    """Features of all levels (BLOCK, TILE), in the table's precision, padded with 0."""
    column = tl.arange(0, padded(LEVELS * F))[None, :]
    inside = (n[:, None] < count) & (column < LEVELS * F)
    index = tl.minimum(column // F, LEVELS - 1)
    level = load_level(numbers, index, D, KEY)
    places, fractions = locate(points, n[:, None], n[:, None] < count, level[0], D)
    first = table + tl.load(numbers + index * COLUMNS + OFFSET) * F + column % F
    total = tl.zeros((n.shape[0], padded(LEVELS * F)), tl.float32)
    for number in tl.static_range(2**D):
        row, weight = corner(number, places, fractions, level, D)
        total += weight * tl.load(first + row * F, mask=inside, other=0.0).to(tl.float32)
    return total.to(table.dtype.element_ty)


@triton.jit
def _forward(
    points,
    table,
    numbers,
    weights,
    biases,
    out,
    count,
    LEVELS: tl.constexpr,
    D: tl.constexpr,
    F: tl.constexpr,
    WIDE: tl.constexpr,
    IN: tl.constexpr,
    OUT: tl.constexpr,
    WIDTH: tl.constexpr,
    HIDDEN: tl.constexpr,
    ACTIVATION: tl.constexpr,
    BLOCK: tl.constexpr,
):
    n = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    KEY: tl.constexpr = tl.int64 if WIDE else tl.uint32
    h = _features(points, table, numbers, n, count, LEVELS, D, F, KEY).to(weights.dtype.element_ty)
    y = layers(h, weights, biases, None, n, count, IN, OUT, WIDTH, HIDDEN, ACTIVATION, False)
    store_channels(y, out, n, count, OUT)


def forward(
    points: Tensor,
    table: Tensor,
    lattices: tuple[Lattice, ...],
    weights: Tensor,
    biases: Tensor,
    shape: dict[str, int],
    activation: str,
) -> Tensor:
    """Output (OUT, N) of the network at points, in the type of `weights`.

    Args:
        points, table, lattices: see `triton_grid.gather`.
        weights, biases, shape, activation: see `triton_mlp.forward`.
    """
    (count, dimensions), features = points.shape, table.shape[1]
    out = torch.empty(shape["OUT"], count, dtype=weights.dtype, device=points.device)
    numbers = triton_grid.describe(lattices, points.device)
    wide = any(map(triton_grid.needs_division, lattices))
    grid = {"LEVELS": len(lattices), "D": dimensions, "F": features, "WIDE": wide}
    arrays = points, table, numbers, weights, biases, out
    launch(_forward, arrays, count, BLOCK, 64, **grid, **shape, ACTIVATION=activation)
    return out
