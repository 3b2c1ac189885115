"""Levels of a grid bound to a regular grid of points: interpolation as two products, one per axis.

On such points interpolation is separable: the features of a level are W_y G W_x^T with the touched part G
of its lattice and constant weights, and the gradient of G is the same pair transposed. Only rows that some
point touches are kept: the others never get a gradient, and Adam leaves a parameter in place whose gradient
    has always been zero.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fieldbench.encoders._base import axis_coordinates
from fieldbench.encoders._multigrid import Level, table_rows, taps

GATHER_FROM = 48  # touched points per axis from which a CPU gathers instead of multiplying; see `make bench`


@dataclass(frozen=True)
class Axis:
    """Interpolation along one axis with n points that touch T lattice points by K taps each.

    Attributes:
        touched: (T,) lattice coordinates, ascending.
        index: (K, n) int32 positions in `touched`; weight: (K, n).
        matrix: (n, T) the same as a dense matrix.
    """

    touched: Tensor
    index: Tensor
    weight: Tensor
    matrix: Tensor


def bind_axis(count: int, level: Level) -> Axis:
    """The interpolation of `count` regular points along one axis of `level`."""
    indices, weights = taps(axis_coordinates(count), level.resolution, level.cells, level.interpolation)
    touched, local = indices.unique(return_inverse=True)
    matrix = torch.zeros(count, len(touched)).scatter_add_(1, local.T, weights.T)
    return Axis(touched, local.int(), weights, matrix)


class BoundLevel(nn.Module):
    """One level on a regular grid of (ny, nx) points; its values are (F, U), one column per touched row of
    the table.

    Args:
        level: the level.
        shape: (ny, nx).
        gather: gather and scatter (CPU only) instead of dense products; None chooses by the level's size
            and the device.
        device: where it runs.
    """

    def __init__(
        self, level: Level, shape: tuple[int, int], device: torch.device, gather: bool | None = None
    ) -> None:
        super().__init__()
        y, x = (bind_axis(count, level) for count in shape)
        lattice = table_rows([y.touched[:, None], x.touched[None, :]], level)
        rows, position = lattice.flatten().unique(return_inverse=True)
        self.shape = shape
        self.plane_shape = tuple(lattice.shape)
        large = device.type == "cpu" and min(lattice.shape) >= GATHER_FROM
        self.axes = (y, x) if (large if gather is None else gather) else None
        injective = len(rows) == len(position)
        self._buffer("rows", lattice.flatten() if injective else rows, device)
        self._buffer("position", None if injective else position, device)
        self._buffer("sources", None if injective or device.type == "cpu" else sources(position), device)
        self._buffer("y_matrix", None if self.axes else y.matrix, device)
        self._buffer("x_matrix", None if self.axes else x.matrix, device)

    def _buffer(self, name: str, value: Tensor | None, device: torch.device) -> None:
        self.register_buffer(name, None if value is None else value.to(device), persistent=False)

    def interpolate(self, values: Tensor, out: Tensor) -> None:
        """Write the features (F, ny, nx) of `values` (F, U) into `out`."""
        plane = values if self.position is None else values.index_select(1, self.position)
        plane = plane.view(-1, *self.plane_shape)
        if self.axes:
            _gather(plane, self.axes, out)
        else:
            torch.matmul(self.y_matrix, plane @ self.x_matrix.T, out=out)

    def adjoint(self, grad: Tensor) -> Tensor:
        """The gradient (F, U) of the values from that of the features (F, ny, nx)."""
        if self.axes:
            plane = _scatter(grad, self.axes, self.plane_shape)
        else:
            plane = self.y_matrix.T @ (grad @ self.x_matrix)
        plane = plane.flatten(1)
        if self.position is None:
            return plane
        if self.sources is not None:
            padded = nn.functional.pad(plane, (0, 1))
            return padded[:, self.sources].sum(dim=-1)
        return plane.new_zeros(len(plane), len(self.rows)).index_add_(1, self.position, plane)


def sources(position: Tensor) -> Tensor:
    """Lattice points that share each row, (U, M), padded with P: a sum over them in fixed order needs no
    atomics.

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


def _gather(plane: Tensor, axes: tuple[Axis, Axis], out: Tensor) -> None:
    from fieldbench.kernels import lattice  # compiled on first use; a CUDA run never needs it

    y, x = axes
    lattice.interpolate(*(tensor.numpy() for tensor in (plane, y.index, y.weight, x.index, x.weight, out)))


def _scatter(grad: Tensor, axes: tuple[Axis, Axis], shape: tuple[int, int]) -> Tensor:
    from fieldbench.kernels import lattice

    y, x = axes
    plane = grad.new_zeros(len(grad), *shape)
    lattice.scatter(*(tensor.numpy() for tensor in (grad, y.index, y.weight, x.index, x.weight, plane)))
    return plane


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
