"""An exponential moving average of the parameters, over a window that fits the training's length.

Source: Polyak and Juditsky 1992; the decay follows from the window as in Karras et al. 2024. A decay of 0.9999 keeps 85 % of
the initial values after 1,600 steps.
"""

import math

import torch
from torch import Tensor, nn


def decay(step: int, steps: int, window: float) -> float:
    """The share of the average that stays at a step, counted from 0; early it is the mean of what there was."""
    return min(1 - 1 / (step + 2), math.exp(-1 / max(window * steps, 1)))


class Average(nn.Module):
    """The average of a network's parameters, which begins as they begin."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        for name, parameter in network.named_parameters():
            self.register_buffer(name.replace(".", "/"), parameter.detach().clone())

    def values(self) -> list[Tensor]:
        """In the order of the network's parameters."""
        return list(self.buffers())

    @torch.no_grad()
    def update(self, network: nn.Module, decay: float) -> None:
        """Move towards the parameters."""
        torch._foreach_lerp_(self.values(), list(network.parameters()), 1 - decay)

    @torch.no_grad()
    def hand_over(self, network: nn.Module) -> None:
        """Put the average into the network."""
        torch._foreach_copy_(list(network.parameters()), self.values())
