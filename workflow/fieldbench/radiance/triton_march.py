"""The march along rays by Triton: `marching.march_plain` to the bit, in two passes over the rays.

The first pass counts each ray's samples; their running sum says where the second writes them. A program's rays step
together until the last has left, and look a cell up at every step: on a device that costs less than leaping.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 32  # rays per program: those of a warp, which wait for one another


@triton.jit
def _length(t, shortest, longest, cone_angle):
    return tl.minimum(tl.maximum(t * cone_angle, shortest), longest)


@triton.jit
def _along(origins, directions, r, inside, middle, axis: tl.constexpr):
    """One coordinate of the points at distances `middle` from the rays' origins."""
    origin = tl.load(origins + r * 3 + axis, mask=inside, other=0.0)
    return origin + tl.load(directions + r * 3 + axis, mask=inside, other=0.0) * middle


@triton.jit
def _cell(x, half, RESOLUTION: tl.constexpr):
    scale = tl.div_rn(RESOLUTION * 1.0, 2 * half)
    return tl.minimum(tl.maximum(((x + half) * scale).to(tl.int32), 0), RESOLUTION - 1)


@triton.jit
def _occupied(cells, halves, x, y, z, active, CASCADES: tl.constexpr, RESOLUTION: tl.constexpr):
    """Whether points lie in occupied cells: `Occupancy.occupied`."""
    reach = tl.maximum(tl.maximum(tl.abs(x), tl.abs(y)), tl.abs(z))
    cube = tl.zeros_like(reach).to(tl.int32)
    for number in tl.static_range(CASCADES):
        cube += (reach >= tl.load(halves + number)).to(tl.int32)
    within = active & (cube < CASCADES)
    half = tl.load(halves + tl.minimum(cube, CASCADES - 1))
    row = (cube * RESOLUTION + _cell(x, half, RESOLUTION)) * RESOLUTION + _cell(y, half, RESOLUTION)
    place = row.to(tl.int64) * RESOLUTION + _cell(z, half, RESOLUTION)
    return tl.load(cells + place, mask=within, other=0) != 0


@triton.jit
def _march(
    origins,
    directions,
    near,
    far,
    shift,
    cells,
    halves,
    counts,
    offsets,
    ray,
    t_out,
    dt_out,
    count,
    shortest,
    longest,
    cone_angle,
    CASCADES: tl.constexpr,
    RESOLUTION: tl.constexpr,
    WRITE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Counts the samples of `count` rays, or where WRITE writes them from `offsets` on."""
    r = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = r < count
    begin, end = tl.load(near + r, mask=inside, other=0.0), tl.load(far + r, mask=inside, other=0.0)
    shifted = tl.load(shift + r, mask=inside, other=0.0) * _length(begin, shortest, longest, cone_angle)
    t = begin + shifted
    number = tl.zeros((BLOCK,), tl.int64)
    first = tl.load(offsets + r, mask=inside, other=0) if WRITE else number
    dt = _length(t, shortest, longest, cone_angle)
    active = inside & (t + dt * 0.5 < end)
    while tl.max(active.to(tl.int32), 0) > 0:
        middle = t + dt * 0.5
        hit = active
        if CASCADES > 0:
            x = _along(origins, directions, r, inside, middle, 0)
            y = _along(origins, directions, r, inside, middle, 1)
            z = _along(origins, directions, r, inside, middle, 2)
            hit = _occupied(cells, halves, x, y, z, active, CASCADES, RESOLUTION)
        if WRITE:
            tl.store(ray + first + number, r.to(tl.int64), mask=hit)
            tl.store(t_out + first + number, middle, mask=hit)
            tl.store(dt_out + first + number, dt, mask=hit)
        number += hit.to(tl.int64)
        t = t + dt
        dt = _length(t, shortest, longest, cone_angle)
        active = active & (t + dt * 0.5 < end)
    if not WRITE:
        tl.store(counts + r, number, mask=inside)


class March:
    """The march of some rays, `count`ed first and then written.

    Args:
        rays: origins and directions (R, 3), near, far and shift (R,), float32.
        steps: shortest and longest length, and cone angle.
        cells: (K, N, N, N) bool, occupied cells of K cubes around the origin; None where all are.
        halves: (K,) half sides of the cubes, ascending.
    """

    def __init__(
        self,
        rays: tuple[Tensor, ...],
        steps: tuple[float, float, float],
        cells: Tensor | None,
        halves: Tensor | None,
    ) -> None:
        self.rays, self.steps = [part.contiguous() for part in rays], steps
        self.cells = None if cells is None else cells.contiguous().view(torch.uint8)
        self.halves = halves
        self.sizes = {
            "CASCADES": 0 if cells is None else len(cells),
            "RESOLUTION": 1 if cells is None else cells.shape[1],
        }

    def _launch(self, count: int, arrays: tuple[Tensor | None, ...], write: bool) -> None:
        # No fused products and sums: torch rounds both, and a sample at a cell's face must fall alike.
        options = {"num_warps": 1, "enable_fp_fusion": False}
        arguments = *self.rays, self.cells, self.halves, *arrays, count, *self.steps
        launch = (triton.cdiv(count, BLOCK),)
        _march[launch](*arguments, **self.sizes, WRITE=write, BLOCK=BLOCK, **options)

    def count(self) -> Tensor:
        """(R,) int64 samples of each ray."""
        near = self.rays[2]
        counts = near.new_empty(len(near), dtype=torch.int64)
        self._launch(len(near), (counts, None, None, None, None), write=False)
        return counts

    def write(self, offsets: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
        """Ray (S,) int64, distance and length (S,) of the samples of the first rays.

        Args:
            offsets: (R' + 1,) int64 where the samples of each of the first R' rays begin, and their number S.
            samples: S.
        """
        near = self.rays[2]
        ray = near.new_empty(samples, dtype=torch.int64)
        t, dt = near.new_empty(samples), near.new_empty(samples)
        self._launch(len(offsets) - 1, (None, offsets, ray, t, dt), write=True)
        return ray, t, dt
