"""Samples along rays: steps that grow with distance, only where the occupancy grid says that there is something.

Source: Müller et al. 2022 (Instant-NGP), section 5.4 and appendix E.1. `march_plain` is the reference and runs on any
device; `march_compiled` leaps over empty cells and blocks of cells and finds the same samples, to the bit.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fieldbench.errors import UserError
from fieldbench.radiance.occupancy import Occupancy


@dataclass(frozen=True)
class Steps:
    """Lengths of steps: the distance from the ray's origin times `cone_angle`, within two bounds.

    Attributes:
        shortest, longest: in the scene's unit of length.
        cone_angle: radians; 0 for equal steps of the shortest length.
    """

    shortest: float
    longest: float
    cone_angle: float

    def length(self, t: Tensor) -> Tensor:
        """Of the step that begins at distance `t`."""
        return (t * self.cone_angle).clamp(self.shortest, self.longest)


class Rays(NamedTuple):
    """Where to march.

    Attributes:
        origins, directions: (R, 3), directions of unit length.
        near, far: (R,) distances to march between.
        shift: (R,) in [0, 1), share of the first step by which the march begins later.
    """

    origins: Tensor
    directions: Tensor
    near: Tensor
    far: Tensor
    shift: Tensor

    def part(self, begin: int, end: int | None = None) -> "Rays":
        """The rays from `begin` up to `end`."""
        return Rays(*(values[begin:end] for values in self))


class Samples(NamedTuple):
    """Samples of the first rays, ray after ray, without gaps.

    Attributes:
        ray: (S,) int64, of each sample.
        t, dt: (S,) distance of its middle from the ray's origin, and its length.
        offsets: (R' + 1,) int64 where the samples of each of the first R' rays begin, and their number.
    """

    ray: Tensor
    t: Tensor
    dt: Tensor
    offsets: Tensor

    @property
    def rays(self) -> int:
        """R', rays that were marched whole."""
        return len(self.offsets) - 1

    def points(self, rays: Rays) -> Tensor:
        """(S, 3), stored coordinate after coordinate."""
        origins, directions = (part.T.contiguous().index_select(1, self.ray) for part in rays[:2])
        return torch.addcmul(origins, directions, self.t).T


def march(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """Samples in occupied cells of `grid` (everywhere without one) of as many first rays as `capacity` can hold.

    Raises:
        UserError: the first ray alone has more samples than that.
    """
    if rays.origins.device.type == "cpu":
        return march_compiled(rays, steps, grid, capacity)
    return march_plain(rays, steps, grid, capacity)


def march_plain(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """See `march`."""
    t = rays.near + rays.shift * steps.length(rays.near)
    middles, lengths, kept = [], [], []
    while True:
        dt = steps.length(t)
        middle = t + dt * 0.5
        inside = middle < rays.far
        if not inside.any():
            break
        if grid is not None:
            inside = inside & grid.occupied(rays.origins + rays.directions * middle[:, None])
        middles.append(middle), lengths.append(dt), kept.append(inside)
        t = t + dt
    if not kept:
        return _empty(rays)
    inside = torch.stack(kept, 1)
    ends = inside.sum(1).cumsum(0)
    whole = _check_fits(int((ends <= capacity).sum()), len(ends), capacity)
    inside = inside[:whole]
    offsets = torch.nn.functional.pad(ends[:whole], (1, 0))
    ray = inside.nonzero()[:, 0]
    return Samples(ray, torch.stack(middles, 1)[:whole][inside], torch.stack(lengths, 1)[:whole][inside], offsets)


def march_compiled(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """See `march`; CPU."""
    from fieldbench.radiance import _march  # compiled on first use; CUDA never needs it

    cells = grid.arrays() if grid is not None else _march.EVERYWHERE
    numbers = np.array([steps.shortest, steps.longest, steps.cone_angle], np.float32)
    ray = np.empty(capacity, np.int64)
    t, dt = np.empty(capacity, np.float32), np.empty(capacity, np.float32)
    offsets = np.zeros(len(rays.near) + 1, np.int64)
    whole = _march.fill(*(part.contiguous().numpy() for part in rays), numbers, *cells, ray, t, dt, offsets)
    _check_fits(whole, len(rays.near), capacity)
    count = offsets[whole]
    parts = ray[:count], t[:count], dt[:count], offsets[: whole + 1]
    return Samples(*(torch.from_numpy(part) for part in parts))


def _check_fits(whole: int, rays: int, capacity: int) -> int:
    if whole == 0 < rays:
        raise UserError(
            f"One ray has more than {capacity} samples; raise `samples` of the training, or the shortest step."
        )
    return whole


def _empty(rays: Rays) -> Samples:
    none = rays.near.new_empty(0)
    return Samples(none.long(), none, none, torch.zeros(len(rays.near) + 1, dtype=torch.int64, device=none.device))
