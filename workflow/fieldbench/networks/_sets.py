"""Parts of networks that read a set of observations and answer at query points.

A query reads the observations and never another query: its answer is the same alone and among a thousand. Shapes: B fields,
O observations, Q queries, D the hidden width, H heads; positions (..., C) in [0, 1], C = 2 on a plane and 3 on the sphere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

from fieldbench.errors import UserError

TIME_SCALE = 1000.0  # of t in [0, 1] before its sines, as in diffusion models: they are almost linear in t
TIME_CHANNELS = 64
OCTAVES = 4
CENTRE = 0.5  # of positions: from there, logits are smallest and lose least to rounding
LENGTHS = (0.1, 0.5)  # over which attention falls at the start, from the first head to the last


class FourierFeatures(nn.Module):
    """Sines and cosines of random frequencies.

    Source: Tancik et al. 2020, "Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional Domains".

    Args:
        count: number of frequencies; twice as many features.
        scale: standard deviation of each component of a frequency, in cycles per unit.
        in_dim: coordinates of a position.
        nyquist: cycles per unit that no component exceeds, or None for frequencies that may alias.
        multi_scale: draw each quarter of the frequencies with half the scale of the one before.
        learnable: train the frequencies.
    """

    def __init__(
        self,
        count: int,
        scale: float,
        nyquist: float | None = None,
        *,
        in_dim: int = 2,
        multi_scale: bool = False,
        learnable: bool = False,
    ) -> None:
        super().__init__()
        octaves = torch.arange(count) * OCTAVES // count if multi_scale else torch.zeros(count)
        frequencies = torch.randn(count, in_dim) * scale * 0.5 ** octaves[:, None]
        if nyquist is not None:
            frequencies = frequencies.clamp(-nyquist, nyquist)
        self.frequencies = nn.Parameter(frequencies, requires_grad=learnable)

    @property
    def width(self) -> int:
        return 2 * len(self.frequencies)

    def forward(self, position: Tensor) -> Tensor:
        """(..., C) -> (..., width)."""
        phase = 2 * math.pi * position @ self.frequencies.T
        return torch.cat([phase.sin(), phase.cos()], -1)


class Tokens(nn.Module):
    """Observations as tokens: the value, where it is, and their products, whose sum over tokens is a spectrum."""

    def __init__(self, features: FourierFeatures, hidden: int) -> None:
        super().__init__()
        self.features = features
        self.linear = nn.Linear(1 + 2 * features.width, hidden)

    def forward(self, position: Tensor, values: Tensor) -> Tensor:
        """(B, O, C), (B, O) -> (B, O, D)."""
        place, values = self.features(position), values[..., None]
        return self.linear(torch.cat([values, place, values * place], -1))


class StochasticDepth(nn.Module):
    """Leaves out a residual branch for a field with probability `drop` and scales it up otherwise; idle in evaluation.

    Source: Huang et al. 2016, "Deep Networks with Stochastic Depth"; scaled so that the expectation is the branch.
    """

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.drop = drop

    def forward(self, branch: Tensor) -> Tensor:
        """(B, ...) -> the same shape."""
        if not self.training or self.drop == 0:
            return branch
        kept = torch.rand(len(branch), *[1] * (branch.dim() - 1), device=branch.device) >= self.drop
        return branch * kept / (1 - self.drop)


def feed_forward(hidden: int) -> nn.Sequential:
    """Two linear layers with GELU between them."""
    return nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, hidden))


def split_heads(values: Tensor, heads: int) -> Tensor:
    """(B, N, D) -> (B, H, N, D / H)."""
    return values.unflatten(-1, (heads, -1)).transpose(1, 2)


def attend(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0) -> Tensor:
    """Attention over heads: (B, H, N, D / H) -> (B, N, D); queries and keys may have more channels than values.

    Args:
        dropout: share of the weights that are left out at random.
    """
    scale = value.shape[-1] ** -0.5
    read = scaled_dot_product_attention(query, key, value, dropout_p=dropout, scale=scale)
    return read.transpose(1, 2).flatten(2)


class Nearness(nn.Module):
    """Makes attention fall with distance: adds -|q - p|^2 / (2 length^2) to its logits, with a learned length per head.

    A few more channels of queries and keys do that: what depends on q alone cancels in the softmax. From the start the
    observations are averaged near a query, which a network without it takes thousands of steps to find. On the sphere
    |q - p| is the chord, which grows with the distance along the great circle.

    Args:
        heads, width: of the attention, and channels per head.
        used: False leaves queries and keys alone.
    """

    def __init__(self, heads: int, width: int, used: bool) -> None:
        super().__init__()
        self.used, self.unscale = used, width**0.5
        self.log_length = nn.Parameter(
            torch.linspace(math.log(LENGTHS[0]), math.log(LENGTHS[1]), heads), requires_grad=used
        )

    def query(self, query: Tensor, position: Tensor) -> Tensor:
        """(B, H, N, D / H) at (B or 1, N, C) -> with more channels."""
        if not self.used:
            return query
        position = position - CENTRE
        place = torch.cat([position, torch.ones_like(position[..., :1])], -1)[:, None]
        return torch.cat([query, place.expand(*query.shape[:3], -1)], -1)

    def key(self, key: Tensor, position: Tensor) -> Tensor:
        """As `query`."""
        if not self.used:
            return key
        position = position - CENTRE
        place = torch.cat([position, -0.5 * position.square().sum(-1, keepdim=True)], -1)[:, None]
        return torch.cat([key, self.unscale * torch.exp(-2 * self.log_length)[:, None, None] * place], -1)


def time_features(time: Tensor) -> Tensor:
    """Sines of a flow's time: (B,) in [0, 1] -> (B, TIME_CHANNELS)."""
    exponents = torch.arange(TIME_CHANNELS // 2, device=time.device) / (TIME_CHANNELS // 2)
    phase = TIME_SCALE * time[:, None] * 10_000.0**-exponents
    return torch.cat([phase.sin(), phase.cos()], -1)


def raw_time_features(time: Tensor, channels: int) -> Tensor:
    """Sines of a flow's time as it is, as the source document has it: (B,) in [0, 1] -> (B, channels)."""
    phase = time[:, None] * 10_000.0 ** -torch.linspace(0, 1, channels // 2, device=time.device)
    return torch.cat([phase.sin(), phase.cos()], -1)


class Clock(nn.Module):
    """How a flow's time enters a network.

    Args:
        hidden: width.
        kind: `none`; `raw`, sines of the time as it is are added to tokens; `added`, two dense layers of sines of the scaled
            time are; or `adaptive-norm`, these set the scales and shifts of norms.
    """

    def __init__(self, hidden: int, kind: str) -> None:
        super().__init__()
        self.hidden, self.kind = hidden, kind
        if kind in ("added", "adaptive-norm"):
            self.embed = nn.Sequential(nn.Linear(TIME_CHANNELS, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, time: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        """What is added to tokens, and what norms depend on, each (B, D) or None, at times (B,)."""
        if time is None or self.kind == "none":
            return None, None
        if self.kind == "raw":
            return raw_time_features(time, self.hidden), None
        embedded = self.embed(time_features(time))
        return (embedded, None) if self.kind == "added" else (None, silu(embedded))


def condition_width(hidden: int, time: str) -> int | None:
    """The width of what `AdaptiveNorm` depends on where time enters as `time`."""
    return hidden if time == "adaptive-norm" else None


class AdaptiveNorm(nn.Module):
    """Layer norm whose scale and shift follow from a condition, and are 1 and 0 at the start.

    Source: Peebles and Xie 2023, "Scalable Diffusion Models with Transformers".
    """

    def __init__(self, hidden: int, condition: int | None) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden, elementwise_affine=condition is None)
        if condition is not None:
            self.modulation = nn.Linear(condition, 2 * hidden)
            nn.init.zeros_(self.modulation.weight)
            nn.init.zeros_(self.modulation.bias)

    def forward(self, values: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, N, D) and (B, C) -> (B, N, D)."""
        values = self.norm(values)
        if condition is None:
            return values
        scale, shift = self.modulation(condition)[:, None].chunk(2, -1)
        return values * (1 + scale) + shift


@dataclass(frozen=True)
class Reading:
    """How queries read the observations.

    Attributes:
        hidden, heads, layers: width, attention heads and number of cross-attention layers.
        channels: numbers that a query brings along: a flow's state and the like; 0 for none.
        time: how a flow's time enters, see `Clock`.
        direct: whether a query's own state reaches the output, or only what attention returns for it.
        near: whether attention falls with distance.
        drop: probability of leaving out a residual branch.
    """

    hidden: int
    heads: int
    layers: int
    channels: int
    time: str
    direct: bool
    near: bool
    drop: float


class CrossLayer(nn.Module):
    """One layer in which queries read the memory."""

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        hidden, self.heads, self.direct = reading.hidden, reading.heads, reading.direct
        condition = condition_width(hidden, reading.time)
        self.before, self.between = AdaptiveNorm(hidden, condition), AdaptiveNorm(hidden, condition)
        self.query, self.out = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.key_value = nn.Linear(hidden, 2 * hidden)
        self.nearness = Nearness(reading.heads, hidden // reading.heads, reading.near)
        self.feed_forward = feed_forward(hidden)
        self.depth = StochasticDepth(reading.drop)

    def prepare(self, memory: Tensor, position: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, H, O, .) of the memory (B, O, D) at (B, O, C): once for all queries and all times."""
        key, value = (split_heads(part, self.heads) for part in self.key_value(memory).chunk(2, -1))
        return self.nearness.key(key, position), value

    def forward(
        self, queries: Tensor, prepared: tuple[Tensor, Tensor], position: Tensor, condition: Tensor | None
    ) -> Tensor:
        """(B, Q, D) at (B, Q, C) -> (B, Q, D)."""
        query = split_heads(self.query(self.before(queries, condition)), self.heads)
        query = self.nearness.query(query, position)
        key, value = prepared
        read = self.depth(self.out(attend(query.expand(len(key), -1, -1, -1), key, value)))
        queries = queries + read if self.direct else read
        return queries + self.depth(self.feed_forward(self.between(queries, condition)))


class Reader(nn.Module):
    """Answers at query points by cross-attention to a memory."""

    def __init__(self, features: FourierFeatures, reading: Reading, out_dim: int) -> None:
        super().__init__()
        hidden = reading.hidden
        self.features, self.clock = features, Clock(hidden, reading.time)
        self.enter = nn.Linear(features.width + reading.channels, hidden)
        layers = nn.ModuleList(CrossLayer(reading) for _ in range(reading.layers))
        self.layers = cast("Sequence[CrossLayer]", layers)
        self.norm, self.leave = nn.LayerNorm(hidden), nn.Linear(hidden, out_dim)

    def prepare(self, memory: Tensor, position: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Each layer's keys and values of the memory (B, O, D) at (B, O, C)."""
        return [layer.prepare(memory, position) for layer in self.layers]

    def forward(
        self,
        prepared: list[tuple[Tensor, Tensor]],
        position: Tensor,
        state: Tensor | None = None,
        time: Tensor | None = None,
    ) -> Tensor:
        """Answers (B, Q, out_dim).

        Args:
            prepared: of `prepare`.
            position: (B, Q, C), or (1, Q, C) for queries that all fields share.
            state: (B, Q, channels) of what a query brings along.
            time: (B,) of a flow.
        """
        place = self.features(position)
        if state is not None:
            place = torch.cat([place.expand(len(state), -1, -1), state], -1)
        queries = self.enter(place)
        added, condition = self.clock(time)
        if added is not None:
            queries = queries + added[:, None]
        for layer, pair in zip(self.layers, prepared, strict=True):
            queries = layer(queries, pair, position, condition)
        return self.leave(self.norm(queries))


class SetNetwork(nn.Module):
    """Tokens, layers that turn them into a memory, and a reader.

    Attributes:
        trunk: the layers over the tokens, (B, O, D) and the positions (B, O, C) -> (B, O, D).
    """

    def __init__(self, tokens: Tokens, trunk: nn.Module, reader: Reader) -> None:
        super().__init__()
        self.tokens, self.trunk, self.reader = tokens, trunk, reader

    @property
    def features(self) -> FourierFeatures:
        """Of positions."""
        return self.tokens.features

    def encode(self, position: Tensor, values: Tensor) -> list[tuple[Tensor, Tensor]]:
        """All that queries need to know of the observations (B, O, C), (B, O)."""
        return self.reader.prepare(self.trunk(self.tokens(position, values), position), position)

    def forward(self, memory: list, position: Tensor, state=None, time=None) -> Tensor:
        """Answers (B, Q, out_dim) at `position`: see `Reader`."""
        return self.reader(memory, position, state, time)


def position_features(
    in_dim: int,
    frequencies: int,
    nyquist: float,
    fourier_scale: float | None,
    *,
    multi_scale: bool,
    learnable: bool,
) -> FourierFeatures:
    """What positions are described by: see `set_network`."""
    if in_dim not in (2, 3):
        raise UserError(f"A set network reads positions of 2 or 3 coordinates, not {in_dim}.")
    limit, scale = (nyquist, nyquist / 3) if fourier_scale is None else (None, fourier_scale)
    return FourierFeatures(
        frequencies, scale, limit, in_dim=in_dim, multi_scale=multi_scale, learnable=learnable
    )


def set_network(
    trunk: nn.Module,
    in_dim: int,
    out_dim: int,
    *,
    hidden: int,
    heads: int,
    nyquist: float,
    frequencies: int,
    reading_layers: int,
    channels: int = 0,
    time: str = "none",
    direct: bool = True,
    near: bool = True,
    fourier_scale: float | None = None,
    multi_scale: bool = False,
    learnable: bool = False,
    drop: float = 0.0,
) -> SetNetwork:
    """A network around `trunk`.

    Args:
        trunk: see `SetNetwork`.
        in_dim, out_dim: coordinates of a position, 2 or 3, and channels of an answer.
        hidden, heads: width and attention heads.
        nyquist: highest frequency of the fields' grid, in cycles per unit.
        frequencies: how many the positions are described by.
        reading_layers: layers of cross-attention.
        channels, time, direct, near, drop: see `Reading`.
        fourier_scale: of the frequencies in cycles per unit, unlimited; None for a third of Nyquist, and none above it.
        multi_scale, learnable: see `FourierFeatures`.

    Raises:
        UserError: positions of another number of coordinates.
    """
    features = position_features(
        in_dim, frequencies, nyquist, fourier_scale, multi_scale=multi_scale, learnable=learnable
    )
    reading = Reading(hidden, heads, reading_layers, channels, time, direct, near, drop)
    return SetNetwork(Tokens(features, hidden), trunk, Reader(features, reading, out_dim))
