"""Levels of a grid bound to a regular grid of points, where interpolation separates into one step per axis.

The features of a level are W_y G W_x^T with the touched part G of its lattice and constant sparse weights, and the
gradient of G is the same pair transposed. A CPU sums over the few taps of each row and column by compiled loops,
which `make bench` finds faster than dense products at every resolution; CUDA multiplies, which needs no atomics.

Only rows that some point touches are kept: the others never get a gradient, and Adam leaves a parameter in place
whose gradient has always been zero.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fieldbench.encoders._base import axis_coordinates
from fieldbench.encoders._multigrid import Level, table_rows, taps


@dataclass(frozen=True)
class Axis:
    """Interpolation along one axis with n points that touch T lattice points by K taps each.

    Attributes:
        touched: (T,) lattice coordinates, ascending.
        index: (K, n) int32 positions in `touched`; weight: (K, n).
    """

    touched: Tensor
    index: Tensor
    weight: Tensor

    def matrix(self) -> Tensor:
        """The interpolation as a dense matrix (n, T)."""
        empty = torch.zeros(self.index.shape[1], len(self.touched))
        return empty.scatter_add_(1, self.index.T.long(), self.weight.T)


def bind_axis(count: int, level: Level) -> Axis:
    """The interpolation of `count` regular points along one axis of `level`."""
    indices, weights = taps(axis_coordinates(count), level.resolution, level.cells, level.interpolation)
    touched, local = indices.unique(return_inverse=True)
    return Axis(touched, local.int(), weights)


class BoundLevel(nn.Module):
    """One level on a regular grid of points; its values are (F, U), one column per touched row of the table.

    Args:
        level: the level.
        shape: (ny, nx).
        device: where it runs.
        products: dense products instead of compiled loops; by default wherever `device` is no CPU.
    """

    rows: Tensor
    position: Tensor | None
    sources: Tensor | None
    y_matrix: Tensor
    x_matrix: Tensor

    def __init__(
        self, level: Level, shape: tuple[int, int], device: torch.device, products: bool | None = None
    ) -> None:
        super().__init__()
        y, x = (bind_axis(count, level) for count in shape)
        lattice = table_rows([y.touched[:, None], x.touched[None, :]], level)
        rows, position = lattice.flatten().unique(return_inverse=True)
        injective = len(rows) == len(position)
        on_cpu = device.type == "cpu"
        products = not on_cpu if products is None else products
        self.shape = shape
        self.plane_shape = len(y.touched), len(x.touched)
        self.axes = None if products else (y, x)
        self._buffer("rows", lattice.flatten() if injective else rows, device)
        self._buffer("position", None if injective else position, device)
        self._buffer("sources", None if injective or on_cpu else sources(position), device)
        self._buffer("y_matrix", y.matrix() if products else None, device)
        self._buffer("x_matrix", x.matrix() if products else None, device)

    def _buffer(self, name: str, value: Tensor | None, device: torch.device) -> None:
        self.register_buffer(name, None if value is None else value.to(device), persistent=False)

    def interpolate(self, values: Tensor, out: Tensor) -> None:
        """Write the features (F, ny, nx) of `values` (F, U) into `out`."""
        plane = values if self.position is None else values.index_select(1, self.position)
        plane = plane.view(-1, *self.plane_shape)
        if self.axes:
            _interpolate(plane, self.axes, out)
        else:
            torch.matmul(self.y_matrix, plane @ self.x_matrix.T, out=out)

    def adjoint(self, grad: Tensor) -> Tensor:
        """The gradient (F, U) of the values from that of the features (F, ny, nx)."""
        if self.axes:
            plane = _adjoint(grad, self.axes, self.plane_shape).flatten(1)
        else:
            plane = (self.y_matrix.T @ (grad @ self.x_matrix)).flatten(1)
        return plane if self.position is None else self._sum_shared(plane, self.position)

    def _sum_shared(self, plane: Tensor, position: Tensor) -> Tensor:
        """From a value (F, P) per lattice point to one per row (F, U)."""
        if self.sources is None:
            return plane.new_zeros(len(plane), len(self.rows)).index_add_(1, position, plane)
        return nn.functional.pad(plane, (0, 1))[:, self.sources].sum(dim=-1)


def sources(position: Tensor) -> Tensor:
    """Lattice points that share each row, (U, M), padded with P; summing over them needs no atomics.

    Args:
        position: (P,) row of each lattice point, 0 .. U - 1.
    """
    order = position.argsort(stable=True)
    counts = position.bincount()
    start = counts.cumsum(0) - counts
    slot = torch.arange(len(position)) - start[position[order]]
    table = torch.full((len(counts), int(counts.max())), len(position))
    table[position[order], slot] = order
    return table


def _interpolate(plane: Tensor, axes: tuple[Axis, Axis], out: Tensor) -> None:
    from fieldbench.kernels import lattice  # compiled on first use; a CUDA run never needs it

    y, x = axes
    lattice.interpolate(*_arrays(plane, y.index, y.weight, x.index, x.weight, out))


def _adjoint(grad: Tensor, axes: tuple[Axis, Axis], shape: tuple[int, int]) -> Tensor:
    from fieldbench.kernels import lattice

    y, x = axes
    plane = grad.new_zeros(len(grad), *shape)
    lattice.adjoint(*_arrays(grad, y.index, y.weight, x.index, x.weight, plane))
    return plane


def _arrays(*tensors: Tensor) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in tensors]


class Interpolate(torch.autograd.Function):
    """Features (L, F, ny, nx) of bound levels: linear in the values, so the gradient needs nothing saved."""

    @staticmethod
    def forward(ctx, levels: list[BoundLevel], *values: Tensor) -> Tensor:
        ctx.levels = levels
        out = values[0].new_empty(len(levels), len(values[0]), *levels[0].shape)
        for level, value, features in zip(levels, values, out, strict=True):
            level.interpolate(value, features)
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        grad = grad.contiguous()
        return None, *(level.adjoint(part) for level, part in zip(ctx.levels, grad, strict=True))
