"""A small perceptron at many places at once, whose inputs are stretches of one flat array, on a CPU in one thread.

Neighbours on a grid are such stretches, each shifted by a distance, and so are the rows of a matrix. Neither inputs nor
hidden activations are ever written to memory: a block of places is led through all layers within the innermost cache, and
the backward pass does so again.
"""

import itertools
from collections.abc import Sequence

import numba
import numpy as np
import torch
from torch import Tensor

compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
BLOCK = 256  # places
UNROLLED = 4  # inputs that are summed before an output goes back to the cache


def plain_perceptron(values: Tensor, starts: Sequence[int], count: int, layers: Sequence[Tensor]) -> Tensor:
    """The reference, on any device; see `perceptron`."""
    features = torch.stack([values.narrow(0, start, count) for start in starts])
    for n in range(0, len(layers), 2):
        features = torch.addmm(layers[n + 1][:, None], layers[n], features.relu() if n else features)
    return features


def perceptron(values: Tensor, starts: Sequence[int], count: int, layers: Sequence[Tensor]) -> Tensor:
    """Layers with ReLU between them, at `count` places; with gradients.

    Args:
        values: (N,) float32.
        starts: (I,) where in `values` the first place finds each of its inputs; those of the next place lie behind them.
        layers: matrix (O, I) and bias (O,) of each.

    Returns:
        (O, count).
    """
    if values.device.type != "cpu":
        return plain_perceptron(values, starts, count, layers)
    return _Perceptron.apply(values, np.array(starts, np.int64), count, *layers)


class _Perceptron(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, starts: np.ndarray, count: int, *layers: Tensor) -> Tensor:
        ctx.save_for_backward(values, *layers)
        ctx.starts, ctx.sizes = starts, np.array([len(starts), *(len(bias) for bias in layers[1::2])])
        out = values.new_empty(len(layers[-1]), count)
        _forward(values.detach().numpy(), starts, ctx.sizes, _joined(layers), out.numpy())
        return out

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        values, *layers = ctx.saved_tensors
        into, parameters = torch.zeros_like(values), _joined(layers)
        own = np.zeros_like(parameters)
        given = (values.numpy(), ctx.starts, ctx.sizes, parameters, gradient.contiguous().numpy())
        _backward(*given, into.numpy(), own)
        ends = list(itertools.accumulate(layer.numel() for layer in layers))
        parts = np.split(own, ends[:-1])
        shaped = [
            torch.from_numpy(part).reshape(layer.shape) for part, layer in zip(parts, layers, strict=True)
        ]
        return into, None, None, *shaped


def _joined(layers: Sequence[Tensor]) -> np.ndarray:
    return torch.cat([layer.detach().reshape(-1) for layer in layers]).numpy()


@compiled
def _product(matrix, columns, out) -> None:
    """Add matrix (O, I) times columns (I, BLOCK) to out (O, BLOCK)."""
    inputs = matrix.shape[1]
    whole = inputs - inputs % UNROLLED
    for o in range(matrix.shape[0]):
        for i in range(0, whole, UNROLLED):
            a, b, c, d = matrix[o, i], matrix[o, i + 1], matrix[o, i + 2], matrix[o, i + 3]
            for n in range(BLOCK):
                out[o, n] += (
                    a * columns[i, n] + b * columns[i + 1, n] + c * columns[i + 2, n] + d * columns[i + 3, n]
                )
        for i in range(whole, inputs):
            a = matrix[o, i]
            for n in range(BLOCK):
                out[o, n] += a * columns[i, n]


@compiled
def _outer(one, other, out) -> None:
    """Add one (O, BLOCK) times the transpose of other (I, BLOCK) to out (O, I)."""
    inputs = other.shape[0]
    whole = inputs - inputs % UNROLLED
    for o in range(one.shape[0]):
        for i in range(0, whole, UNROLLED):
            a = b = c = d = np.float32(0)
            for n in range(BLOCK):
                a += one[o, n] * other[i, n]
                b += one[o, n] * other[i + 1, n]
                c += one[o, n] * other[i + 2, n]
                d += one[o, n] * other[i + 3, n]
            out[o, i] += a
            out[o, i + 1] += b
            out[o, i + 2] += c
            out[o, i + 3] += d
        for i in range(whole, inputs):
            a = np.float32(0)
            for n in range(BLOCK):
                a += one[o, n] * other[i, n]
            out[o, i] += a


@compiled
def _through(values, starts, sizes, parameters, start, width, rows) -> None:
    """Fill `rows`: the inputs of a block of places, and the outputs of each layer below them."""
    for i in range(sizes[0]):
        for n in range(width):
            rows[i, n] = values[starts[i] + start + n]
    at, top = 0, 0
    for layer in range(sizes.size - 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        found = rows[top + inputs : top + inputs + outputs]
        matrix = parameters[at : at + inputs * outputs].reshape((outputs, inputs))
        at += inputs * outputs
        for o in range(outputs):
            for n in range(BLOCK):
                found[o, n] = parameters[at + o]
        at += outputs
        _product(matrix, rows[top : top + inputs], found)
        top += inputs
        if layer < sizes.size - 2:
            for o in range(outputs):
                for n in range(BLOCK):
                    found[o, n] = max(found[o, n], np.float32(0))


@compiled
def _forward(values, starts, sizes, parameters, out) -> None:
    rows = np.zeros((sizes.sum(), BLOCK), np.float32)
    last = rows[rows.shape[0] - sizes[-1] :]
    for start in range(0, out.shape[1], BLOCK):
        width = min(BLOCK, out.shape[1] - start)
        _through(values, starts, sizes, parameters, start, width, rows)
        for o in range(out.shape[0]):
            for n in range(width):
                out[o, start + n] = last[o, n]


@compiled
def _backward(values, starts, sizes, parameters, gradient, into, own) -> None:
    """Add the gradients of values and parameters to `into` and `own`."""
    rows = np.zeros((sizes.sum(), BLOCK), np.float32)
    slopes = np.zeros_like(rows)
    for start in range(0, gradient.shape[1], BLOCK):
        width = min(BLOCK, gradient.shape[1] - start)
        _through(values, starts, sizes, parameters, start, width, rows)
        slopes[:] = 0
        top, at = rows.shape[0] - sizes[-1], parameters.size
        for o in range(sizes[-1]):
            for n in range(width):
                slopes[top + o, n] = gradient[o, start + n]
        for layer in range(sizes.size - 2, -1, -1):
            inputs, outputs = sizes[layer], sizes[layer + 1]
            given = slopes[top : top + outputs]
            at -= outputs
            for o in range(outputs):
                own[at + o] += given[o].sum()
            at -= inputs * outputs
            below, above = rows[top - inputs : top], slopes[top - inputs : top]
            _outer(given, below, own[at : at + inputs * outputs].reshape((outputs, inputs)))
            matrix = parameters[at : at + inputs * outputs].reshape((outputs, inputs))
            _product(np.ascontiguousarray(matrix.T), given, above)
            top -= inputs
            if layer:
                for i in range(inputs):
                    for n in range(BLOCK):
                        above[i, n] = above[i, n] if below[i, n] > 0 else np.float32(0)
        for i in range(sizes[0]):
            for n in range(width):
                into[starts[i] + start + n] += slopes[i, n]
