"""Amortised kriging: a network reads the observations and sets the covariance, a closed form interpolates.

The covariance of a field is that of a sum of waves with independent amplitudes, plus that of a sum of learned functions; the
network says how strong each is. Given those strengths the posterior mean is linear in the observations and passes through
them up to the nugget. In each round the network reads how the last posterior mean spent its energy over the waves, and
corrects the strengths: sparse Bayesian learning (Tipping 2001) with a learned update, unrolled.

The waves lie on a grid. Once trained, the network can hand its strongest ones to `spectral_mixture`, which moves them off
the grid until they explain the observations of the field at hand best; its own covariance stays beside them.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from fieldbench.networks import spectral_mixture
from fieldbench.networks._sets import FourierFeatures

SMALLEST = 1e-12  # energy of a wave, before its logarithm
NUGGETS = (1e-5, 1e-1)  # variance of the noise, in the fields' variance
LEARNED_SCALE = 4.0  # cycles per unit of the sines that the learned functions are made of


def build(
    in_dim: int,
    out_dim: int,
    *,
    nyquist: float,
    hidden: int,
    rounds: int,
    spacing: float,
    cutoff: float,
    learned: int,
    peaks: int = 0,
) -> "Kriging":
    """Build the network.

    Args:
        in_dim, out_dim: 2 and 1, nothing else.
        nyquist: cycles per unit that no wave exceeds.
        hidden: width of the networks that set the strengths.
        rounds: corrections of the strengths.
        spacing: of the waves' frequencies, in cycles per unit.
        cutoff: largest frequency, in cycles per unit.
        learned: number of learned functions beside the waves.
        peaks: number of waves that are fitted to each field's observations after training.
    """
    return Kriging(hidden, rounds, waves(spacing, min(cutoff, nyquist)), learned, peaks)


def waves(spacing: float, cutoff: float) -> Tensor:
    """Frequencies (M, 2) in cycles per unit on a grid in half of a disc: the other half are the same waves."""
    steps = torch.arange(-math.floor(cutoff / spacing), math.floor(cutoff / spacing) + 1) * spacing
    grid = torch.cartesian_prod(steps, steps)
    half = (grid[:, 0] > 0) | ((grid[:, 0] == 0) & (grid[:, 1] >= 0))
    return grid[half & (grid.norm(dim=1) <= cutoff)]


def dense(in_dim: int, hidden: int, out_dim: int) -> nn.Sequential:
    """Two hidden layers with GELU."""
    return nn.Sequential(
        nn.Linear(in_dim, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, out_dim)
    )


class Memory(NamedTuple):
    """The posterior of B fields: coefficients of the waves (B, 2 M) and functions (B, L), and of fitted waves if any."""

    waves: Tensor
    functions: Tensor
    mixture: spectral_mixture.Mixture | None = None


class Kriging(nn.Module):
    """See the module: `encode` the observations, then ask for the posterior mean anywhere."""

    frequencies: Tensor

    def __init__(self, hidden: int, rounds: int, frequencies: Tensor, learned: int, peaks: int) -> None:
        super().__init__()
        self.peaks = peaks
        self.register_buffer("frequencies", frequencies)
        features = FourierFeatures(hidden // 2, LEARNED_SCALE)
        self.functions = nn.Sequential(features, dense(features.width, hidden, learned))
        count = len(frequencies) + learned
        self.start = nn.Parameter(torch.full((count,), -math.log(count)))
        self.nugget = nn.Parameter(torch.tensor(math.log(1e-4)))
        self.updates = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(2 * count), dense(2 * count, hidden, count + 1)) for _ in range(rounds)
        )
        self.trust = nn.Parameter(torch.zeros(rounds))

    def waves(self, position: Tensor) -> Tensor:
        """Cosines and sines: (..., 2) -> (..., 2 M)."""
        phase = 2 * math.pi * position @ self.frequencies.T
        return torch.cat([phase.cos(), phase.sin()], -1)

    def encode(self, position: Tensor, values: Tensor) -> Memory:
        """The posterior, given observations (B, O) at (B, O, 2)."""
        bases = self.waves(position), self.functions(position)
        strength, nugget = self.start.expand(len(values), -1), self.nugget.expand(len(values))
        coefficients = solve(bases, self.variances(strength), nugget, values)
        for update, trust in zip(self.updates, self.trust.sigmoid(), strict=True):
            energy = log_energy(*coefficients)
            change = update(torch.cat([energy, strength], -1))
            strength = strength + trust * (energy - strength) + change[:, :-1]
            nugget = nugget + change[:, -1]
            coefficients = solve(bases, self.variances(strength), nugget, values)
        if self.training or not self.peaks:
            return Memory(waves=coefficients[0], functions=coefficients[1])
        energy = log_energy(*coefficients)[:, : len(self.frequencies)].exp()
        start = spectral_mixture.peaks(self.frequencies, energy, self.peaks)
        weighted, covariance = weigh(bases, self.variances(strength))
        mixture = spectral_mixture.fit(position, values, covariance, noise(nugget), *start)
        shared = mixture.parameters.share[:, None] * mixture.weights
        waves, functions = (project(part, shared) for part in weighted)
        return Memory(waves, functions, mixture)

    def variances(self, strength: Tensor) -> tuple[Tensor, Tensor]:
        """Of the waves (B, 2 M) and functions (B, L), from their log strengths (B, M + L); their sum over M + L is 1."""
        waves, functions = strength.softmax(-1).tensor_split([len(self.frequencies)], -1)
        return torch.cat([waves, waves], -1), functions

    def forward(self, memory: Memory, position: Tensor, state=None, time=None) -> Tensor:
        """Posterior mean (B, Q, 1) at (B or 1, Q, 2)."""
        waves, functions, mixture = memory
        mean = self.waves(position) @ waves[..., None] + self.functions(position) @ functions[..., None]
        return mean if mixture is None else mean + mixture.mean(position)[..., None]


def solve(
    bases: tuple[Tensor, ...], variances: tuple[Tensor, ...], nugget: Tensor, values: Tensor
) -> list[Tensor]:
    """Posterior means of coefficients.

    Args:
        bases: each part's functions at the observations (B, O, C).
        variances: a priori, of each part's coefficients (B, C).
        nugget: (B,) log variance of the noise.
        values: (B, O).

    Returns:
        (B, C) for each part.
    """
    weighted, covariance = weigh(bases, variances)
    diagonal = noise(nugget)[:, None].expand(-1, values.shape[1])
    factor, _ = torch.linalg.cholesky_ex(covariance + torch.diag_embed(diagonal))
    weights = torch.cholesky_solve(values.double()[..., None], factor)[..., 0]
    return [project(part, weights) for part in weighted]


def weigh(bases: tuple[Tensor, ...], variances: tuple[Tensor, ...]) -> tuple[list[Tensor], Tensor]:
    """Each part's functions times their variances (B, O, C), and the observations' covariance (B, O, O) in float64."""
    weighted = [basis * variance[:, None] for basis, variance in zip(bases, variances, strict=True)]
    parts = [part @ basis.mT for part, basis in zip(weighted, bases, strict=True)]
    return weighted, sum(parts[1:], parts[0]).double()


def noise(nugget: Tensor) -> Tensor:
    """Variance of the noise (B,) in float64, from its logarithm."""
    return nugget.exp().clamp(*NUGGETS).double()


def project(weighted: Tensor, weights: Tensor) -> Tensor:
    """Coefficients (B, C) of one part's functions from the observations' weights (B, O)."""
    return (weighted.mT @ weights.to(weighted)[..., None])[..., 0]


def log_energy(waves: Tensor, functions: Tensor) -> Tensor:
    """Log energy (B, M + L) of each wave, over its cosine and sine (B, 2 M), and of each function (B, L)."""
    cosines, sines = waves.chunk(2, -1)
    return torch.cat([cosines**2 + sines**2, functions**2], -1).add(SMALLEST).log()
