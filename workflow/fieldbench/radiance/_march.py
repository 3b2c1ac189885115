"""The march along rays, compiled for the CPU; see `fieldbench.radiance.marching`."""

import numba
import numpy as np

# Without fused operations: as torch rounds.
compiled = numba.njit(nogil=True, cache=True, error_model="numpy")
f32 = np.float32
BLOCK = 8  # cells along the side of a block
MARGIN = f32(1e-5)  # of the distance to a cell's face, so that rounding leaps over no sample
_ALL = np.ones((1, 1, 1, 1), np.bool_)
EVERYWHERE = (_ALL, _ALL, np.full(1, np.inf, np.float32))


@compiled
def fill(
    origins, directions, near, far, shift, steps, cells, blocks, halves, ray, t_out, dt_out, offsets
) -> int:
    """March rays until the room is full; returns the number of rays that were marched whole.

    Args:
        origins, directions, near, far, shift: of `Rays`.
        steps: shortest, longest, cone angle.
        cells: (K, R, R, R) bool, occupied cells of K cubes around the origin.
        blocks: (K, B, B, B) bool, whether any cell of a block is.
        halves: (K,) half sides of the cubes, ascending.
        ray, t_out, dt_out, offsets: room for `Samples`, written.
    """
    count = 0
    for r in range(near.size):
        t = near[r] + shift[r] * _length(near[r], steps)
        while True:
            dt = _length(t, steps)
            middle = t + dt * f32(0.5)
            if not middle < far[r]:
                break
            leap = _empty_until(origins[r], directions[r], middle, cells, blocks, halves)
            if leap < 0:
                if count == ray.size:
                    return r
                ray[count], t_out[count], dt_out[count] = r, middle, dt
                count += 1
                t += dt
            else:
                t = _advance(t, min(leap, far[r]), steps)
        offsets[r + 1] = count
    return near.size


@compiled
def counts(near, far, steps, out) -> None:
    """Steps (R,) int64 that a ray takes between two distances where no cell is empty."""
    for r in range(near.size):
        t, out[r] = near[r], 0
        while True:
            dt = _length(t, steps)
            if not t + dt * f32(0.5) < far[r]:
                break
            out[r] += 1
            t += dt


@compiled
def _length(t, steps):
    return min(max(t * steps[2], steps[0]), steps[1])


@compiled
def _advance(t, goal, steps):
    """The begin of the first step, this one excluded, whose middle is not before `goal`."""
    dt = _length(t, steps)
    t += dt
    if steps[2] == 0:
        half = dt * f32(0.5)
        while t + half < goal:
            t += dt
        return t
    while True:
        dt = _length(t, steps)
        if not t + dt * f32(0.5) < goal:
            return t
        t += dt


@compiled
def _empty_until(origin, direction, t, cells, blocks, halves):
    """-1 in an occupied cell; in an empty one the distance at which the ray leaves it, or its empty block."""
    x, y, z = origin[0] + direction[0] * t, origin[1] + direction[1] * t, origin[2] + direction[2] * t
    reach = max(abs(x), abs(y), abs(z))
    last = halves.size - 1
    if last == 0 and halves[0] == np.inf:
        return f32(-1)
    if not reach < halves[last]:
        return t  # outside all cubes: go on by one step
    cube = 0
    while not reach < halves[cube]:
        cube += 1
    half, resolution = halves[cube], cells.shape[1]
    scale = f32(resolution) / (f32(2) * half)
    px, py, pz = (x + half) * scale, (y + half) * scale, (z + half) * scale
    top = resolution - 1
    i, j, k = min(int(px), top), min(int(py), top), min(int(pz), top)
    if blocks[cube, i // BLOCK, j // BLOCK, k // BLOCK]:
        if cells[cube, i, j, k]:
            return f32(-1)
        size = 1
    else:
        size = BLOCK
    way = _way(px, direction[0], i // size * size, size)
    way = min(way, _way(py, direction[1], j // size * size, size))
    way = min(way, _way(pz, direction[2], k // size * size, size))
    return t + way / scale * (f32(1) - MARGIN) - MARGIN * t


@compiled
def _way(position, direction, low, size):
    """How far a ray goes along one axis until it leaves the interval from `low`, in cells."""
    if direction > 0:
        return (f32(low + size) - position) / direction
    if direction < 0:
        return (f32(low) - position) / direction
    return f32(np.inf)
