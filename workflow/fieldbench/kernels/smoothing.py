"""The residual smoothing of a level's features, f + s S(f), with its gradient, compiled for the CPU.

S is a network of a few neurons per point, so that memory traffic rules its plain form. Here all of it
happens in blocks of points that stay in the first-level cache, and the backward pass computes it again
instead of storing it. The plain form is `fieldbench.encoders._fusion.Smoother`.
"""

import numba
import numpy as np
import torch
from torch import Tensor

from fieldbench.kernels.activations import FAST, gelu_pair

BLOCK = 256  # points; whole blocks only, the last one padded, so that the compiler knows every loop's length
EPSILON = np.float32(1e-5)  # of torch's LayerNorm
compiled = numba.njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")
f32 = np.float32


@compiled
def _load(values: np.ndarray, start: int, block: np.ndarray) -> int:
    """Copy points of (F, N) `values` into (F, BLOCK) `block`, padded with 0; returns their number."""
    count = min(BLOCK, values.shape[1] - start)
    for f in range(values.shape[0]):
        for j in range(count):
            block[f, j] = values[f, start + j]
        for j in range(count, BLOCK):
            block[f, j] = 0
    return count


@compiled
def _product(matrix: np.ndarray, bias: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
    """out = matrix values + bias; (O, I), (O,), (I, BLOCK), (O, BLOCK)."""
    for o in range(matrix.shape[0]):
        for j in range(BLOCK):
            out[o, j] = bias[o]
        for i in range(matrix.shape[1]):
            for j in range(BLOCK):
                out[o, j] += matrix[o, i] * values[i, j]


@compiled
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


@compiled
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


@compiled
def smooth(features, first, bias, gain, offset, second, second_bias, strength, normalized, out) -> None:
    """out = f + s (W2 act(norm(W1 f + b1)) + b2) of one level.

    Args:
        features, out: (F, N).
        first, bias, gain, offset: (H, F) and (H,): first layer and, where `normalized`, its LayerNorm
            followed by GELU; else ReLU.
        second, second_bias: (F, H) and (F,).
        strength: s.
    """
    hidden = np.empty((first.shape[0], BLOCK), np.float32)
    value, slope = np.empty_like(hidden), np.empty_like(hidden)
    block = np.empty((features.shape[0], BLOCK), np.float32)
    change = np.empty_like(block)
    inverse = np.empty(BLOCK, np.float32)
    for start in range(0, features.shape[1], BLOCK):
        count = _load(features, start, block)
        _product(first, bias, block, hidden)
        if normalized:
            _normalize(hidden, inverse)
        _activate(hidden, gain, offset, normalized, value, slope)
        _product(second, second_bias, value, change)
        for f in range(features.shape[0]):
            for j in range(count):
                out[f, start + j] = block[f, j] + strength * change[f, j]


@compiled
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


@compiled
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


@compiled
def _pull_back(matrix: np.ndarray, grad: np.ndarray, out: np.ndarray) -> None:
    """out += matrix^T grad; (O, I), (O, BLOCK), (I, BLOCK)."""
    for i in range(matrix.shape[1]):
        for o in range(matrix.shape[0]):
            for j in range(BLOCK):
                out[i, j] += matrix[o, i] * grad[o, j]


@compiled
def smooth_backward(
    grad, features, first, bias, gain, offset, second, second_bias, strength, normalized, into,
    grad_first, grad_bias, grad_gain, grad_offset, grad_second, grad_second_bias, grad_strength,
) -> None:  # fmt: skip
    """The gradient of `smooth`: writes that of the features to `into` (F, N) and adds to those of the
    parameters.

    Args:
        grad: (F, N), of the output.
        grad_first, ..., grad_second_bias: shaped as their parameters; grad_strength: (1,).
    """
    hidden = np.empty((first.shape[0], BLOCK), np.float32)
    value, slope = np.empty_like(hidden), np.empty_like(hidden)
    block = np.empty((features.shape[0], BLOCK), np.float32)
    error, change = np.empty_like(block), np.empty_like(block)
    inverse = np.empty(BLOCK, np.float32)
    for start in range(0, features.shape[1], BLOCK):
        _load(features, start, block)
        count = _load(grad, start, error)
        _product(first, bias, block, hidden)
        if normalized:
            _normalize(hidden, inverse)
        _activate(hidden, gain, offset, normalized, value, slope)
        _product(second, second_bias, value, change)
        for f in range(features.shape[0]):
            total = f32(0)
            for j in range(BLOCK):
                total += error[f, j] * change[f, j]
                change[f, j] = error[f, j] * strength
            grad_strength[0] += total
        _add_outer(change, value, grad_second, grad_second_bias)
        value[:] = 0
        _pull_back(second, change, value)
        value *= slope
        if normalized:
            _normalize_backward(value, hidden, inverse, gain, grad_gain, grad_offset)
        _add_outer(value, block, grad_first, grad_bias)
        _pull_back(first, value, error)
        for f in range(features.shape[0]):
            for j in range(count):
                into[f, start + j] = error[f, j]


class Smooth(torch.autograd.Function):
    """Smoothed features of all levels (L, F, N), by one network for all or one per level.

    Parameters come as six per network, in the order of `smooth`; without LayerNorm, gain and offset are not
    used and get no gradient.
    """

    @staticmethod
    def forward(ctx, features: Tensor, strength: Tensor, normalized: bool, *parameters: Tensor) -> Tensor:
        ctx.save_for_backward(features, strength, *parameters)
        ctx.normalized = normalized
        out = torch.empty_like(features)
        arrays = [parameter.numpy() for parameter in parameters]
        for level in range(len(features)):
            network = level % len(strength)
            weights = arrays[6 * network : 6 * network + 6]
            smooth(features[level].numpy(), *weights, f32(strength[network]), normalized, out[level].numpy())
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        features, strength, *parameters = ctx.saved_tensors
        grad = grad.contiguous()
        into, of_strength = torch.empty_like(features), torch.zeros_like(strength)
        gradients = [torch.zeros_like(parameter) for parameter in parameters]
        arrays, totals = ([tensor.numpy() for tensor in tensors] for tensors in (parameters, gradients))
        for level in range(len(features)):
            network = level % len(strength)
            its = slice(6 * network, 6 * network + 6)
            smooth_backward(
                *(
                    grad[level].numpy(),
                    features[level].numpy(),
                    *arrays[its],
                    f32(strength[network]),
                    ctx.normalized,
                ),
                *(into[level].numpy(), *totals[its], of_strength[network : network + 1].numpy()),
            )
        return into, of_strength, None, *gradients
