"""A grid's look-up and a small network as single kernels on CUDA, with the forms that run elsewhere.

Arrays are channel-first, (channels, N), like those of `fieldbench.networks.mlp`. The kernels are in `triton_grid`,
`triton_mlp` and `triton_encode_mlp`, which are imported where they run: a machine without Triton never needs it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from fieldbench.kernels.levels import Lattice

WIDTHS = (16, 32, 64, 128)  # of the fused network's hidden layers
MOST_HIDDEN = 4
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu-tanh": partial(F.gelu, approximate="tanh"),
}
LINEAR = ((1.0, -1.0), (0.0, 1.0))  # weights of the two taps in powers of the fraction of a cell


def has_kernels(device: torch.device) -> bool:
    """Whether the kernels run on `device`."""
    return device.type == "cuda" and find_spec("triton") is not None


def is_fusable(weights: Sequence[Tensor], precision: torch.dtype) -> bool:
    """Whether one kernel takes a network of these layers.

    In single precision, which has no matrix units, it would run, but a network's values exceed the registers.
    """
    hidden = {len(weight) for weight in weights[:-1]}
    fits = len(hidden) == 1 and hidden <= set(WIDTHS) and len(weights) - 1 <= MOST_HIDDEN
    return fits and precision in (torch.float16, torch.bfloat16)


class GridEncode(torch.autograd.Function):
    """`grid_encode` by Triton."""

    @staticmethod
    def forward(
        ctx, points: Tensor, table: Tensor, lattices: tuple[Lattice, ...], precision: torch.dtype
    ) -> Tensor:
        from fieldbench.kernels import triton_grid

        ctx.save_for_backward(points)
        ctx.lattices, ctx.stored = lattices, table.dtype
        return triton_grid.gather(table.to(precision), points, lattices)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        from fieldbench.kernels import triton_grid

        (points,) = ctx.saved_tensors
        return None, triton_grid.scatter(grad.contiguous(), points, ctx.lattices).to(ctx.stored), None, None


def plain_grid(
    points: Tensor, table: Tensor, lattices: Sequence[Lattice], precision: torch.dtype = torch.float32
) -> Tensor:
    """`grid_encode` by compiled loops on the CPU."""
    from fieldbench.kernels.corners import LookUp

    rounded = table.detach().to(precision).float() + (table - table.detach())  # whose gradient is not rounded
    tables = rounded.split([lattice.rows for lattice in lattices])
    return LookUp.apply(points.T.contiguous(), list(lattices), torch.tensor(LINEAR), *tables).to(precision)


def grid_encode(
    points: Tensor, table: Tensor, lattices: Sequence[Lattice], precision: torch.dtype = torch.float32
) -> Tensor:
    """Features (L, F, N) of points by linear interpolation in every level of a grid; points get no gradient.

    Args:
        points: (N, d) float32 in [0, 1], d = 2 or 3, slowest axis first; values outside are clamped.
        table: (rows of all levels, F), level after level; F a power of two.
        lattices: one per level, see `fieldbench.encoders._multigrid.lattices`.
        precision: float32 or float16, to which the table is rounded for the look-up, and the features after it. Sums,
            and the gradient of a table in single precision, are in single precision.
    """
    if has_kernels(points.device):
        return GridEncode.apply(points.contiguous(), table, tuple(lattices), precision)
    return plain_grid(points, table, lattices, precision)


def shape_of(weights: Sequence[Tensor]) -> dict[str, int]:
    """A network's sizes as the kernels take them."""
    return {
        "IN": weights[0].shape[1],
        "OUT": len(weights[-1]),
        "WIDTH": len(weights[0]),
        "HIDDEN": len(weights) - 1,
    }


def _pack(tensors: Sequence[Tensor], precision: torch.dtype) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors]).to(precision)


def _unpack(packed: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    parts = packed.split([tensor.numel() for tensor in like])
    return [part.view_as(tensor).to(tensor.dtype) for part, tensor in zip(parts, like, strict=True)]


class FusedMLP(torch.autograd.Function):
    """`fused_mlp` by Triton; `parameters` are all weights, then all biases."""

    @staticmethod
    def forward(ctx, x: Tensor, activation: str, *parameters: Tensor) -> Tensor:
        from fieldbench.kernels import triton_mlp

        layers = len(parameters) // 2
        weights, biases = _pack(parameters[:layers], x.dtype), _pack(parameters[layers:], torch.float32)
        ctx.shape, ctx.activation = shape_of(parameters[:layers]), activation
        out, saved = triton_mlp.forward(
            x, weights, biases, ctx.shape, activation, save=any(ctx.needs_input_grad)
        )
        ctx.save_for_backward(x, weights, saved, *parameters)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        from fieldbench.kernels import triton_mlp

        x, weights, saved, *parameters = ctx.saved_tensors
        weight_sums, bias_sums, x_grad = triton_mlp.backward(
            x,
            weights,
            saved,
            grad.contiguous(),
            ctx.shape,
            ctx.activation,
            with_input=ctx.needs_input_grad[0],
        )
        return x_grad, None, *_unpack(torch.cat([weight_sums, bias_sums]), parameters)


def plain_mlp(x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], activation: str) -> Tensor:
    """`fused_mlp` layer by layer."""
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        x = x if layer == 0 else ACTIVATIONS[activation](x)
        x = torch.addmm(bias.to(x.dtype)[:, None], weight.to(x.dtype), x)
    return x


def fused_mlp(x: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor], activation: str) -> Tensor:
    """A multi-layer perceptron (OUT, N) without activation after its last layer.

    On CUDA in half precision with 1 to 4 hidden layers of 16, 32, 64 or 128 neurons, all in one kernel; else layer by
    layer.

    Args:
        x: (IN, N); its type is that of all products, which sum in single precision.
        weights, biases: (out, in) and (out,) of each layer, in any precision; gradients come in the same.
        activation: key of `ACTIVATIONS`.
    """
    if has_kernels(x.device) and is_fusable(weights, x.dtype):
        return FusedMLP.apply(x.contiguous(), activation, *weights, *biases)
    return plain_mlp(x, weights, biases, activation)


def plain_encode_mlp(
    points: Tensor,
    table: Tensor,
    lattices: Sequence[Lattice],
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    activation: str,
    precision: torch.dtype = torch.float32,
) -> Tensor:
    """`encode_mlp` in two steps."""
    features = grid_encode(points, table, lattices, precision).flatten(0, 1)
    return fused_mlp(features, weights, biases, activation)


@torch.no_grad()
def encode_mlp(
    points: Tensor,
    table: Tensor,
    lattices: Sequence[Lattice],
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    activation: str,
    precision: torch.dtype = torch.float32,
) -> Tensor:
    """A network (OUT, N) on the features of a grid, for inference: on CUDA in one kernel. Nothing gets a gradient.

    Args:
        points, table, lattices: see `grid_encode`.
        weights, biases, activation: see `fused_mlp`.
        precision: of the table, the features and the products.
    """
    fusable = has_kernels(points.device) and is_fusable(weights, precision)
    form = encode_mlp_kernel if fusable else plain_encode_mlp
    return form(points, table, lattices, weights, biases, activation, precision)


def encode_mlp_kernel(
    points: Tensor,
    table: Tensor,
    lattices: Sequence[Lattice],
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    activation: str,
    precision: torch.dtype,
) -> Tensor:
    """`encode_mlp` by Triton."""
    from fieldbench.kernels import triton_encode_mlp

    return triton_encode_mlp.forward(
        points.contiguous(),
        table.to(precision),
        tuple(lattices),
        _pack(weights, precision),
        _pack(biases, torch.float32),
        shape_of(weights),
        activation,
    )
