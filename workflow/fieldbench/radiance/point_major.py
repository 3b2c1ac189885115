"""Look-ups a few points at a time through all levels, the other order than `kernels.corners.LookUp`; CPU."""

from collections.abc import Sequence

import torch
from torch import Tensor

from fieldbench.encoders._multigrid import INTERPOLATIONS, Level, lattices
from fieldbench.kernels.levels import Lattice

TOGETHER = 1024  # points; fewer would measure the calls and not the memory


def look_up_point_major(tables: Sequence[Tensor], points: Tensor, levels: Sequence[Level]) -> Tensor:
    """Features (L F, N) of points (N, d) in tables (rows, F); equal to level after level."""
    polynomials = torch.tensor(INTERPOLATIONS[levels[0].interpolation], dtype=torch.float32)
    return PointMajor.apply(points.T.contiguous(), lattices(levels, points.shape[1]), polynomials, *tables)


class PointMajor(torch.autograd.Function):
    """Features (L F, N); arguments as of `kernels.corners.LookUp`. Points get no gradient."""

    @staticmethod
    def forward(ctx, points: Tensor, levels: list[Lattice], polynomials: Tensor, *tables: Tensor) -> Tensor:
        from fieldbench.kernels.corners import gather  # compiled on first use

        ctx.arguments = points, levels, polynomials
        ctx.shapes = [table.shape for table in tables]
        features = tables[0].shape[1]
        out = tables[0].new_empty(len(tables) * features, points.shape[1])
        for part, target in zip(points.split(TOGETHER, 1), out.split(TOGETHER, 1), strict=True):
            part, block = part.contiguous().numpy(), target.new_empty(len(tables), features, target.shape[1])
            for table, level, room in zip(tables, levels, block, strict=True):
                gather(table.numpy(), part, level, polynomials.numpy(), room.numpy())
            target.copy_(block.flatten(0, 1))
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        from fieldbench.kernels.corners import scatter

        points, levels, polynomials = ctx.arguments
        tables = [grad.new_zeros(shape) for shape in ctx.shapes]
        for part, upstream in zip(points.split(TOGETHER, 1), grad.split(TOGETHER, 1), strict=True):
            part, block = part.contiguous().numpy(), upstream.unflatten(0, (len(tables), -1)).contiguous()
            for table, level, received in zip(tables, levels, block, strict=True):
                scatter(received.numpy(), part, level, polynomials.numpy(), table.numpy())
        return None, None, None, *tables
