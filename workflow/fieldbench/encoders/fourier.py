"""Random Fourier features: Tancik et al. 2020, "Fourier Features Let Networks Learn High Frequency ..."."""

import math

import torch
from torch import Tensor

from fieldbench.encoders._base import Encoder
from fieldbench.errors import UserError


def build(in_dim: int, *, frequencies: int = 64, scale: float = 10.0) -> "Fourier":
    """Build the encoder.

    Args:
        in_dim: coordinates per point.
        frequencies: number of random frequencies; there are twice as many features.
        scale: standard deviation of the frequencies, in cycles over the domain.

    Raises:
        UserError: no frequency, or a scale that is not positive.
    """
    if frequencies < 1 or scale <= 0:
        raise UserError(f"fourier needs frequencies >= 1 and scale > 0; got {frequencies} and {scale}.")
    return Fourier(in_dim, frequencies, scale)


class Fourier(Encoder):
    """cos(2 pi B p) and sin(2 pi B p) with a fixed normal matrix B (frequencies, d)."""

    matrix: Tensor

    def __init__(self, in_dim: int, frequencies: int, scale: float) -> None:
        super().__init__(2 * frequencies)
        self.register_buffer("matrix", torch.randn(frequencies, in_dim) * scale)

    def plain(self, points: Tensor) -> Tensor:
        phase = 2 * math.pi * points @ self.matrix.T
        return torch.cat([phase.cos(), phase.sin()], dim=1)
