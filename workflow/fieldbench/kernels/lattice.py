"""Interpolation between a lattice and a regular grid of points, axis by axis, compiled for the CPU.

The axis x needs a gather, y only sums of whole rows. Whichever there are fewer of, lattice rows or point rows,
goes through the gather. No index per point, no atomics. The plain form is the product with both axes' weight
matrices (`fieldbench.encoders._grid`).
"""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
# Inlined: a part with machine code of its own is another one after the cache is read, and rounds otherwise.
part = numba.njit(forceinline=True, fastmath={"reassoc", "contract"})


@part
def _gather(source: np.ndarray, index: np.ndarray, weight: np.ndarray, out: np.ndarray) -> None:
    """out[x] = sum over k of weight[k, x] source[index[k, x]]; index and weight (K, NX)."""
    out[:] = 0
    for k in range(index.shape[0]):
        for x in range(out.size):
            out[x] += weight[k, x] * source[index[k, x]]


@part
def _scatter(grad: np.ndarray, index: np.ndarray, weight: np.ndarray, out: np.ndarray) -> None:
    """The adjoint of `_gather`, added to `out`."""
    for k in range(index.shape[0]):
        for x in range(grad.size):
            out[index[k, x]] += weight[k, x] * grad[x]


@part
def _blend(rows: np.ndarray, index: np.ndarray, weight: np.ndarray, y: int, out: np.ndarray) -> None:
    """out = sum over k of weight[k, y] rows[index[k, y]]; index and weight (K, NY)."""
    out[:] = 0
    for k in range(index.shape[0]):
        row, factor = rows[index[k, y]], weight[k, y]
        for i in range(out.size):
            out[i] += factor * row[i]


@part
def _spread(grad: np.ndarray, index: np.ndarray, weight: np.ndarray, y: int, rows: np.ndarray) -> None:
    """The adjoint of `_blend`, added to `rows`."""
    for k in range(index.shape[0]):
        row, factor = rows[index[k, y]], weight[k, y]
        for i in range(grad.size):
            row[i] += factor * grad[i]


@compiled
def interpolate(plane, y_index, y_weight, x_index, x_weight, out) -> None:
    """out[f, y, x] = sum over taps of y_weight x_weight plane[f, y_index, x_index].

    Args:
        plane: (F, TY, TX) float32.
        y_index, y_weight: (K, NY) int32 and float32; x_index, x_weight: (K, NX).
        out: (F, NY, NX) float32, overwritten.
    """
    rows = np.empty((plane.shape[1], out.shape[2]), np.float32)
    blend = np.empty(plane.shape[2], np.float32)
    for f in range(plane.shape[0]):
        if plane.shape[1] < out.shape[1]:
            for t in range(plane.shape[1]):
                _gather(plane[f, t], x_index, x_weight, rows[t])
            for y in range(out.shape[1]):
                _blend(rows, y_index, y_weight, y, out[f, y])
        else:
            for y in range(out.shape[1]):
                _blend(plane[f], y_index, y_weight, y, blend)
                _gather(blend, x_index, x_weight, out[f, y])


@compiled
def adjoint(grad, y_index, y_weight, x_index, x_weight, plane) -> None:
    """The adjoint of `interpolate`: adds what `grad` (F, NY, NX) sends to each point of `plane` (F, TY, TX)."""
    rows = np.empty((plane.shape[1], grad.shape[2]), np.float32)
    blend = np.empty(plane.shape[2], np.float32)
    for f in range(plane.shape[0]):
        if plane.shape[1] < grad.shape[1]:
            rows[:] = 0
            for y in range(grad.shape[1]):
                _spread(grad[f, y], y_index, y_weight, y, rows)
            for t in range(plane.shape[1]):
                _scatter(rows[t], x_index, x_weight, plane[f, t])
        else:
            for y in range(grad.shape[1]):
                blend[:] = 0
                _scatter(grad[f, y], x_index, x_weight, blend)
                _spread(blend, y_index, y_weight, y, plane[f])
