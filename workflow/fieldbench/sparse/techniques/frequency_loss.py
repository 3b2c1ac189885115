"""A loss on the residual's Fourier transform over a regular grid, where low frequencies count more.

The transform is orthonormal: with all weights 1 the loss is the mean squared residual (Parseval).

Source: after Jiang et al. 2021, "Focal Frequency Loss", with fixed weights.
"""

import torch
from torch import Tensor

FALL = 0.25  # of the grid's Nyquist frequency: where the weight has fallen to a half


def loss(residual: Tensor, shape: tuple[int, int]) -> Tensor:
    """Weighted mean energy of `residual` (B, rows * columns)."""
    return (weights(shape, residual.device) * energy(residual, shape)).mean()


def energy(residual: Tensor, shape: tuple[int, int]) -> Tensor:
    """|F|^2 (B, rows, columns) of the orthonormal transform of `residual` (B, rows * columns)."""
    return torch.fft.fft2(residual.unflatten(1, shape), norm="ortho").abs().square()


def weights(shape: tuple[int, int], device: torch.device) -> Tensor:
    """1 / (1 + (f / fall)^2) with f in units of the Nyquist frequency, scaled to a mean of 1: (rows, columns)."""
    rows, columns = (2 * torch.fft.fftfreq(length, device=device) for length in shape)
    falling = 1 / (1 + (rows[:, None] ** 2 + columns**2) / FALL**2)
    return falling / falling.mean()
