"""A selective state space over the observations in the order of a Hilbert curve, read by cross-attention.

Source: Dao and Gu 2024 (Mamba-2), in plain torch and without its short convolution, since neighbours in a set are at uneven
distances. `StaticTrunk` is what the source document of this benchmark calls MAMBA.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import silu, softplus

from fieldbench.kernels.state_space import chunked
from fieldbench.networks._joint import JointNetwork, joint_network
from fieldbench.networks._sets import (
    AdaptiveNorm,
    SetNetwork,
    StochasticDepth,
    condition_width,
    feed_forward,
    set_network,
)

LEVELS = 10  # bits per axis of the curve's cells
STEPS = (1e-3, 1e-1)  # range of dt at the start, as Mamba's
STATIC_STATE, FASTEST = 8, 10.0  # size and largest rate of the document's state


def build(
    in_dim: int,
    out_dim: int,
    *,
    hidden: int,
    heads: int,
    layers: int,
    frequencies: int,
    reading_layers: int = 2,
    state: int = 32,
    state_space: str = "selective",
    joint: bool = False,
    near: bool = True,
    drop: float = 0.0,
    **params: Any,
) -> SetNetwork | JointNetwork:
    """Build the network.

    Args:
        in_dim, out_dim: coordinates of a position (2, or 3 on the sphere), and channels of an answer.
        hidden, heads, layers: width, heads, layers over the observations.
        state: size of a selective state.
        state_space: `selective`, or `static` for the document's.
        joint: let queries go through the layers after the observations: see `_joint`.
        frequencies, reading_layers, near, drop, params: see `set_network`.
    """
    sizes: dict[str, Any] = {"hidden": hidden, "heads": heads, "frequencies": frequencies, **params}
    condition = condition_width(hidden, params.get("time", "none")) if joint else None
    if state_space == "static":
        trunk: nn.Module = StaticTrunk(layers, hidden, drop, condition)
    else:
        trunk = Trunk(layers, hidden, heads, state, drop, condition)
    if joint:
        return joint_network(trunk, in_dim, out_dim, **sizes)
    return set_network(trunk, in_dim, out_dim, reading_layers=reading_layers, near=near, drop=drop, **sizes)


def hilbert_index(position: Tensor) -> Tensor:
    """Place (...,) along a Hilbert curve of points (..., C) in the unit square or cube.

    Source: Skilling 2004, "Programming the Hilbert curve": an inverse walk through the curve's levels, a Gray code, and the
    bits of the coordinates in turns.
    """
    side = 2**LEVELS
    axes = list((position * side).long().clamp(0, side - 1).unbind(-1))[::-1]
    for cell in _halved(side):
        for number, axis in enumerate(axes):
            there = (axis & cell) > 0
            swapped = torch.where(there, 0, (axes[0] ^ axis) & (cell - 1))
            axes[number] = axis ^ swapped
            axes[0] = axes[0] ^ torch.where(there, cell - 1, swapped)
    for number in range(1, len(axes)):
        axes[number] = axes[number] ^ axes[number - 1]
    turned = torch.zeros_like(axes[0])
    for cell in _halved(side):
        turned = torch.where((axes[-1] & cell) > 0, turned ^ (cell - 1), turned)
    index = torch.zeros_like(turned)
    for level in reversed(range(LEVELS)):
        for axis in axes:
            index = 2 * index + (((axis ^ turned) >> level) & 1)
    return index


def _halved(side: int) -> list[int]:
    """Half of `side`, a quarter and so on down to 2."""
    return [2**level for level in range(side.bit_length() - 2, 0, -1)]


class Trunk(nn.Module):
    """State-space layers, each in both directions of the curve."""

    def __init__(
        self, layers: int, hidden: int, heads: int, state: int, drop: float, condition: int | None
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(hidden, heads, state, drop, condition) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)

    def forward(self, tokens: Tensor, position: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, O, D) at (B, O, C) -> (B, O, D), in the order given; within, it is that of the curve."""
        order = hilbert_index(position).argsort(dim=1, stable=True)
        tokens = _in_order(tokens, order)
        for layer in self.layers:
            tokens = layer(tokens, condition)
        return self.norm(_in_order(tokens, order.argsort(dim=1)))


def _in_order(tokens: Tensor, order: Tensor) -> Tensor:
    return tokens.gather(1, order[..., None].expand_as(tokens))


class Layer(nn.Module):
    """A state-space layer and two dense layers."""

    def __init__(self, hidden: int, heads: int, state: int, drop: float, condition: int | None) -> None:
        super().__init__()
        self.before, self.between = AdaptiveNorm(hidden, condition), AdaptiveNorm(hidden, condition)
        self.mix = StateSpace(hidden, heads, state)
        self.feed_forward = feed_forward(hidden)
        self.depth = StochasticDepth(drop)

    def forward(self, tokens: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, O, D) -> (B, O, D)."""
        tokens = tokens + self.depth(self.mix(self.before(tokens, condition)))
        return tokens + self.depth(self.feed_forward(self.between(tokens, condition)))


class StateSpace(nn.Module):
    """h = exp(dt A) h + dt B x, y = C h + D x with dt, B and C from the input, in both directions; gated and normed."""

    def __init__(self, hidden: int, heads: int, state: int) -> None:
        super().__init__()
        self.heads, self.state = heads, state
        self.inner = 2 * hidden
        self.enter = nn.Linear(hidden, 2 * self.inner + 4 * state + 2 * heads, bias=False)
        steps = torch.exp(torch.empty(2 * heads).uniform_(math.log(STEPS[0]), math.log(STEPS[1])))
        self.step_bias = nn.Parameter(steps.expm1().log())  # the inverse of softplus
        self.log_rate = nn.Parameter(torch.empty(2 * heads).uniform_(1, 16).log())
        self.skip = nn.Parameter(torch.ones(heads))
        self.norm = nn.RMSNorm(self.inner)
        self.leave = nn.Linear(self.inner, hidden, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, O, D) -> (B, O, D)."""
        sizes = [self.inner, self.inner, 2 * self.state, 2 * self.state, 2 * self.heads]
        gate, inputs, b, c, step = self.enter(tokens).split(sizes, -1)
        inputs = silu(inputs).unflatten(-1, (self.heads, -1))
        step = softplus((step + self.step_bias).float())
        decay = _both(-step * self.log_rate.float().exp())
        read = chunked(
            torch.cat([inputs, inputs.flip(1)]) * _both(step).to(inputs.dtype)[..., None],
            decay,
            _both(b),
            _both(c),
        )
        ahead, back = read.chunk(2)
        mixed = ahead + back.flip(1) + self.skip[:, None] * inputs
        return self.leave(self.norm(mixed.flatten(2) * silu(gate)))


def _both(values: Tensor) -> Tensor:
    """The two directions' halves of the channels (B, O, 2 C) as a batch (2 B, O, C), the second reversed."""
    ahead, back = values.chunk(2, -1)
    return torch.cat([ahead, back.flip(1)])


class StaticTrunk(nn.Module):
    """The document's recurrence over tokens as they come: one small state for all channels, nothing selective."""

    def __init__(self, layers: int, hidden: int, drop: float, condition: int | None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(StaticLayer(hidden, drop, condition) for _ in range(layers))

    def forward(self, tokens: Tensor, position: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        for layer in self.layers:
            tokens = layer(tokens, condition)
        return tokens


class StaticLayer(nn.Module):
    """x + gate * (C h + D n) with n = norm(x), h = exp(-rate / N) h + B n over N tokens: causal, all of it constant.

    Its inputs are not multiplied by the step 1 / N, as the document's are not.
    """

    def __init__(self, hidden: int, drop: float = 0.0, condition: int | None = None) -> None:
        super().__init__()
        self.log_rate = nn.Parameter(0.1 * torch.randn(STATIC_STATE) - 1)
        self.enter = nn.Linear(hidden, STATIC_STATE, bias=False)
        self.leave = nn.Linear(STATIC_STATE, hidden, bias=False)
        self.skip = nn.Parameter(0.01 * torch.randn(hidden))
        self.gate = nn.Linear(hidden, hidden)
        self.norm, self.depth = AdaptiveNorm(hidden, condition), StochasticDepth(drop)

    def forward(self, tokens: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, N, D) -> (B, N, D)."""
        normed = self.norm(tokens, condition)
        mixed = self.leave(self.states(self.enter(normed))) + self.skip * normed
        return tokens + self.depth(torch.sigmoid(self.gate(normed)) * mixed)

    def states(self, inputs: Tensor) -> Tensor:
        """h (B, N, S) of inputs u (B, N, S): h_i = a^i sum_j a^-j u_j; with the largest rate, a^-N is e^10."""
        count = inputs.shape[1]
        place = torch.arange(count, device=inputs.device)[:, None]
        falling = torch.exp(-self.log_rate.exp().clamp(max=FASTEST) * place / count)
        return falling * (inputs / falling).cumsum(1)
