"""A learned cumulative distribution of latents: the rate that training minimizes.

Source: Ballé et al. 2018, "Variational image compression with a scale hyperprior", appendix 6.1, with layers of width 1.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LAYERS = 4
WIDTH = 10.0  # the distribution's scale before training
LEAST = 1e-9  # probability: the rate's gradient must stay finite


class Factorized(nn.Module):
    """One distribution per latent dimension, and per group of latents.

    Args:
        dimensions: D, of a latent.
        groups: G, sets of latents with a distribution of their own.
    """

    def __init__(self, dimensions: int, groups: int = 1) -> None:
        super().__init__()
        slope = math.log(math.expm1(WIDTH ** (-1 / LAYERS)))
        self.slope = nn.Parameter(torch.full((LAYERS, groups, dimensions), slope))
        self.shift = nn.Parameter(torch.empty(LAYERS, groups, dimensions).uniform_(-0.5, 0.5))
        self.bend = nn.Parameter(torch.zeros(LAYERS - 1, groups, dimensions))

    def logits(self, x: Tensor, group: Tensor | None = None) -> Tensor:
        """Logits (N, D) of the cumulative distribution at `x` (N, D), rising in x.

        Args:
            group: (N,) of each latent; None where there is one for all.
        """
        slopes, bends = F.softplus(self.slope), torch.tanh(self.bend)
        for layer in range(LAYERS):
            x = x * _of(slopes[layer], group) + _of(self.shift[layer], group)
            if layer < LAYERS - 1:
                x = x + torch.tanh(x) * _of(bends[layer], group)
        return x

    def bits(self, x: Tensor, group: Tensor | None = None) -> Tensor:
        """-log2 of the probability of [x - 1/2, x + 1/2], (N, D)."""
        lower, upper = self.logits(x - 0.5, group), self.logits(x + 0.5, group)
        # Differences of small numbers, not of numbers near 1.
        side = torch.where(lower + upper > 0, -1.0, 1.0)
        probability = (torch.sigmoid(side * upper) - torch.sigmoid(side * lower)).abs()
        return -torch.log2(probability.clamp(min=LEAST))


def _of(parameter: Tensor, group: Tensor | None) -> Tensor:
    """A layer's parameter (G, D) for each latent."""
    return parameter if group is None else parameter[group]
