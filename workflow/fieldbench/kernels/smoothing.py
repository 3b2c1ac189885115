"""The smoothing of a level's features, f + s S(f) or s S(f), with its gradient, compiled for the CPU.

S is a network of a few neurons per point, so that memory traffic rules its plain form. Here all of it
happens in blocks of points that stay in the first-level cache, and the backward pass computes it again
instead of storing it. The plain form is `fieldbench.encoders._fusion.Smoother`.
"""

from typing import NamedTuple

import numba
import numpy as np
import torch
from torch import Tensor

from fieldbench.kernels.activations import FAST, gelu_pair

BLOCK = 256  # points; whole blocks only, the last one padded, so that the compiler knows every loop's length
EPSILON = np.float32(1e-5)  # of torch's LayerNorm
compiled = numba.njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
# Inlined: a part with machine code of its own is another one after the cache is read, and rounds otherwise.
part = numba.njit(forceinline=True, fastmath=FAST, error_model="numpy")
f32 = np.float32


class Weights(NamedTuple):
    """The parameters of one S, or their gradients.

    Attributes:
        first, bias: (H, F) and (H,), first layer.
        gain, offset: (H,), of the LayerNorm; not used, and without gradient, where there is none.
        second, second_bias: (F, H) and (F,), second layer.
    """

    first: np.ndarray
    bias: np.ndarray
    gain: np.ndarray
    offset: np.ndarray
    second: np.ndarray
    second_bias: np.ndarray


@part
def _load(values: np.ndarray, start: int, block: np.ndarray) -> int:
    """Copy points of (F, N) `values` into (F, BLOCK) `block`, padded with 0; returns their number."""
    count = min(BLOCK, values.shape[1] - start)
    for f in range(values.shape[0]):
        for j in range(count):
            block[f, j] = values[f, start + j]
        for j in range(count, BLOCK):
            block[f, j] = 0
    return count


@part
def _product(matrix: np.ndarray, bias: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
    """out = matrix values + bias; (O, I), (O,), (I, BLOCK), (O, BLOCK)."""
    for o in range(matrix.shape[0]):
        for j in range(BLOCK):
            out[o, j] = bias[o]
        for i in range(matrix.shape[1]):
            for j in range(BLOCK):
                out[o, j] += matrix[o, i] * values[i, j]


@part
def _normalize(hidden: np.ndarray, inverse: np.ndarray) -> None:
    """Over the neurons of each point: `hidden` minus its mean, times `inverse`, one over its deviation."""
    share = f32(1) / f32(hidden.shape[0])
    mean = np.zeros(BLOCK, np.float32)
    for h in range(hidden.shape[0]):
        for j in range(BLOCK):
            mean[j] += share * hidden[h, j]
    for j in range(BLOCK):
        inverse[j] = EPSILON
    for h in range(hidden.shape[0]):
        for j in range(BLOCK):
            hidden[h, j] -= mean[j]
            inverse[j] += share * hidden[h, j] * hidden[h, j]
    for j in range(BLOCK):
        inverse[j] = f32(1) / np.sqrt(inverse[j])
    for h in range(hidden.shape[0]):
        for j in range(BLOCK):
            hidden[h, j] *= inverse[j]


@part
def _activate(hidden, gain, offset, normalized, value, slope) -> None:
    """GELU(gain hidden + offset) where `normalized`, else ReLU(hidden); its value and derivative."""
    for h in range(hidden.shape[0]):
        source, v, d, scale, shift = hidden[h], value[h], slope[h], gain[h], offset[h]
        if normalized:
            for j in range(BLOCK):
                v[j], d[j] = gelu_pair(scale * source[j] + shift)
        else:
            for j in range(BLOCK):
                d[j] = f32(1) if source[j] > 0 else f32(0)
                v[j] = d[j] * source[j]


@part
def _change(block, weights, normalized, hidden, inverse, value, slope, change) -> None:
    """S of one block (F, BLOCK) in `change`; the other arrays keep what its gradient needs."""
    _product(weights.first, weights.bias, block, hidden)
    if normalized:
        _normalize(hidden, inverse)
    _activate(hidden, weights.gain, weights.offset, normalized, value, slope)
    _product(weights.second, weights.second_bias, value, change)


@compiled
def smooth(features, weights, strength, normalized, kept, out) -> None:
    """out = k f + s (W2 act(norm(W1 f + b1)) + b2) of one level.

    Args:
        features, out: (F, N).
        weights: `Weights`.
        strength: s.
        normalized: LayerNorm and GELU instead of ReLU.
        kept: k, 1 or 0.
    """
    hidden = np.empty((weights.first.shape[0], BLOCK), np.float32)
    value, slope = np.empty_like(hidden), np.empty_like(hidden)
    block = np.empty((features.shape[0], BLOCK), np.float32)
    change = np.empty_like(block)
    inverse = np.empty(BLOCK, np.float32)
    for start in range(0, features.shape[1], BLOCK):
        count = _load(features, start, block)
        _change(block, weights, normalized, hidden, inverse, value, slope, change)
        for f in range(features.shape[0]):
            for j in range(count):
                out[f, start + j] = kept * block[f, j] + strength * change[f, j]


@part
def _add_outer(left: np.ndarray, right: np.ndarray, matrix: np.ndarray, bias: np.ndarray) -> None:
    """matrix += left right^T and bias += sums of left; (O, BLOCK), (I, BLOCK), (O, I), (O,)."""
    for o in range(left.shape[0]):
        total = f32(0)
        for j in range(BLOCK):
            total += left[o, j]
        bias[o] += total
        for i in range(right.shape[0]):
            total = f32(0)
            for j in range(BLOCK):
                total += left[o, j] * right[i, j]
            matrix[o, i] += total


@part
def _normalize_backward(grad, hidden, inverse, gain, grad_gain, grad_offset) -> None:
    """Turn the gradient of LayerNorm's output into that of its input; add to those of its parameters."""
    share = f32(1) / f32(grad.shape[0])
    mean, along = np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32)
    for h in range(grad.shape[0]):
        gain_total, offset_total = f32(0), f32(0)
        for j in range(BLOCK):
            gain_total += grad[h, j] * hidden[h, j]
            offset_total += grad[h, j]
        grad_gain[h] += gain_total
        grad_offset[h] += offset_total
        for j in range(BLOCK):
            grad[h, j] *= gain[h]
            mean[j] += share * grad[h, j]
            along[j] += share * grad[h, j] * hidden[h, j]
    for h in range(grad.shape[0]):
        for j in range(BLOCK):
            grad[h, j] = inverse[j] * (grad[h, j] - mean[j] - hidden[h, j] * along[j])


@part
def _pull_back(matrix: np.ndarray, grad: np.ndarray, out: np.ndarray) -> None:
    """out += matrix^T grad; (O, I), (O, BLOCK), (I, BLOCK)."""
    for i in range(matrix.shape[1]):
        for o in range(matrix.shape[0]):
            for j in range(BLOCK):
                out[i, j] += matrix[o, i] * grad[o, j]


@part
def _scale(error: np.ndarray, strength: float, change: np.ndarray) -> np.floating:
    """Turn `change` into error strength; returns the sum of error times what it was."""
    total = f32(0)
    for f in range(error.shape[0]):
        for j in range(BLOCK):
            total += error[f, j] * change[f, j]
            change[f, j] = error[f, j] * strength
    return total


@compiled
def smooth_backward(grad, features, weights, strength, normalized, kept, into, totals, of_strength) -> None:
    """The gradient of `smooth`.

    Args:
        grad: (F, N), of the output.
        into: (F, N), overwritten by the gradient of the features.
        totals: `Weights`, to which the gradients of the weights are added.
        of_strength: (1,), to which the gradient of the strength is added.
    """
    hidden = np.empty((weights.first.shape[0], BLOCK), np.float32)
    value, slope = np.empty_like(hidden), np.empty_like(hidden)
    block = np.empty((features.shape[0], BLOCK), np.float32)
    error, change = np.empty_like(block), np.empty_like(block)
    inverse = np.empty(BLOCK, np.float32)
    for start in range(0, features.shape[1], BLOCK):
        _load(features, start, block)
        count = _load(grad, start, error)
        _change(block, weights, normalized, hidden, inverse, value, slope, change)
        of_strength[0] += _scale(error, strength, change)
        error *= kept
        _add_outer(change, value, totals.second, totals.second_bias)
        value[:] = 0
        _pull_back(weights.second, change, value)
        value *= slope
        if normalized:
            _normalize_backward(value, hidden, inverse, weights.gain, totals.gain, totals.offset)
        _add_outer(value, block, totals.first, totals.bias)
        _pull_back(weights.first, value, error)
        for f in range(features.shape[0]):
            for j in range(count):
                into[f, start + j] = error[f, j]


class Smooth(torch.autograd.Function):
    """Smoothed features of all levels (L, F, N), by one network for all or one per level.

    Parameters come as those of `Weights`, one network after the other.
    """

    @staticmethod
    def forward(
        ctx, features: Tensor, strength: Tensor, normalized: bool, residual: bool, *parameters: Tensor
    ) -> Tensor:
        ctx.save_for_backward(features, strength, *parameters)
        ctx.form = normalized, f32(residual)
        networks = _by_network(parameters)
        out = torch.empty_like(features)
        for level in range(len(features)):
            network = level % len(networks)
            arrays = (features[level].numpy(), networks[network], f32(strength[network]))
            smooth(*arrays, normalized, f32(residual), out[level].numpy())
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        features, strength, *parameters = ctx.saved_tensors
        normalized, residual = ctx.form
        gradients = [torch.zeros_like(parameter) for parameter in parameters]
        networks, totals = _by_network(parameters), _by_network(gradients)
        grad = grad.contiguous()
        into, of_strength = torch.empty_like(features), torch.zeros_like(strength)
        for level in range(len(features)):
            network = level % len(networks)
            arrays = (features[level].numpy(), networks[network], f32(strength[network]))
            results = (into[level].numpy(), totals[network], of_strength[network : network + 1].numpy())
            smooth_backward(grad[level].numpy(), *arrays, normalized, residual, *results)
        return into, of_strength, None, None, *gradients


def _by_network(parameters) -> list[Weights]:
    arrays = [parameter.numpy() for parameter in parameters]
    return [Weights(*arrays[i : i + 6]) for i in range(0, len(arrays), 6)]
