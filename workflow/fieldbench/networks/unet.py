"""A convolutional encoder and decoder with skip connections, for images of any size (Ronneberger, Fischer and Brox 2015)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, interpolate, pad


def build(in_dim: int, out_dim: int, *, hidden: int, levels: int, periodic: bool) -> "UNet":
    """Build the network.

    Args:
        in_dim, out_dim: channels in and out.
        hidden: channels at full resolution; twice as many at each half of it.
        levels: resolutions, the full one included.
        periodic: whether the last column lies beside the first, as on a globe.
    """
    return UNet(in_dim, out_dim, hidden, levels, periodic)


class UNet(nn.Module):
    """Images (B, in_dim, rows, columns) to (B, out_dim, rows, columns)."""

    def __init__(self, in_dim: int, out_dim: int, hidden: int, levels: int, periodic: bool) -> None:
        super().__init__()
        widths = [hidden * 2**level for level in range(levels)]
        self.down = nn.ModuleList(
            Pair(before, width, periodic) for before, width in zip([in_dim, *widths], widths, strict=False)
        )
        self.up = nn.ModuleList(Pair(coarse + fine, fine, periodic) for fine, coarse in pairwise(widths))
        self.out = nn.Conv2d(hidden, out_dim, 1)
        nn.init.zeros_(self.out.weight)  # begin with the mean of the data

    def forward(self, images: Tensor) -> Tensor:
        kept = [self.down[0](images)]
        for pair in self.down[1:]:
            kept.append(pair(nn.functional.avg_pool2d(kept[-1], 2, ceil_mode=True)))
        values = kept.pop()
        for pair in reversed(self.up):
            skip = kept.pop()
            values = interpolate(values, skip.shape[-2:])  # of the nearest: no blend stops at a seam
            values = pair(torch.cat([values, skip], 1))
        return self.out(values)


class Pair(nn.Module):
    """Two convolutions of 3 x 3 pixels, each with its activation."""

    def __init__(self, in_dim: int, out_dim: int, periodic: bool) -> None:
        super().__init__()
        self.periodic = periodic
        self.layers = nn.ModuleList(nn.Conv2d(width, out_dim, 3) for width in (in_dim, out_dim))

    def forward(self, values: Tensor) -> Tensor:
        for layer in self.layers:
            around = pad(values, (1, 1, 0, 0), mode="circular" if self.periodic else "replicate")
            values = gelu(layer(pad(around, (0, 0, 1, 1), mode="replicate")))
        return values
