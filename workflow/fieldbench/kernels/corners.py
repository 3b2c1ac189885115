"""Look-up of scattered points in the table of a two-dimensional grid, compiled for the CPU, without a
temporary per corner.

The plain form is `fieldbench.encoders._multigrid.look_up`.
"""

import numba
import numpy as np
import torch
from torch import Tensor


@numba.njit(inline="always")
def _row(y: int, x: int, y_factor: int, x_factor: int, hashed: bool, rows: int) -> int:
    if hashed:
        return ((y * y_factor) ^ (x * x_factor)) % rows
    return y * y_factor + x * x_factor


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def gather(
    table: np.ndarray,
    indices: np.ndarray,
    weights: np.ndarray,
    y_factor: int,
    x_factor: int,
    hashed: bool,
    out: np.ndarray,
) -> None:
    """Interpolate features of points from the rows of the lattice points around them.

    Args:
        table: (rows, F).
        indices, weights: (2, K, N), for the axes y and x: lattice coordinates of K taps and their weights.
        y_factor, x_factor: the hash's multipliers, or the strides of a dense table.
        hashed: xor and remainder instead of a sum.
        out: (N, F), overwritten.
    """
    out[:] = 0
    for n in range(out.shape[0]):
        for j in range(indices.shape[1]):
            for i in range(indices.shape[1]):
                row = _row(indices[0, j, n], indices[1, i, n], y_factor, x_factor, hashed, table.shape[0])
                weight = weights[0, j, n] * weights[1, i, n]
                for f in range(out.shape[1]):
                    out[n, f] += weight * table[row, f]


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def scatter(
    grad: np.ndarray,
    indices: np.ndarray,
    weights: np.ndarray,
    y_factor: int,
    x_factor: int,
    hashed: bool,
    table: np.ndarray,
) -> None:
    """The adjoint of `gather`: adds to `table` (rows, F) what `grad` (N, F) sends to each row."""
    for n in range(grad.shape[0]):
        for j in range(indices.shape[1]):
            for i in range(indices.shape[1]):
                row = _row(indices[0, j, n], indices[1, i, n], y_factor, x_factor, hashed, table.shape[0])
                weight = weights[0, j, n] * weights[1, i, n]
                for f in range(grad.shape[1]):
                    table[row, f] += weight * grad[n, f]


class LookUp(torch.autograd.Function):
    """Features (N, F) of one level, arguments as of `gather`; the points get no gradient."""

    @staticmethod
    def forward(
        ctx, table: Tensor, indices: Tensor, weights: Tensor, y_factor: int, x_factor: int, hashed: bool
    ) -> Tensor:
        ctx.save_for_backward(indices, weights)
        ctx.level = (y_factor, x_factor, hashed)
        ctx.table_shape = table.shape
        out = table.new_empty(indices.shape[-1], table.shape[1])
        gather(table.numpy(), indices.numpy(), weights.numpy(), *ctx.level, out.numpy())
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        indices, weights = ctx.saved_tensors
        table = grad.new_zeros(ctx.table_shape)
        scatter(grad.contiguous().numpy(), indices.numpy(), weights.numpy(), *ctx.level, table.numpy())
        return table, None, None, None, None, None
