"""A 3x3 convolution of few channels: the library's takes longer, and so does a matrix of all neighbours."""

import torch
from torch import Tensor
from torch.nn import functional


def plain_convolution(padded: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """(C, frame, y + 2, x + 2) to (O, frame, y, x); `matrix` (O, 9 C), row after row of the kernel. The reference."""
    kernel = matrix.reshape(len(matrix), 3, 3, len(padded)).permute(0, 3, 1, 2)
    return functional.conv2d(padded.transpose(0, 1), kernel, bias).transpose(0, 1)


def convolution(padded: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
    """As `plain_convolution`, with gradients."""
    return _Convolution.apply(padded, matrix, bias)


class _Convolution(torch.autograd.Function):
    """A sample's neighbours lie fixed distances behind it in the flat array; columns at the ends of rows are dropped."""

    @staticmethod
    def forward(ctx, padded: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(padded, matrix)
        channels, frames, height, width = padded.shape
        flat, distances = padded.reshape(channels, -1), _distances(width)
        out = padded.new_zeros(len(matrix), flat.shape[1])
        inner = out.narrow(1, 0, flat.shape[1] - distances[-1])
        inner += bias[:, None]
        for part, distance in zip(matrix.split(channels, 1), distances, strict=True):
            inner.addmm_(part, flat.narrow(1, distance, inner.shape[1]))
        return out.reshape(-1, frames, height, width)[..., : height - 2, : width - 2]

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        padded, matrix = ctx.saved_tensors
        channels, distances = len(padded), _distances(padded.shape[3])
        flat = padded.reshape(channels, -1)
        inner = functional.pad(gradient, (0, 2, 0, 2)).reshape(len(gradient), -1)
        inner = inner.narrow(1, 0, flat.shape[1] - distances[-1])
        into, parts = torch.zeros_like(flat), []
        for part, distance in zip(matrix.split(channels, 1), distances, strict=True):
            there = slice(distance, distance + inner.shape[1])
            into[:, there].addmm_(part.T, inner)
            parts.append(inner @ flat[:, there].T)
        return into.reshape(padded.shape), torch.cat(parts, 1), inner.sum(1)


def _distances(width: int) -> list[int]:
    return [y * width + x for y in range(3) for x in range(3)]
