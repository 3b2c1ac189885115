"""The march along rays, compiled for the CPU; see `fieldbench.radiance.marching`."""

import numba
import numpy as np

# Without fused operations: as torch rounds.
compiled = numba.njit(nogil=True, cache=True, error_model="numpy")
# Inlined, and given no arrays: counting the references to these costs more than a step.
part = numba.njit(forceinline=True, error_model="numpy")
f32 = np.float32
BLOCK = 8  # cells along the side of a block
MARGIN = f32(1e-5)  # of the distance to a cell's face, so that rounding leaps over no sample
_ALL = np.ones((1, 1, 1, 1), np.bool_)
EVERYWHERE = (_ALL, _ALL, np.full(1, 1e30, np.float32))


@compiled
def fill(
    origins, directions, near, far, shift, steps, cells, blocks, halves, ray, t_out, dt_out, offsets
) -> int:
    """March rays until the room is full; returns the number of rays that were marched whole.

    An empty cell, or block of empty cells, is left at once; outside all cubes nothing is.

    Args:
        origins, directions, near, far, shift: of `Rays`.
        steps: shortest, longest, cone angle.
        cells: (K, R, R, R) bool, occupied cells of K cubes around the origin.
        blocks: (K, B, B, B) bool, whether any cell of a block is.
        halves: (K,) half sides of the cubes, ascending.
        ray, t_out, dt_out, offsets: room for `Samples`, written.
    """
    count, cubes, top = 0, halves.size, cells.shape[1] - 1
    shortest, longest, angle = steps[0], steps[1], steps[2]
    for r in range(near.size):
        end, u, v, w = far[r], directions[r, 0], directions[r, 1], directions[r, 2]
        t = near[r] + shift[r] * _length(near[r], shortest, longest, angle)
        while True:
            dt = _length(t, shortest, longest, angle)
            middle = t + dt * f32(0.5)
            if not middle < end:
                break
            x, y, z = origins[r, 0] + u * middle, origins[r, 1] + v * middle, origins[r, 2] + w * middle
            reach, cube = max(abs(x), abs(y), abs(z)), 0
            while cube < cubes and not reach < halves[cube]:
                cube += 1
            if cube == cubes:
                t += dt
                continue
            scale = f32(top + 1) / (f32(2) * halves[cube])
            x, y, z = (x + halves[cube]) * scale, (y + halves[cube]) * scale, (z + halves[cube]) * scale
            i, j, k = min(int(x), top), min(int(y), top), min(int(z), top)
            lump = blocks[cube, i // BLOCK, j // BLOCK, k // BLOCK]
            if lump and cells[cube, i, j, k]:
                if count == ray.size:
                    return r
                ray[count], t_out[count], dt_out[count] = r, middle, dt
                count += 1
                t += dt
                continue
            size = 1 if lump else BLOCK
            way = min(_way(x, u, i, size), _way(y, v, j, size), _way(z, w, k, size)) / scale
            leap = middle + way * (f32(1) - MARGIN) - MARGIN * middle
            t = _advance(t, min(leap, end), shortest, longest, angle)
        offsets[r + 1] = count
    return near.size


@compiled
def counts(near, far, steps, out) -> None:
    """Steps (R,) int64 that a ray takes between two distances where no cell is empty."""
    for r in range(near.size):
        t, out[r] = near[r], 0
        while True:
            dt = _length(t, steps[0], steps[1], steps[2])
            if not t + dt * f32(0.5) < far[r]:
                break
            out[r] += 1
            t += dt


@part
def _length(t, shortest, longest, angle):
    return min(max(t * angle, shortest), longest)


@part
def _advance(t, goal, shortest, longest, angle):
    """The begin of the first step, this one excluded, whose middle is not before `goal`."""
    dt = _length(t, shortest, longest, angle)
    t += dt
    if angle == 0:
        half = dt * f32(0.5)
        while t + half < goal:
            t += dt
        return t
    while True:
        dt = _length(t, shortest, longest, angle)
        if not t + dt * f32(0.5) < goal:
            return t
        t += dt


@part
def _way(position, direction, cell, size):
    """How far a ray goes along one axis, in cells, until it leaves its cell, or its block of cells."""
    low = cell // size * size
    if direction > 0:
        return (f32(low + size) - position) / direction
    if direction < 0:
        return (f32(low) - position) / direction
    return f32(np.inf)
