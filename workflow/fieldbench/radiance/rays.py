"""Rays through pixels. Cameras follow OpenGL: x right, y up, looking along -z; a pixel's centre lies at + 0.5."""

import torch
from torch import Tensor


def through_pixels(poses: Tensor, intrinsics: Tensor, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
    """Origins and unit directions (N, 3) of rays through pixel centres.

    Args:
        poses: (N, 4, 4) or (4, 4), camera to world.
        intrinsics: (N, 4) or (4,), focal lengths and principal point (fx, fy, cx, cy), in pixels.
        row, column: (N,) pixels, from the upper left.
    """
    fx, fy, cx, cy = intrinsics.float().unbind(-1)
    x = (column + 0.5 - cx) / fx
    y = (cy - row - 0.5) / fy
    camera = torch.stack([x, y, -torch.ones_like(x)], -1)
    directions = torch.nn.functional.normalize((poses[..., :3, :3] @ camera[..., None])[..., 0], dim=-1)
    return poses[..., :3, 3].expand_as(directions).contiguous(), directions


def of_view(pose: Tensor, intrinsics: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Rays (H W, 3) through all pixels of a view of `size` rows and columns, row by row."""
    axes = (torch.arange(length, dtype=torch.float32, device=pose.device) for length in size)
    row, column = torch.meshgrid(*axes, indexing="ij")
    return through_pixels(pose, intrinsics, row.reshape(-1), column.reshape(-1))


def within(origins: Tensor, directions: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Distances (N,) at which rays enter and leave the box between corners (3,); equal where they miss it.

    A ray that starts inside enters at 0.
    """
    inverse = 1 / directions  # infinite along an axis that the ray does not move on
    first, second = (low - origins) * inverse, (high - origins) * inverse
    near = torch.minimum(first, second).nan_to_num(nan=-torch.inf).amax(-1).clamp(min=0)
    far = torch.maximum(first, second).nan_to_num(nan=torch.inf).amin(-1)
    return near, torch.maximum(near, far)
