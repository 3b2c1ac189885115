"""Small networks without bias, with ReLU between their layers, as Instant-NGP has them (Müller et al. 2022, section 5.4)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from fieldbench.kernels.fused import fused_mlp, has_kernels, plain_mlp

GRADIENT_SCALE = 2.0**13
TILE = 1024  # samples whose activations stay in a core's cache from layer to layer


class Perceptron(nn.Module):
    """Linear layers over channel-first input.

    Args:
        widths: channels in, of each hidden layer, and out.
        half: compute in half precision on CUDA; gradients of the output come multiplied by `GRADIENT_SCALE`, see `scaled`.
        fused: on CUDA and with `half`, run all layers in one kernel that keeps activations on the chip.

    Attributes:
        weights: (out, in) of each layer.
        multiply_adds: per sample.
    """

    def __init__(self, widths: Sequence[int], half: bool = False, fused: bool = False) -> None:
        super().__init__()
        shapes = [(out, inner) for inner, out in pairwise(widths)]
        self.weights = nn.ParameterList(nn.init.kaiming_uniform_(torch.empty(shape)) for shape in shapes)
        self.multiply_adds = sum(out * inner for out, inner in shapes)
        self.half_precision, self.fused = half, fused

    def forward(self, values: Tensor) -> Tensor:
        """(C, N) -> (out, N), in the fastest form."""
        weights = [
            scaled(weight, 1 / GRADIENT_SCALE) if self.half_precision else weight for weight in self.weights
        ]
        if values.device.type == "cpu" and not has_kernels(values.device):  # tests lend a CPU the kernels
            return Tiled.apply(values.float(), *weights)
        form = fused_mlp if self.fused else plain_mlp
        values = values.half() if self.half_precision else values
        return form(values, weights, [weight.new_zeros(len(weight)) for weight in weights], "relu")

    def plain(self, values: Tensor) -> Tensor:
        """As `forward` in single precision, layer after layer."""
        *hidden, last = self.weights
        for weight in hidden:
            values = F.relu(weight @ values)
        return last @ values


class Scaled(torch.autograd.Function):
    """See `scaled`."""

    @staticmethod
    def forward(ctx, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        return grad * ctx.factor, None


def scaled(values: Tensor, factor: float) -> Tensor:
    """`values` with their gradient multiplied by `factor`.

    In half precision the smallest gradients of single samples would become 0 (Micikevicius et al. 2018): they are
    multiplied where they enter it, and divided where they reach parameters in single precision.
    """
    return Scaled.apply(values, factor)


class Tiled(torch.autograd.Function):
    """A perceptron of at least one hidden layer, tile after tile: all layers of some samples before the next samples.

    Activations are not kept but computed again in the backward pass: a product costs less than memory.
    """

    @staticmethod
    def forward(ctx, values: Tensor, *weights: Tensor) -> Tensor:
        ctx.save_for_backward(values, *weights)
        out = values.new_empty(len(weights[-1]), values.shape[1])
        room = _room(values, weights)
        for part in _tiles(values.shape[1]):
            torch.mm(weights[-1], _layers(values[:, part], weights, room)[-1], out=out[:, part])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        values, *weights = ctx.saved_tensors
        grad_values = torch.empty_like(values) if ctx.needs_input_grad[0] else None
        grads = [torch.zeros_like(weight) for weight in weights]
        room, back_room = _room(values, weights), _room(values, weights)
        for part in _tiles(values.shape[1]):
            layers, back = _layers(values[:, part], weights, room), grad[:, part]
            for layer in range(len(weights) - 1, 0, -1):
                grads[layer].addmm_(back, layers[layer].T)
                back = torch.mm(weights[layer].T, back, out=back_room[layer - 1][:, : back.shape[1]])
                torch.ops.aten.threshold_backward(back, layers[layer], 0, grad_input=back)
            grads[0].addmm_(back, values[:, part].T)
            if grad_values is not None:
                torch.mm(weights[0].T, back, out=grad_values[:, part])
        return grad_values, *grads


def _room(values: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    """For a tile of each hidden layer."""
    return [values.new_empty(len(weight), min(TILE, values.shape[1])) for weight in weights[:-1]]


def _layers(values: Tensor, weights: Sequence[Tensor], room: Sequence[Tensor]) -> list[Tensor]:
    """A tile and its activations in every hidden layer, which are written to `room`."""
    layers = [values]
    for weight, place in zip(weights[:-1], room, strict=True):
        layers.append(torch.mm(weight, layers[-1], out=place[:, : values.shape[1]]).relu_())
    return layers


def _tiles(count: int) -> Iterator[slice]:
    return (slice(begin, min(begin + TILE, count)) for begin in range(0, count, TILE))
