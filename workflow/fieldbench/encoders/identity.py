"""Coordinates themselves, scaled to [-1, 1]: what a SIREN expects (Sitzmann et al. 2020)."""

from torch import Tensor

from fieldbench.encoders._base import Encoder


def build(in_dim: int) -> "Identity":
    """Build the encoder for points of `in_dim` coordinates."""
    return Identity(in_dim)


class Identity(Encoder):
    """2 p - 1 for points p in the unit cube."""

    def plain(self, points: Tensor) -> Tensor:
        return 2 * points - 1
