"""Interpolation between a lattice and a regular grid of points, axis by axis, compiled for the CPU.

Every point row blends K lattice rows, then picks K neighbours of the blend for each point: no index per
point and no atomics. The plain form is the product with both axes' weight matrices
(`fieldbench.encoders._grid`).
"""

import numba
import numpy as np


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def interpolate(
    plane: np.ndarray,
    y_index: np.ndarray,
    y_weight: np.ndarray,
    x_index: np.ndarray,
    x_weight: np.ndarray,
    out: np.ndarray,
) -> None:
    """out[f, y, x] = sum over taps of y_weight x_weight plane[f, y_index, x_index].

    Args:
        plane: (F, TY, TX) float32.
        y_index, y_weight: (K, NY) int32 and float32; x_index, x_weight: (K, NX).
        out: (F, NY, NX) float32, overwritten.
    """
    taps, width = x_index.shape
    blend = np.empty(plane.shape[2], plane.dtype)
    for f in range(plane.shape[0]):
        for y in range(y_index.shape[1]):
            blend[:] = 0
            for tap in range(taps):
                weight = y_weight[tap, y]
                source = plane[f, y_index[tap, y]]
                for t in range(blend.size):
                    blend[t] += weight * source[t]
            row = out[f, y]
            row[:] = 0
            for tap in range(taps):
                for x in range(width):
                    row[x] += x_weight[tap, x] * blend[x_index[tap, x]]


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def scatter(
    grad: np.ndarray,
    y_index: np.ndarray,
    y_weight: np.ndarray,
    x_index: np.ndarray,
    x_weight: np.ndarray,
    plane: np.ndarray,
) -> None:
    """The adjoint of `interpolate`: adds what `grad` (F, NY, NX) sends to each point of `plane` (F, TY, TX)."""
    taps, width = x_index.shape
    blend = np.empty(plane.shape[2], plane.dtype)
    for f in range(plane.shape[0]):
        for y in range(y_index.shape[1]):
            blend[:] = 0
            row = grad[f, y]
            for tap in range(taps):
                for x in range(width):
                    blend[x_index[tap, x]] += x_weight[tap, x] * row[x]
            for tap in range(taps):
                weight = y_weight[tap, y]
                target = plane[f, y_index[tap, y]]
                for t in range(blend.size):
                    target[t] += weight * blend[t]
