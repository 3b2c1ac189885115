"""Linear look-up of scattered points in three dimensions, compiled for the CPU: what a radiance field spends its time in.

The eight rows and weights of a point stay in registers, and its eight reads, or additions, follow one another: they lie in
different rows and need not wait for one another, as those of neighbouring points in one corner would. The general form is
`fieldbench.kernels.corners`.
"""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
part = numba.njit(forceinline=True, fastmath={"reassoc", "contract"})  # see `corners`
f32 = np.float32


@compiled
def gather(table, points, lattice, out) -> None:
    """Interpolate the features of points in one level's table.

    Args:
        table: (rows, F).
        points: (3, N), slowest axis first, contiguous.
        lattice: `Lattice`.
        out: (F, N), overwritten.
    """
    for n in range(points.shape[1]):
        row, weight = _corners(points[0, n], points[1, n], points[2, n], lattice)
        for f in range(out.shape[0]):
            value = f32(0)
            for corner in range(8):
                value += weight[corner] * table[row[corner], f]
            out[f, n] = value


@compiled
def scatter(grad, points, lattice, table) -> None:
    """The adjoint of `gather`: adds to `table` (rows, F) what `grad` (F, N) sends to each row."""
    for n in range(points.shape[1]):
        row, weight = _corners(points[0, n], points[1, n], points[2, n], lattice)
        for f in range(grad.shape[0]):
            value = grad[f, n]
            for corner in range(8):
                table[row[corner], f] += weight[corner] * value


@part
def _corners(z, y, x, lattice):
    """Rows and weights of the eight corners of the cell that holds a point, x fastest."""
    z0, z1, tz = _ends(z, lattice, lattice.factors[0])
    y0, y1, ty = _ends(y, lattice, lattice.factors[1])
    x0, x1, tx = _ends(x, lattice, lattice.factors[2])
    if lattice.hashed:
        near = _remainders((z0 ^ y0 ^ x0, z0 ^ y0 ^ x1, z0 ^ y1 ^ x0, z0 ^ y1 ^ x1), lattice.rows)
        far = _remainders((z1 ^ y0 ^ x0, z1 ^ y0 ^ x1, z1 ^ y1 ^ x0, z1 ^ y1 ^ x1), lattice.rows)
    else:
        near = (z0 + y0 + x0, z0 + y0 + x1, z0 + y1 + x0, z0 + y1 + x1)
        far = (z1 + y0 + x0, z1 + y0 + x1, z1 + y1 + x0, z1 + y1 + x1)
    sz, sy, sx = f32(1) - tz, f32(1) - ty, f32(1) - tx
    a, b, c, d = sz * sy, sz * ty, tz * sy, tz * ty
    return near + far, (a * sx, a * tx, b * sx, b * tx, c * sx, c * tx, d * sx, d * tx)


@part
def _ends(coordinate, lattice, factor):
    """Keys (lattice coordinate times factor) of both ends of the cell along one axis, and the place between them."""
    position = min(max(coordinate, f32(0)), f32(1)) * f32(lattice.cells)
    whole = np.floor(position)
    cell, last = np.int64(whole), lattice.resolution - 1
    low, high = max(min(cell, last), 0), max(min(cell + 1, last), 0)  # of what is no number, too
    # Without a sign: one that may be negative would be asked about at each read.
    return np.uintp(low) * np.uintp(factor), np.uintp(high) * np.uintp(factor), position - whole


@part
def _remainders(keys, rows):
    """Of four keys; by a mask where `rows` is a power of two: a division costs more than the rest."""
    rows = np.uintp(rows)
    if rows & (rows - np.uintp(1)):
        return keys[0] % rows, keys[1] % rows, keys[2] % rows, keys[3] % rows
    mask = rows - np.uintp(1)
    return keys[0] & mask, keys[1] & mask, keys[2] & mask, keys[3] & mask
