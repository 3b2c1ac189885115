"""Look-up of scattered points in the tables of a grid of two or three dimensions, compiled for the CPU.

Nothing is stored per point, forward or backward. The plain form is `fieldbench.encoders._multigrid.look_up`.
"""

import numba
import numpy as np
import torch
from torch import Tensor

from fieldbench.kernels import trilinear
from fieldbench.kernels.levels import Lattice

compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
# Inlined: a part with machine code of its own is another one after the cache is read, and rounds otherwise.
part = numba.njit(forceinline=True, fastmath={"reassoc", "contract"})
BLOCK = 256  # points whose rows are found before any is read, so that the reads can overlap


@part
def _taps(points, start, lattice, polynomials, cell, fraction, key, weight) -> int:
    """Keys (lattice coordinate times factor) and weights, (d, K, BLOCK), of one block of points; returns their number.

    `cell` and `fraction` are room for (BLOCK,) numbers.
    """
    count = min(BLOCK, points.shape[1] - start)
    last, scale = lattice.resolution - 1, np.float32(lattice.cells)
    for axis in range(points.shape[0]):
        factor = lattice.factors[axis]
        for n in range(count):
            position = min(max(points[axis, start + n], np.float32(0)), np.float32(1)) * scale
            whole = np.floor(position)
            cell[n] = np.int32(whole)
            fraction[n] = position - whole
        for tap in range(len(polynomials)):
            shift = tap + 1 - len(polynomials) // 2
            keys, weights, polynomial = key[axis, tap], weight[axis, tap], polynomials[tap]
            for n in range(BLOCK):
                keys[n] = np.int64(min(max(cell[n] + shift, 0), last)) * factor
                weights[n] = polynomial[-1]
            for power in range(polynomial.size - 2, -1, -1):
                for n in range(BLOCK):
                    weights[n] = weights[n] * fraction[n] + polynomial[power]
    return count


@part
def _corner(corner, key, weight, lattice, row, product) -> None:
    """Rows and weights of one block's points for a corner, a number whose digits are one tap per axis."""
    axes, taps, _ = key.shape
    row[:], product[:] = 0, 1
    for axis in range(axes):
        tap = corner // taps ** (axes - 1 - axis) % taps
        keys, weights = key[axis, tap], weight[axis, tap]
        for n in range(BLOCK):
            row[n] = row[n] ^ keys[n] if lattice.hashed else row[n] + keys[n]
            product[n] *= weights[n]
    if lattice.hashed:
        _remainder(row, lattice.rows)


@part
def _remainder(row, rows) -> None:
    """row %= rows, by a mask where `rows` is a power of two: a division costs as much as the rest of a corner."""
    if rows & (rows - 1):
        row %= rows
    else:
        row &= rows - 1


def gather(table, points, lattice, polynomials, out) -> None:
    """Interpolate the features of points in one level's table, in the fastest form.

    Args:
        table: (rows, F).
        points: (d, N), slowest axis first, contiguous.
        lattice: `Lattice`.
        polynomials: (K, P) coefficients of the K weights in powers of the fraction of a cell, the constant first.
        out: (F, N), overwritten.
    """
    if is_trilinear(points, polynomials):
        trilinear.gather(table, points, lattice, out)
    else:
        gather_any(table, points, lattice, polynomials, out)


def scatter(grad, points, lattice, polynomials, table) -> None:
    """The adjoint of `gather`: adds to `table` (rows, F) what `grad` (F, N) sends to each row."""
    if is_trilinear(points, polynomials):
        trilinear.scatter(grad, points, lattice, table)
    else:
        scatter_any(grad, points, lattice, polynomials, table)


def is_trilinear(points: np.ndarray, polynomials: np.ndarray) -> bool:
    """Whether there is a form for these dimensions and this interpolation alone."""
    return len(points) == 3 and len(polynomials) == 2


@compiled
def gather_any(table, points, lattice, polynomials, out) -> None:
    """See `gather`; any dimensions and interpolation."""
    key = np.empty((points.shape[0], len(polynomials), BLOCK), np.int64)
    weight = np.empty(key.shape, np.float32)
    row, product = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    cell, fraction = np.zeros(BLOCK, np.int32), np.zeros(BLOCK, np.float32)
    out[:] = 0
    for start in range(0, points.shape[1], BLOCK):
        count = _taps(points, start, lattice, polynomials, cell, fraction, key, weight)
        for corner in range(len(polynomials) ** points.shape[0]):
            _corner(corner, key, weight, lattice, row, product)
            for f in range(out.shape[0]):
                for n in range(count):
                    out[f, start + n] += product[n] * table[row[n], f]


@compiled
def scatter_any(grad, points, lattice, polynomials, table) -> None:
    """See `scatter`; any dimensions and interpolation."""
    key = np.empty((points.shape[0], len(polynomials), BLOCK), np.int64)
    weight = np.empty(key.shape, np.float32)
    row, product = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    cell, fraction = np.zeros(BLOCK, np.int32), np.zeros(BLOCK, np.float32)
    for start in range(0, points.shape[1], BLOCK):
        count = _taps(points, start, lattice, polynomials, cell, fraction, key, weight)
        for corner in range(len(polynomials) ** points.shape[0]):
            _corner(corner, key, weight, lattice, row, product)
            for n in range(count):
                for f in range(grad.shape[0]):
                    table[row[n], f] += product[n] * grad[f, start + n]


class LookUp(torch.autograd.Function):
    """Features (L, F, N) of L levels from their tables; arguments as of `gather`. Points get no gradient."""

    @staticmethod
    def forward(ctx, points: Tensor, lattices: list[Lattice], polynomials: Tensor, *tables: Tensor) -> Tensor:
        ctx.arguments = at, lattices, shapes = points.numpy(), lattices, polynomials.numpy()
        ctx.shapes = [table.shape for table in tables]
        out = tables[0].new_empty(len(tables), tables[0].shape[1], points.shape[1])
        for table, lattice, features in zip(tables, lattices, out, strict=True):
            gather(table.numpy(), at, lattice, shapes, features.numpy())
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        points, lattices, polynomials = ctx.arguments
        tables = [grad.new_zeros(shape) for shape in ctx.shapes]
        for part, lattice, table in zip(grad.contiguous(), lattices, tables, strict=True):
            scatter(part.numpy(), points, lattice, polynomials, table.numpy())
        return None, None, None, *tables
