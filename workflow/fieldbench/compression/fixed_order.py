"""What decoding computes in real numbers, in one order of additions and multiplications on every processor.

A correction is added to what the decoder finds, so that this may not depend on threads, on a library of linear algebra, or
on whether a processor multiplies and adds at once. The loops are compiled without leave to reorder or fuse; everything
else is elementwise, which IEEE 754 rounds alike everywhere. Training computes the same faster, and rounds otherwise.
"""

import functools
import itertools
import math
from collections.abc import Sequence

import numba
import numpy as np
import torch

from fieldbench.compression import tensors
from fieldbench.compression.pyramid_network import Synthesis, surroundings
from fieldbench.encoders._multigrid import Level, row_factors

compiled = numba.njit(nogil=True, cache=True)  # no fastmath
BLOCK = 2048  # columns that stay in a cache


@compiled
def product(matrix: np.ndarray, columns: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """matrix (O, I) times columns (I, N) plus bias (O,); float32."""
    out = np.empty((matrix.shape[0], columns.shape[1]), np.float32)
    for start in range(0, columns.shape[1], BLOCK):
        end = min(start + BLOCK, columns.shape[1])
        for o in range(matrix.shape[0]):
            for n in range(start, end):
                out[o, n] = bias[o]
            for i in range(matrix.shape[1]):
                weight = matrix[o, i]
                for n in range(start, end):
                    out[o, n] += weight * columns[i, n]
    return out


def perceptron(columns: np.ndarray, parameters: Sequence[np.ndarray]) -> np.ndarray:
    """Layers, matrix and bias each, with ReLU between them; (I, N) to (O, N)."""
    for n in range(0, len(parameters), 2):
        columns = product(
            parameters[n], np.maximum(columns, np.float32(0)) if n else columns, parameters[n + 1]
        )
    return columns


@functools.lru_cache(maxsize=256)
def cubic_taps(size: int, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (4, size) and weights of `pyramid_network.interpolation`."""
    centre = (np.arange(size) + 0.5) / 2**level - 0.5
    index = np.floor(centre) + np.arange(-1, 3)[:, None]
    distance = np.abs(centre - index)
    near = (1.5 * distance - 2.5) * distance * distance + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weight = np.where(distance <= 1, near, far)
    return index.clip(0, -(-size // 2**level) - 1).astype(np.int64), weight.astype(np.float32)


def interpolated(values: np.ndarray, shape: tuple[int, int, int], level: int) -> np.ndarray:
    """Latents (frame, y, x) of a level of the pyramid at every sample, (samples,)."""
    for axis in (2, 1, 0):
        if level and (axis or shape[0] > 1):
            indices, weights = cubic_taps(shape[axis], level)
            along = [-1 if place == axis else 1 for place in range(3)]
            terms = [
                values.take(index, axis) * weight.reshape(along)
                for index, weight in zip(indices, weights, strict=True)
            ]
            values = functools.reduce(np.add, terms)
    return values.reshape(-1)


def synthesized(network: Synthesis, latents: Sequence[np.ndarray], shape: tuple[int, int, int]) -> np.ndarray:
    """(C, frame, y, x) of `shape`, as `Synthesis` makes it of latents (frame, y, x)."""
    levels = [interpolated(level.astype(np.float32), shape, n) for n, level in enumerate(latents)]
    features = np.float32(network.gain) * np.stack(levels)
    values = perceptron(features, tensors.arrays(network.layers)).reshape(-1, *shape)
    matrix, bias = tensors.arrays(network.residual)
    around = surroundings(torch.from_numpy(values)).numpy()
    return values + product(matrix, around, bias).reshape(values.shape)


@compiled
def _gather(table, cells, fractions, keys, weights, factor, last, hashed, out) -> None:
    """Add, to the features (F, lines, width), those of the corners that lie on one side along all axes but the last.

    `cells` and `fractions` (width,) are along the last axis; `keys` and `weights` (lines,) of the other axes.
    """
    mask = len(table) - 1 if hashed else -1  # a hashed table's rows are a power of two
    for line in range(keys.size):
        for x in range(cells.size):
            for upper in range(2):
                key = min(cells[x] + upper, last) * factor
                row = (keys[line] ^ key if hashed else keys[line] + key) & mask
                weight = weights[line] * (fractions[x] if upper else np.float32(1) - fractions[x])
                for f in range(out.shape[0]):
                    out[f, line, x] += weight * table[row, f]


def _cells(side: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each sample along an axis the lattice point before it, and how far it lies towards the next."""
    position = np.arange(side) * (last / max(side - 1, 1))
    cell = position.astype(np.int64).clip(0, max(last - 1, 0))
    return cell, (position - cell).astype(np.float32)


def features_at(table: np.ndarray, level: Level, shape: tuple[int, ...], lines: np.ndarray) -> np.ndarray:
    """Features (F, samples) of one level in lines along the last axis, given by their numbers in row-major order."""
    last, factors = level.resolution - 1, row_factors(level, len(shape))
    along = [_cells(side, last) for side in shape]
    places = np.unravel_index(lines, shape[:-1])
    out = np.zeros((table.shape[1], len(lines), shape[-1]), np.float32)
    for corner in itertools.product((0, 1), repeat=len(places)):
        keys, weights = np.zeros(len(lines), np.int64), np.ones(len(lines), np.float32)
        for upper, place, (cells, fractions), factor in zip(corner, places, along, factors, strict=False):
            key = np.minimum(cells[place] + upper, last) * factor
            keys = keys ^ key if level.hashed else keys + key
            weights = weights * (fractions[place] if upper else 1 - fractions[place])
        _gather(table, *along[-1], keys, weights, factors[-1], last, level.hashed, out)
    return out.reshape(len(out), -1)


def evaluated(
    values: np.ndarray,
    layers: Sequence[np.ndarray],
    levels: Sequence[Level],
    shape: tuple[int, ...],
    at_once: int,
) -> np.ndarray:
    """The output (C, N) of a network's layers at all samples of a field, about `at_once` at a time.

    Args:
        values: (rows of all levels, F).
        layers: matrix and bias of each.
    """
    tables = np.split(values, np.cumsum([level.rows for level in levels])[:-1])
    lines, step = math.prod(shape[:-1]), max(1, at_once // shape[-1])
    parts = []
    for start in range(0, lines, step):
        some = np.arange(start, min(start + step, lines))
        pairs = zip(tables, levels, strict=True)
        parts.append(perceptron(np.concatenate([features_at(*pair, shape, some) for pair in pairs]), layers))
    return np.concatenate(parts, axis=1)
