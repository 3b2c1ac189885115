"""Samples along rays: steps that grow with distance, only where the occupancy grid says that there is something.

Source: Müller et al. 2022 (Instant-NGP), section 5.4 and appendix E.1. `march_plain` is the reference and runs on any
device; `march_compiled` on a CPU leaps over empty cells and blocks of cells, `march_kernel` on CUDA marches every ray by a
thread; both find the same samples, to the bit.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fieldbench.errors import UserError
from fieldbench.kernels.fused import has_kernels
from fieldbench.radiance.occupancy import Occupancy

ASK = 32  # steps after which the plain march asks whether a ray is left, for which CUDA must be waited for
TOGETHER = 2**22  # steps that the plain march looks at together
MORE = 1.1


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

    @property
    def numbers(self) -> np.ndarray:
        """(3,) float32, as the compiled march takes them."""
        return np.array([self.shortest, self.longest, self.cone_angle], np.float32)

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

    def followed_by(self, others: "Rays") -> "Rays":
        """These rays and others."""
        return Rays(*(torch.cat(pair) for pair in zip(self, others, strict=True)))


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

    def followed_by(self, others: "Samples") -> "Samples":
        """These samples and those of further rays."""
        ray = torch.cat([self.ray, others.ray + self.rays])
        t, dt = torch.cat([self.t, others.t]), torch.cat([self.dt, others.dt])
        return Samples(ray, t, dt, torch.cat([self.offsets, others.offsets[1:] + self.offsets[-1]]))

    def points(self, rays: Rays) -> Tensor:
        """(S, 3), stored coordinate after coordinate."""
        origins, directions = (part.T.contiguous().index_select(1, self.ray) for part in rays[:2])
        return torch.addcmul(origins, directions, self.t).T


def march(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """Samples in occupied cells of `grid` (everywhere without one) of as many first rays as `capacity` can hold.

    Raises:
        UserError: the first ray alone has more samples than that.
    """
    if has_kernels(rays.origins.device):
        return march_kernel(rays, steps, grid, capacity)
    if rays.origins.device.type == "cpu":
        return march_compiled(rays, steps, grid, capacity)
    return march_plain(rays, steps, grid, capacity)


def march_plain(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """See `march`."""
    begins = _begins(rays, steps)
    size = max(TOGETHER // begins.shape[1], 1)
    pieces = [
        _inside(rays.part(first, first + size), steps, grid, begins[first : first + size])
        for first in range(0, len(begins), size)
    ]
    counts, t, dt = (torch.cat(part) for part in zip(*pieces, strict=True))
    ends = counts.cumsum(0)
    whole = _check_fits(int((ends <= capacity).sum()), len(ends), capacity)
    offsets = torch.nn.functional.pad(ends[:whole], (1, 0))
    ray = torch.repeat_interleave(counts[:whole])
    return Samples(ray, t[: len(ray)], dt[: len(ray)], offsets)


def _begins(rays: Rays, steps: Steps) -> Tensor:
    """(R, K) where the steps of every ray begin, up to the end of all rays."""
    t = rays.near + rays.shift * steps.length(rays.near)
    begins = [t]
    while len(begins) % ASK or bool((t < rays.far).any()):
        t = t + steps.length(t)
        begins.append(t)
    return torch.stack(begins, 1)


def _inside(
    rays: Rays, steps: Steps, grid: Occupancy | None, begins: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Samples per ray, and distances and lengths of all samples, of the steps (R, K) that begin at `begins`."""
    dt = steps.length(begins)
    middle = begins + dt * 0.5
    inside = middle < rays.far[:, None]
    if grid is not None:
        points = rays.origins[:, None] + rays.directions[:, None] * middle[..., None]
        inside = inside & grid.occupied(points.flatten(0, 1)).view_as(inside)
    return inside.sum(1), middle[inside], dt[inside]


def march_compiled(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """See `march`; CPU."""
    from fieldbench.radiance import _march  # compiled on first use; CUDA never needs it

    cells, blocks, halves = grid.arrays() if grid is not None else _march.EVERYWHERE
    ray = np.empty(capacity, np.int64)
    t, dt = np.empty(capacity, np.float32), np.empty(capacity, np.float32)
    offsets = np.zeros(len(rays.near) + 1, np.int64)
    origins, directions, near, far, shift = (part.contiguous().numpy() for part in rays)
    given = origins, directions, near, far, shift, steps.numbers, cells, blocks, halves
    whole = _march.fill(*given, ray, t, dt, offsets)
    _check_fits(whole, len(rays.near), capacity)
    count = offsets[whole]
    parts = ray[:count], t[:count], dt[:count], offsets[: whole + 1]
    return Samples(*map(torch.from_numpy, parts))


def march_kernel(rays: Rays, steps: Steps, grid: Occupancy | None, capacity: int) -> Samples:
    """See `march`; CUDA, by Triton."""
    from fieldbench.radiance.triton_march import March

    lengths = steps.shortest, steps.longest, steps.cone_angle
    marching = March(rays, lengths, *((grid.cells, grid.halves) if grid is not None else (None, None)))
    ends = marching.count().cumsum(0)
    whole = _check_fits(int((ends <= capacity).sum()), len(ends), capacity)
    offsets = torch.nn.functional.pad(ends[:whole], (1, 0))
    return Samples(*marching.write(offsets, int(offsets[-1])), offsets)


def _check_fits(whole: int, rays: int, capacity: int) -> int:
    if whole == 0 < rays:
        raise UserError(
            f"One ray has more than {capacity} samples; raise `samples` of the training, or the shortest step."
        )
    return whole


def fitting(samples: Samples, capacity: int) -> int:
    """Rays of which, judged by those with these samples, a few more than fit have room."""
    return max(int(MORE * samples.rays * capacity / max(len(samples.t), 1)), 1)
