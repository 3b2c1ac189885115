"""Observations and queries as one sequence, as the programs of the benchmark's source document have them.

All tokens go through the trunk together, so an answer depends on which other points are asked for. Shapes as in `_sets`.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fieldbench.networks._sets import Clock, FourierFeatures, position_features


class Sequence(NamedTuple):
    """The observations' tokens (B, O, D) and where they are (B, O, C)."""

    tokens: Tensor
    position: Tensor


class Attended(nn.Module):
    """What attention of the queries to the observations returns, through two dense layers: no other way to the output.

    Args:
        hidden, heads: width and attention heads.
        out_dim: channels of an answer.
    """

    def __init__(self, hidden: int, heads: int, out_dim: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(hidden, heads, batch_first=True)
        self.leave = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, out_dim))

    def forward(self, queries: Tensor, observed: Tensor) -> Tensor:
        """(B, Q, D), (B, O, D) -> (B, Q, out_dim)."""
        return self.leave(self.attention(queries, observed, observed, need_weights=False)[0])


class Direct(nn.Module):
    """The output from the queries' own tokens."""

    def __init__(self, hidden: int, out_dim: int) -> None:
        super().__init__()
        self.leave = nn.Linear(hidden, out_dim)

    def forward(self, queries: Tensor, observed: Tensor) -> Tensor:
        """(B, Q, D), (B, O, D) -> (B, Q, out_dim)."""
        return self.leave(queries)


class JointNetwork(nn.Module):
    """Tokens of observations and of queries, a trunk over both, and the output from the queries' places.

    Args:
        features: of positions.
        trunk: (B, N, D), positions (B, N, C) and a condition (B, D) or None -> (B, N, D).
        clock: how time enters, for both kinds of tokens.
        output: (B, Q, D), (B, O, D) -> (B, Q, out_dim).
        channels: numbers that a query brings along.
        hidden: width.
    """

    def __init__(
        self,
        features: FourierFeatures,
        trunk: nn.Module,
        clock: Clock,
        output: nn.Module,
        channels: int,
        hidden: int,
    ) -> None:
        super().__init__()
        self.features, self.trunk, self.clock, self.output = features, trunk, clock, output
        self.observation = nn.Linear(features.width + 1, hidden)
        self.query = nn.Linear(features.width + channels, hidden)

    def encode(self, position: Tensor, values: Tensor) -> Sequence:
        """The observations (B, O, C), (B, O) as tokens."""
        place = self.features(position)
        return Sequence(self.observation(torch.cat([place, values[..., None]], -1)), position)

    def forward(
        self, memory: Sequence, position: Tensor, state: Tensor | None = None, time: Tensor | None = None
    ) -> Tensor:
        """Answers (B, Q, out_dim) at `position` (B or 1, Q, C); the other arguments: see `_sets.Reader`."""
        observed = memory.tokens.shape[1]
        position = position.expand(len(memory.tokens), -1, -1)
        place = self.features(position)
        queries = self.query(place if state is None else torch.cat([place, state], -1))
        tokens = torch.cat([memory.tokens, queries], 1)
        added, condition = self.clock(time)
        if added is not None:
            tokens = tokens + added[:, None]
        tokens = self.trunk(tokens, torch.cat([memory.position, position], 1), condition)
        return self.output(tokens[:, observed:], tokens[:, :observed])


def joint_network(
    trunk: nn.Module,
    in_dim: int,
    out_dim: int,
    *,
    hidden: int,
    heads: int,
    nyquist: float,
    frequencies: int,
    channels: int = 0,
    time: str = "none",
    direct: bool = True,
    fourier_scale: float | None = None,
    multi_scale: bool = False,
    learnable: bool = False,
) -> JointNetwork:
    """A network around `trunk`.

    Args:
        trunk: see `JointNetwork`.
        direct: whether the output is `Direct` or `Attended`.
        the others: see `_sets.set_network`.

    Raises:
        UserError: positions of another number of coordinates.
    """
    features = position_features(
        in_dim, frequencies, nyquist, fourier_scale, multi_scale=multi_scale, learnable=learnable
    )
    output = Direct(hidden, out_dim) if direct else Attended(hidden, heads, out_dim)
    return JointNetwork(features, trunk, Clock(hidden, time), output, channels, hidden)
