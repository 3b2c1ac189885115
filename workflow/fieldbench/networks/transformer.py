"""A transformer over the observations, read by cross-attention.

Source: Vaswani et al. 2017, with norms before the layers as Xiong et al. 2020 advise. Observations have no order and get
none.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from fieldbench.networks._joint import JointNetwork, joint_network
from fieldbench.networks._sets import (
    AdaptiveNorm,
    Nearness,
    SetNetwork,
    StochasticDepth,
    attend,
    condition_width,
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
    joint: bool = False,
    near: bool = True,
    drop: float = 0.0,
    dropout: float = 0.0,
    **params: Any,
) -> SetNetwork | JointNetwork:
    """Build the network.

    Args:
        in_dim, out_dim: coordinates of a position (2, or 3 on the sphere), and channels of an answer.
        hidden, heads, layers: width, attention heads, layers over the observations.
        joint: let queries go through the layers beside the observations: see `_joint`.
        dropout: probability of leaving out a value or a weight of attention within the layers.
        frequencies, reading_layers, near, drop, params: see `set_network`.
    """
    sizes: dict[str, Any] = {"hidden": hidden, "heads": heads, "frequencies": frequencies, **params}
    condition = condition_width(hidden, params.get("time", "none")) if joint else None
    trunk = Trunk(layers, Layout(hidden, heads, near, drop, dropout, condition))
    if joint:
        return joint_network(trunk, in_dim, out_dim, **sizes)
    return set_network(trunk, in_dim, out_dim, reading_layers=reading_layers, near=near, drop=drop, **sizes)


@dataclass(frozen=True)
class Layout:
    """A self-attention layer.

    Attributes:
        hidden, heads: width and attention heads.
        near: whether attention falls with distance.
        drop, dropout: probabilities of leaving out a residual branch, and a value within one.
        condition: width of what its norms depend on, or None.
    """

    hidden: int
    heads: int
    near: bool
    drop: float
    dropout: float
    condition: int | None


class Trunk(nn.Module):
    """Self-attention layers over the observations."""

    def __init__(self, layers: int, layout: Layout) -> None:
        super().__init__()
        self.layers = nn.ModuleList(SelfLayer(layout) for _ in range(layers))
        self.norm = nn.LayerNorm(layout.hidden)

    def forward(self, tokens: Tensor, position: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, O, D) at (B, O, C) -> (B, O, D)."""
        for layer in self.layers:
            tokens = layer(tokens, position, condition)
        return self.norm(tokens)


class SelfLayer(nn.Module):
    """Attention among the observations and two dense layers."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        hidden, heads, condition = layout.hidden, layout.heads, layout.condition
        self.heads = heads
        self.before, self.between = AdaptiveNorm(hidden, condition), AdaptiveNorm(hidden, condition)
        self.query_key_value, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.nearness = Nearness(heads, hidden // heads, layout.near)
        self.feed_forward = feed_forward(hidden)
        self.depth, self.dropout = StochasticDepth(layout.drop), nn.Dropout(layout.dropout)

    def forward(self, tokens: Tensor, position: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, O, D) at (B, O, C) -> (B, O, D)."""
        parts = self.query_key_value(self.before(tokens, condition)).chunk(3, -1)
        query, key, value = (split_heads(part, self.heads) for part in parts)
        query, key = self.nearness.query(query, position), self.nearness.key(key, position)
        read = self.out(attend(query, key, value, self.dropout.p if self.training else 0.0))
        tokens = tokens + self.depth(self.dropout(read))
        return tokens + self.depth(self.dropout(self.feed_forward(self.between(tokens, condition))))
