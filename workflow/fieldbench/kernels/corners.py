"""Look-up of scattered points in the tables of a two-dimensional grid, compiled for the CPU.

Nothing is stored per corner, forward or backward. The plain form is `fieldbench.encoders._multigrid.look_up`.
"""

from typing import NamedTuple

import numba
import numpy as np
import torch
from torch import Tensor

compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
BLOCK = 256  # points whose rows are found before any is read, so that the reads can overlap


class Addressing(NamedTuple):
    """How a lattice point (y, x) finds its row: y y_factor + x x_factor, or with xor and a remainder if hashed."""

    y_factor: int
    x_factor: int
    hashed: bool


@compiled
def _corner(level, j, i, start, taps, address, rows, row, weight) -> int:
    """Rows and weights of one block's points for the corner of taps j and i; returns the number of points."""
    y_index, y_weight, x_index, x_weight = taps
    count = min(BLOCK, y_index.shape[2] - start)
    for n in range(count):
        y = y_index[j, level, start + n] * address.y_factor
        x = x_index[i, level, start + n] * address.x_factor
        row[n] = (y ^ x) % rows if address.hashed else y + x
        weight[n] = y_weight[j, level, start + n] * x_weight[i, level, start + n]
    return count


@compiled
def gather(table, level, taps, address, out) -> None:
    """Interpolate the features of points in one level's table.

    Args:
        table: (rows, F).
        level: which of the L levels.
        taps: indices and weights along y, indices and weights along x, each (K, L, N).
        address: `Addressing`.
        out: (F, N), overwritten.
    """
    row, weight = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    out[:] = 0
    for start in range(0, out.shape[1], BLOCK):
        for j in range(taps[0].shape[0]):
            for i in range(taps[0].shape[0]):
                count = _corner(level, j, i, start, taps, address, table.shape[0], row, weight)
                for f in range(out.shape[0]):
                    for n in range(count):
                        out[f, start + n] += weight[n] * table[row[n], f]


@compiled
def scatter(grad, level, taps, address, table) -> None:
    """The adjoint of `gather`: adds to `table` (rows, F) what `grad` (F, N) sends to each row."""
    row, weight = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    for start in range(0, grad.shape[1], BLOCK):
        for j in range(taps[0].shape[0]):
            for i in range(taps[0].shape[0]):
                count = _corner(level, j, i, start, taps, address, table.shape[0], row, weight)
                for n in range(count):
                    for f in range(grad.shape[0]):
                        table[row[n], f] += weight[n] * grad[f, start + n]


class LookUp(torch.autograd.Function):
    """Features (L, F, N) of L levels from their tables; arguments as of `gather`. Points get no gradient."""

    @staticmethod
    def forward(
        ctx, taps: tuple[Tensor, Tensor, Tensor, Tensor], addresses: list[Addressing], *tables: Tensor
    ) -> Tensor:
        ctx.taps = tuple(tensor.numpy() for tensor in taps)
        ctx.addresses = addresses
        ctx.shapes = [table.shape for table in tables]
        out = tables[0].new_empty(len(tables), tables[0].shape[1], taps[0].shape[2])
        for level, (table, address) in enumerate(zip(tables, addresses, strict=True)):
            gather(table.numpy(), level, ctx.taps, address, out[level].numpy())
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        grad = grad.contiguous()
        tables = [grad.new_zeros(shape) for shape in ctx.shapes]
        for level, (table, address) in enumerate(zip(tables, ctx.addresses, strict=True)):
            scatter(grad[level].numpy(), level, ctx.taps, address, table.numpy())
        return None, None, *tables
