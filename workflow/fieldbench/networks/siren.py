"""SIREN, a network of sines.

Source: Sitzmann et al. 2020, "Implicit Neural Representations with Periodic Activation Functions".
"""

import math

import torch
from torch import Tensor, nn

from fieldbench.networks.mlp import MLP


def build(in_dim: int, out_dim: int, *, hidden: int, hidden_layers: int, frequency: float = 30.0) -> "Siren":
    """Build the network.

    Args:
        in_dim, out_dim: channels in and out; coordinates in [-1, 1] are expected.
        hidden, hidden_layers: neurons per hidden layer and number of hidden layers.
        frequency: omega_0 of the paper, in every sine layer.
    """
    return Siren(in_dim, out_dim, hidden, hidden_layers, frequency)


class Siren(MLP):
    """Layers sin(omega_0 (W x + b)), the last one linear, with the weights of the paper's section 3.2."""

    def __init__(self, in_dim: int, out_dim: int, hidden: int, hidden_layers: int, frequency: float) -> None:
        super().__init__(in_dim, out_dim, hidden, hidden_layers)
        self.frequency = frequency
        for index, layer in enumerate(self.layers):
            bound = 1 / in_dim if index == 0 else math.sqrt(6 / hidden) / frequency
            nn.init.uniform_(layer.weight, -bound, bound)

    def activation(self, z: Tensor) -> Tensor:
        return torch.sin(self.frequency * z)

    def activate(self, z: Tensor, value: Tensor) -> None:
        z.mul_(self.frequency)
        torch.sin(z, out=value)
        z.cos_().mul_(self.frequency)
