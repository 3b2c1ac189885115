"""How the latents of the codec `pyramid` are rounded while they train."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Schedule:
    """Soft rounding with noise, which hardens, and hard rounding with the gradient of the identity at the end.

    Attributes:
        hard_from: share of the training after which the rounding is hard.
        temperatures: of the soft rounding, at the start and at `hard_from`, in between along a line.
        noise_shapes: of the Kumaraswamy noise likewise; 1 is uniform, more lies closer to 0.
    """

    hard_from: float
    temperatures: tuple[float, float]
    noise_shapes: tuple[float, float]

    def softness(self, fraction: float) -> tuple[float, float] | None:
        """Temperature and shape of the noise at a share of the training; None where the rounding is hard."""
        if fraction >= self.hard_from:
            return None
        way = fraction / self.hard_from
        (hot, cold), (first, last) = self.temperatures, self.noise_shapes
        return hot + (cold - hot) * way, first + (last - first) * way

    def rounded(self, exact: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
        """Latents (N,) as the networks see them at a share of the training."""
        softness = self.softness(fraction)
        if softness is None:
            return exact + (exact.round() - exact).detach()
        temperature, shape = softness
        noise = kumaraswamy(torch.rand(len(exact), generator=generator), shape).to(exact.device)
        return soft_rounded(soft_rounded(exact, temperature) + noise, temperature)


# What each is worth is told in docs/results/bench/pyramid.csv.
SCHEDULES = {
    "late": Schedule(0.97, (0.5, 0.15), (2.0, 2.0)),
    "early": Schedule(0.9, (0.5, 0.15), (2.0, 2.0)),
    "c3": Schedule(0.97, (0.3, 0.1), (2.0, 1.0)),  # the annealing of C3 (Kim et al. 2024, section 3.2)
}


def soft_rounded(values: Tensor, temperature: float) -> Tensor:
    """Differentiable rounding (Agustsson & Theis 2020): to nothing at high temperature, to `round` at low."""
    whole = torch.floor(values)
    return (
        whole + 0.5 + torch.tanh((values - whole - 0.5) / temperature) * (0.5 / math.tanh(0.5 / temperature))
    )


def kumaraswamy(uniform: Tensor, shape: float) -> Tensor:
    """Noise in [-1/2, 1/2] from uniform numbers in [0, 1): the distribution of Kumaraswamy (1980) with its mode at 0.

    C3 (Kim et al. 2024, section 3.2) anneals with it; `shape` 1 is uniform.
    """
    other = (2**shape * (shape - 1) + 1) / shape
    return (1 - (1 - uniform) ** (1 / other)) ** (1 / shape) - 0.5
