"""A whole multi-layer perceptron in one kernel, forward and backward, by Triton.

Activations stay on chip from the first layer to the last, which is what makes a network of few neurons fast: only its
input and output move (Müller et al. 2021, "Real-time neural radiance caching", section 4). For a backward pass the values
before each activation are written once and read once; weight gradients are summed in single precision by atomic adds,
one per block of points and weight. Points are the rows of every product, so that a layer's result is the next one's left
operand in place.

Weights lie in one array, layer after layer, each (out, in) row by row; biases likewise. Values are rounded to the
compute precision where torch's layer-by-layer form rounds them: after each layer and after each activation.
"""

from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

# Points per program: the most that leave every width's values in registers.
FORWARD_BLOCK, BACKWARD_BLOCK = 128, 64


@triton.jit
def _activate(z, ACTIVATION: tl.constexpr):
    """The activation of float32 values, and its derivative."""
    if ACTIVATION == "relu":
        value, slope = tl.maximum(z, 0.0), tl.where(z > 0, 1.0, 0.0)
    elif ACTIVATION == "gelu":  # Phi by formula 7.1.26 of Abramowitz & Stegun: fewer registers than erf takes
        e = tl.exp(-0.5 * z * z)
        t = 1 / (1 + 0.23164189 * tl.abs(z))
        q = ((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736
        tail = 0.5 * (q * t + 0.254829592) * t * e
        share = tl.where(z < 0, tail, 1 - tail)
        value, slope = z * share, share + z * e * 0.3989422804
    else:
        tl.static_assert(ACTIVATION == "gelu-tanh")
        s = tl.sigmoid(1.5957691216 * (z + 0.044715 * z * z * z))  # (1 + tanh(u)) / 2 is sigmoid(2 u)
        value, slope = z * s, s + z * s * (1 - s) * 1.5957691216 * (1 + 0.134145 * z * z)
    return value, slope


@triton.jit
def activate(z, ACTIVATION: tl.constexpr):
    """The activation of a tile, in its precision."""
    value, _ = _activate(z.to(tl.float32), ACTIVATION)
    return value.to(z.dtype)


@triton.constexpr_function
def padded(count: int) -> int:
    """Channels of a tile that holds `count`: a power of two, at least 16, the least that a matrix unit takes."""
    return max(triton.next_power_of_2(count), 16)


@triton.jit
def _product(left, right):
    """In single precision; factors in single precision are not rounded to fewer bits."""
    return tl.dot(left, right, input_precision="ieee")


@triton.jit
def _matrix(weights, OUT: tl.constexpr, IN: tl.constexpr, OUT_TILE: tl.constexpr, IN_TILE: tl.constexpr):
    """A layer's weights (OUT_TILE, IN_TILE), padded with 0."""
    o, i = tl.arange(0, OUT_TILE)[:, None], tl.arange(0, IN_TILE)[None, :]
    return tl.load(weights + o * IN + i, mask=(o < OUT) & (i < IN), other=0.0)


@triton.jit
def dense(h, weights, biases, OUT: tl.constexpr, IN: tl.constexpr, OUT_TILE: tl.constexpr):
    """One layer of a tile (BLOCK, IN_TILE), rounded to its precision: (BLOCK, OUT_TILE)."""
    o = tl.arange(0, OUT_TILE)
    bias = tl.load(biases + o, mask=o < OUT, other=0.0)
    z = _product(h, tl.trans(_matrix(weights, OUT, IN, OUT_TILE, h.shape[1])))
    return (z + bias[None, :]).to(h.dtype)


@triton.jit
def _load_channels(values, n, count, CHANNELS: tl.constexpr, TILE: tl.constexpr):
    """A tile (BLOCK, TILE) of a channel-first array (CHANNELS, count), padded with 0."""
    c = tl.arange(0, TILE)[None, :]
    place = values + c.to(tl.int64) * count + n[:, None]
    return tl.load(place, mask=(c < CHANNELS) & (n[:, None] < count), other=0.0)


@triton.jit
def store_channels(tile, values, n, count, CHANNELS: tl.constexpr):
    """The reverse of `_load_channels`."""
    c = tl.arange(0, tile.shape[1])[None, :]
    place = values + c.to(tl.int64) * count + n[:, None]
    tl.store(place, tile.to(values.dtype.element_ty), mask=(c < CHANNELS) & (n[:, None] < count))


@triton.jit
def _saved(saved, layer, n, count, WIDTH: tl.constexpr):
    """Where a hidden layer's values before the activation lie, in (hidden layers, N, WIDTH)."""
    return saved + (n[:, None].to(tl.int64) + layer * count) * WIDTH + tl.arange(0, WIDTH)[None, :]


@triton.jit
def layers(
    h,
    weights,
    biases,
    saved,
    n,
    count,
    IN: tl.constexpr,
    OUT: tl.constexpr,
    WIDTH: tl.constexpr,
    HIDDEN: tl.constexpr,
    ACTIVATION: tl.constexpr,
    SAVE: tl.constexpr,
):
    """All layers of a tile (BLOCK, IN_TILE): (BLOCK, OUT_TILE)."""
    z = dense(h, weights, biases, WIDTH, IN, WIDTH)
    weights += WIDTH * IN
    for layer in range(HIDDEN - 1):  # a loop for the device: unrolled, four layers take minutes to compile
        if SAVE:
            tl.store(_saved(saved, layer, n, count, WIDTH), z, mask=n[:, None] < count)
        biases += WIDTH
        value = activate(z, ACTIVATION)
        z = dense(value, weights, biases, WIDTH, WIDTH, WIDTH)
        weights += WIDTH * WIDTH
    if SAVE:
        tl.store(_saved(saved, HIDDEN - 1, n, count, WIDTH), z, mask=n[:, None] < count)
    value = activate(z, ACTIVATION)
    return dense(value, weights, biases + WIDTH, OUT, WIDTH, padded(OUT))


@triton.jit
def _forward(
    x,
    weights,
    biases,
    saved,
    out,
    count,
    IN: tl.constexpr,
    OUT: tl.constexpr,
    WIDTH: tl.constexpr,
    HIDDEN: tl.constexpr,
    ACTIVATION: tl.constexpr,
    SAVE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    n = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    h = _load_channels(x, n, count, IN, padded(IN))
    y = layers(h, weights, biases, saved, n, count, IN, OUT, WIDTH, HIDDEN, ACTIVATION, SAVE)
    store_channels(y, out, n, count, OUT)


@triton.jit
def _dense_backward(dz, h, weights, weight_sums, bias_sums, OUT: tl.constexpr, IN: tl.constexpr):
    """Adds a layer's weight and bias gradients; returns the gradient (BLOCK, IN_TILE) of its input, as rounded as `h`.

    Args:
        dz: (BLOCK, OUT_TILE), gradient of its output; h: (BLOCK, IN_TILE), its input.
    """
    o, i = tl.arange(0, dz.shape[1]), tl.arange(0, h.shape[1])
    inside = (o[:, None] < OUT) & (i[None, :] < IN)
    target = weight_sums + o[:, None] * IN + i[None, :]
    tl.atomic_add(target, _product(tl.trans(dz), h), mask=inside, sem="relaxed")
    tl.atomic_add(bias_sums + o, tl.sum(dz.to(tl.float32), axis=0), mask=o < OUT, sem="relaxed")
    return _product(dz, _matrix(weights, OUT, IN, dz.shape[1], h.shape[1])).to(h.dtype)


@triton.jit
def _activation_backward(dh, z, ACTIVATION: tl.constexpr):
    """The gradient of the values `z` before an activation, from that of the values after it."""
    _, slope = _activate(z.to(tl.float32), ACTIVATION)
    return (dh.to(tl.float32) * slope).to(dh.dtype)


@triton.jit
def _backward(
    x,
    weights,
    saved,
    grad,
    weight_sums,
    bias_sums,
    x_grad,
    count,
    IN: tl.constexpr,
    OUT: tl.constexpr,
    WIDTH: tl.constexpr,
    HIDDEN: tl.constexpr,
    ACTIVATION: tl.constexpr,
    INPUT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    n = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = n[:, None] < count
    at = WIDTH * (IN + (HIDDEN - 1) * WIDTH)  # where the last layer's weights begin
    dz = _load_channels(grad, n, count, OUT, padded(OUT))
    z = tl.load(_saved(saved, HIDDEN - 1, n, count, WIDTH), mask=inside, other=0.0)
    h = activate(z, ACTIVATION)
    dh = _dense_backward(dz, h, weights + at, weight_sums + at, bias_sums + HIDDEN * WIDTH, OUT, WIDTH)
    dz = _activation_backward(dh, z, ACTIVATION)
    for step in range(HIDDEN - 1):
        layer = HIDDEN - 1 - step
        at -= WIDTH * WIDTH
        z = tl.load(_saved(saved, layer - 1, n, count, WIDTH), mask=inside, other=0.0)
        h = activate(z, ACTIVATION)
        dh = _dense_backward(dz, h, weights + at, weight_sums + at, bias_sums + layer * WIDTH, WIDTH, WIDTH)
        dz = _activation_backward(dh, z, ACTIVATION)
    h = _load_channels(x, n, count, IN, padded(IN))
    dx = _dense_backward(dz, h, weights, weight_sums, bias_sums, WIDTH, IN)
    if INPUT:
        store_channels(dx, x_grad, n, count, IN)


def launch(kernel: Any, arrays: Sequence, count: int, block: int, wide: int, **constants: Any) -> None:
    """Run a kernel on `count` points, `block` of them per program, with more warps for layers of `wide` neurons or more."""
    warps = 8 if constants["WIDTH"] >= wide else 4
    # Weights are few: fetching a layer ahead (a second stage) costs more shared memory than it saves time.
    schedule = {"num_warps": warps, "num_stages": 1}
    kernel[(triton.cdiv(count, block),)](*arrays, count, BLOCK=block, **constants, **schedule)


def forward(
    x: Tensor, weights: Tensor, biases: Tensor, shape: dict[str, int], activation: str, save: bool
) -> tuple[Tensor, Tensor | None]:
    """Output (OUT, N), and where `save` the values before each activation (HIDDEN, N, WIDTH).

    Args:
        x: (IN, N), contiguous, float32, float16 or bfloat16.
        weights: all layers' in one array, of the type of `x`.
        biases: all layers' in one array, float32.
        shape: IN, OUT, WIDTH (a power of two, at least 16) and HIDDEN (layers), as the kernel takes them.
        activation: `relu`, `gelu` or `gelu-tanh`.
        save: for `backward`.
    """
    count = x.shape[1]
    out = x.new_empty(shape["OUT"], count)
    saved = x.new_empty(shape["HIDDEN"], count, shape["WIDTH"]) if save else None
    arrays, options = (x, weights, biases, saved, out), {"ACTIVATION": activation, "SAVE": save}
    launch(_forward, arrays, count, FORWARD_BLOCK, 64, **shape, **options)
    return out, saved


def backward(
    x: Tensor,
    weights: Tensor,
    saved: Tensor,
    grad: Tensor,
    shape: dict[str, int],
    activation: str,
    with_input: bool,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Gradients of the weights and biases, float32, each in one array, and where `with_input` of `x`.

    Args:
        saved: of `forward`; grad: (OUT, N), contiguous, of the type of `x`; the others as of `forward`.
    """
    count = x.shape[1]
    outputs = shape["HIDDEN"] * shape["WIDTH"] + shape["OUT"]
    weight_sums = torch.zeros_like(weights, dtype=torch.float32)
    bias_sums = weight_sums.new_zeros(outputs)
    x_grad = torch.empty_like(x) if with_input else None
    arrays = x, weights, saved, grad, weight_sums, bias_sums, x_grad
    options = {"ACTIVATION": activation, "INPUT": with_input}
    launch(_backward, arrays, count, BACKWARD_BLOCK, 128, **shape, **options)
    return weight_sums, bias_sums, x_grad
