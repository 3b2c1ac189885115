"""A Gaussian process of a few waves of some bandwidth beside a given covariance, fitted to one field's observations.

The covariance is share * given + sum_k variance_k cos(2 pi f_k d) exp(-2 pi^2 width_k^2 |d|^2): any stationary covariance is
a limit of such sums, and of width 0 is the plane wave. Its parameters ascend the evidence of the observations, by Adam.
Each is a start plus a normal number times the scale below, so a field with few observations stays near its start.

Source: Wilson and Adams 2013, Gaussian process kernels for pattern discovery and extrapolation, section 3.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 40
RATE = 0.1  # of Adam, in the scales below
# Cycles per unit around the centre of a peak that belong to it: waves at a distance of 1 are among them.
REACH = 1.01
BLUR = 0.6  # cycles per unit, of the spectrum in which the strongest place is sought
SMALLEST = 1e-4  # variance at the start
JITTER = 1e-6

# Scales a priori: of frequencies in cycles per unit, of the others as a logarithm.
FREQUENCY_SCALE = 0.5
VARIANCE_SCALE = 1.0
WIDTH_START, WIDTH_SCALE = 0.1, 1.5
SHARE_START, SHARE_SCALE = 0.3, 3.0
NOISE_SCALE = 0.5


def peaks(frequencies: Tensor, energy: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The strongest peaks of a spectrum, one after the other, each without what the last ones took.

    Args:
        frequencies: (M, 2) in half of a disc, cycles per unit.
        energy: (B, M).
        count: K of them.

    Returns:
        Centres of mass (B, K, 2) and variances (B, K), half of the energies.
    """
    same, mirrored = torch.cdist(frequencies, frequencies), torch.cdist(frequencies, -frequencies)
    distance = torch.minimum(same, mirrored)
    sign = torch.where(same <= mirrored, 1.0, -1.0)
    blur = torch.exp(-((distance / BLUR) ** 2))
    near = (distance <= REACH).to(energy)
    centres, variances = [], []
    for _ in range(count):
        best = (energy @ blur).argmax(1)
        mass = near[best] * energy
        total = mass.sum(1).clamp(min=torch.finfo(energy.dtype).tiny)
        centres.append((mass * sign[best]) @ frequencies / total[:, None])
        variances.append(total / 2)
        energy = energy - mass
    return torch.stack(centres, 1), torch.stack(variances, 1).clamp(min=SMALLEST)


@dataclass(frozen=True)
class Parameters:
    """Of B fields with K peaks: `frequency` (B, K, 2), `variance` and `width` (B, K), `share` and `noise` (B,).

    Frequencies and widths are in cycles per unit.
    """

    frequency: Tensor
    variance: Tensor
    width: Tensor
    share: Tensor
    noise: Tensor

    def covariance(self, first: Tensor, second: Tensor) -> Tensor:
        """Of the peaks, between points (B or 1, P, 2) and (B, O, 2): (B, P, O)."""
        apart = first[:, :, None] - second[:, None]
        square = apart.square().sum(-1)
        total = torch.zeros_like(square)
        for frequency, variance, width in zip(
            self.frequency.unbind(1), self.variance.unbind(1), self.width.unbind(1), strict=True
        ):
            wave = torch.cos(2 * math.pi * torch.einsum("bpod,bd->bpo", apart, frequency))
            decay = torch.exp(-2 * math.pi**2 * width.square()[:, None, None] * square)
            total = total + variance[:, None, None] * wave * decay
        return total


@dataclass(frozen=True)
class Mixture:
    """The posterior of B fields: `weights` (B, O) of the observations at `position` (B, O, 2)."""

    parameters: Parameters
    position: Tensor
    weights: Tensor

    def mean(self, position: Tensor) -> Tensor:
        """What the peaks add to the posterior mean (B, Q) at `position` (B or 1, Q, 2)."""
        across = self.parameters.covariance(position.double(), self.position)
        return torch.einsum("bqo,bo->bq", across, self.weights).to(position)


def fit(
    position: Tensor, values: Tensor, given: Tensor, noise: Tensor, frequency: Tensor, variance: Tensor
) -> Mixture:
    """Fit the parameters to observations.

    Args:
        position: (B, O, 2).
        values: (B, O).
        given: (B, O, O) covariance that the peaks are added to.
        noise: (B,) variance of the observations' noise at the start.
        frequency, variance: (B, K, 2) and (B, K) of the peaks at the start.
    """
    position, values, given, noise, frequency, variance = (
        part.detach().double() for part in (position, values, given, noise, frequency, variance)
    )
    moves = [torch.zeros_like(part) for part in (frequency, variance, variance, noise, noise)]
    for move in moves:
        move.requires_grad_()

    def current() -> Parameters:
        frequencies, variances, widths, shares, noises = moves
        return Parameters(
            frequency + FREQUENCY_SCALE * frequencies,
            variance * (VARIANCE_SCALE * variances).exp(),
            WIDTH_START * (WIDTH_SCALE * widths).exp(),
            SHARE_START * (SHARE_SCALE * shares).exp(),
            noise * (NOISE_SCALE * noises).exp(),
        )

    optimizer = torch.optim.Adam(moves, lr=RATE)
    with torch.enable_grad():
        for _ in range(STEPS):
            optimizer.zero_grad()
            improbable = sum(move.square().sum() for move in moves) / 2
            (improbable - evidence(current(), position, values, given).sum()).backward()
            optimizer.step()
    with torch.no_grad():
        fitted = current()
        lower = factor(fitted, position, given)
        return Mixture(fitted, position, torch.cholesky_solve(values[..., None], lower)[..., 0])


def evidence(parameters: Parameters, position: Tensor, values: Tensor, given: Tensor) -> Tensor:
    """Log density (B,) of the observations, up to a constant."""
    lower = factor(parameters, position, given)
    white = torch.linalg.solve_triangular(lower, values[..., None], upper=False)[..., 0]
    return -white.square().sum(-1) / 2 - lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def factor(parameters: Parameters, position: Tensor, given: Tensor) -> Tensor:
    """The Cholesky factor (B, O, O) of the observations' covariance."""
    total = (
        parameters.covariance(position, position)
        + parameters.share[:, None, None] * given
        + torch.diag_embed((parameters.noise + JITTER)[:, None].expand(-1, position.shape[1]))
    )
    return torch.linalg.cholesky_ex(total)[0]
