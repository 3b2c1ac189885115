"""A transformer over the observations, read by cross-attention.

Source: Vaswani et al. 2017, with norms before the layers as Xiong et al. 2020 advise. Observations have no order and get
none.
"""

from typing import Any

from torch import Tensor, nn

from fieldbench.networks._sets import (
    Nearness,
    SetNetwork,
    StochasticDepth,
    attend,
    feed_forward,
    set_network,
    split_heads,
)


def build(
    in_dim: int,
    out_dim: int,
    *,
    hidden: int,
    heads: int,
    layers: int,
    frequencies: int,
    reading_layers: int = 2,
    **params: Any,
) -> SetNetwork:
    """Build the network.

    Args:
        in_dim, out_dim: coordinates of a position (2), and channels of an answer.
        hidden, heads, layers: width, attention heads, layers over the observations.
        frequencies, reading_layers, params: see `set_network`.
    """
    trunk = Trunk(hidden, heads, layers, params.get("near", True), params.get("drop", 0.0))
    sizes: dict[str, Any] = {
        "hidden": hidden,
        "heads": heads,
        "frequencies": frequencies,
        "reading_layers": reading_layers,
    }
    return set_network(trunk, in_dim, out_dim, **sizes, **params)


class Trunk(nn.Module):
    """Self-attention layers over the observations."""

    def __init__(self, hidden: int, heads: int, layers: int, near: bool, drop: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(SelfLayer(hidden, heads, near, drop) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, tokens: Tensor, position: Tensor) -> Tensor:
        """(B, O, D) at (B, O, 2) -> (B, O, D)."""
        for layer in self.layers:
            tokens = layer(tokens, position)
        return self.norm(tokens)


class SelfLayer(nn.Module):
    """Attention among the observations and two dense layers."""

    def __init__(self, hidden: int, heads: int, near: bool, drop: float) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.query_key_value, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.nearness = Nearness(heads, hidden // heads, near)
        self.feed_forward = feed_forward(hidden)
        self.depth = StochasticDepth(drop)

    def forward(self, tokens: Tensor, position: Tensor) -> Tensor:
        """(B, O, D) at (B, O, 2) -> (B, O, D)."""
        parts = self.query_key_value(self.before(tokens)).chunk(3, -1)
        query, key, value = (split_heads(part, self.heads) for part in parts)
        read = attend(self.nearness.query(query, position), self.nearness.key(key, position), value)
        tokens = tokens + self.depth(self.out(read))
        return tokens + self.depth(self.feed_forward(self.between(tokens)))
