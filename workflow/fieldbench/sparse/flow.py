"""Flow matching: a velocity that carries samples of a start to samples of fields, given observations.

    z = a(t) x1 + b(t) x0,    v = dz/dt,    the network learns E[v | z, t, observations]

x0 is white noise, or what a classical method predicts with noise of its spread. A query sees its own state only: samples
have the right distribution at each point, and are independent from point to point given the observations.

Source: Lipman et al. 2023, "Flow Matching for Generative Modeling"; Albergo and Vanden-Eijnden 2023.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fieldbench.sparse.techniques import consistency, self_conditioning
from fieldbench.sparse.techniques.noise_schedule import circle

LATEST = 0.98  # of two times for the consistency loss: the state must still say less than the field

# state (B, Q), time (B,), last estimate (B, Q) -> (B, Q)
Velocity = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Moment:
    """A path's a and b and their derivatives by time, each (B, 1), at times (B,)."""

    a: Tensor
    b: Tensor
    a_rate: Tensor
    b_rate: Tensor

    def state(self, start: Tensor, end: Tensor) -> Tensor:
        return self.a * end + self.b * start

    def velocity(self, start: Tensor, end: Tensor) -> Tensor:
        return self.a_rate * end + self.b_rate * start

    def end(self, state: Tensor, velocity: Tensor) -> Tensor:
        """The end of the path that has this state and velocity."""
        determinant = self.a_rate * self.b - self.a * self.b_rate
        return (self.b * velocity - self.b_rate * state) / determinant


def moment(path: str, time: Tensor) -> Moment:
    """The `linear` or the `cosine` path at times (B,)."""
    time = time[:, None]
    if path == "cosine":
        return Moment(*circle(time))
    rate = torch.ones_like(time)
    return Moment(time, 1 - time, rate, -rate)


@dataclass(frozen=True)
class Start:
    """Where paths start: normal, independent at each point, with these moments (B, Q)."""

    centre: Tensor
    spread: Tensor

    def draw(self, noise: Tensor) -> Tensor:
        """(B, Q) from standard normal noise."""
        return self.centre + self.spread * noise


def white(like: Tensor) -> Start:
    """White noise."""
    return Start(torch.zeros_like(like), torch.ones_like(like))


def residual(
    velocity: Velocity, path: str, start: Tensor, end: Tensor, time: Tensor, shown: Tensor | None
) -> Tensor:
    """Velocity of the network less the path's (B, Q).

    Args:
        start, end: of the paths (B, Q).
        time: (B,).
        shown: (B,) whether the network is shown its own estimate; None if never.
    """
    at = moment(path, time)
    state = at.state(start, end)
    last = torch.zeros_like(state)
    if shown is not None:

        def estimate(before: Tensor) -> Tensor:
            return at.end(state, velocity(state, time, before))

        last = self_conditioning.first_estimate(estimate, state, shown)
    return velocity(state, time, last) - at.velocity(start, end)


def consistency_loss(
    velocity: Velocity,
    path: str,
    start: Start,
    noise: tuple[Tensor, Tensor],
    end: Tensor,
    times: Tensor,
    weight: Tensor,
) -> Tensor:
    """See `techniques.consistency`.

    Args:
        noise: of the start, and what is added going back, each (B, Q).
        times: (2, B): a time in [0, 1], and the share of it that the earlier one is.
        weight: (Q,) of the estimates.
    """
    later = LATEST * times[0].clamp_min(1 - LATEST)
    earlier = later * times[1]
    late, early = moment(path, later), moment(path, earlier)
    state = late.state(start.draw(noise[0]), end)
    before = consistency.noisier(
        state, start.centre, start.spread, noise[1], (late.a, late.b), (early.a, early.b)
    )
    nothing = torch.zeros_like(state)
    with torch.no_grad():
        target = late.end(state, velocity(state, later, nothing))
    estimate = early.end(before, velocity(before, earlier, nothing))
    return consistency.loss(weight * estimate, weight * target)


@torch.no_grad()
def heun(velocity: Velocity, path: str, start: Tensor, steps: int) -> Tensor:
    """Integrate dz/dt = velocity from t = 0 to 1 by Heun's rule; returns z (B, Q) at t = 1."""
    state, last = start, torch.zeros_like(start)
    times = torch.linspace(0, 1, steps + 1, device=start.device)
    for begin, end in zip(
        times[:-1].expand(len(start), -1).T, times[1:].expand(len(start), -1).T, strict=True
    ):
        first = velocity(state, begin, last)
        last = moment(path, begin).end(state, first)
        ahead = state + (end - begin)[:, None] * first
        second = velocity(ahead, end, last)
        last = moment(path, end).end(ahead, second)
        state = state + (end - begin)[:, None] * 0.5 * (first + second)
    return state


@torch.no_grad()
def fresh_noise(velocity: Velocity, start: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """The document's sampler: the network is given fresh noise at every step, never the state, which only adds up."""
    state, nothing = start, torch.zeros_like(start)
    for step in range(steps):
        noise = torch.randn(start.shape, generator=generator, device=start.device)
        time = torch.full((len(start),), step / steps, device=start.device)
        state = state + velocity(noise, time, nothing) / steps
    return state
