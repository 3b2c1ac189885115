"""A multi-layer perceptron with GELU; both documents use two hidden layers of 64 neurons."""

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn


def build(in_dim: int, out_dim: int, *, hidden: int, hidden_layers: int) -> "MLP":
    """Build the network.

    Args:
        in_dim, out_dim: channels in and out.
        hidden: neurons per hidden layer.
        hidden_layers: number of hidden layers.
    """
    return MLP(in_dim, out_dim, hidden, hidden_layers)


class MLP(nn.Module):
    """Fully connected layers with an activation between them, over channel-first input.

    Attributes:
        layers: the linear layers; the last has no activation.
    """

    def __init__(self, in_dim: int, out_dim: int, hidden: int, hidden_layers: int) -> None:
        super().__init__()
        widths = [in_dim, *[hidden] * hidden_layers, out_dim]
        layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.layers = cast("Sequence[nn.Linear]", layers)

    def forward(self, features: Tensor) -> Tensor:
        """Channels (C, N) -> (out_dim, N); channels from C on, up to in_dim, count as 0."""
        first, *others = self.layers
        features = torch.addmm(first.bias[:, None], first.weight[:, : len(features)], features)
        for layer in others:
            features = torch.addmm(layer.bias[:, None], layer.weight, self.activation(features))
        return features

    def activation(self, z: Tensor) -> Tensor:
        """The activation, elementwise."""
        return nn.functional.gelu(z)

    def activate(self, z: Tensor, value: Tensor) -> None:
        """Write the activation of `z` into `value` and its derivative over `z`; CPU, (H, N), contiguous."""
        from fieldbench.kernels.activations import gelu  # compiled on first use; a CUDA run never needs it

        gelu(z.numpy(), value.numpy())
