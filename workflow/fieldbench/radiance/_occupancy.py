"""What an occupancy grid notes of samples and how it judges its cells, compiled; see `fieldbench.radiance.occupancy`."""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")  # rounds as torch does


@compiled
def observe(points, thickness, halves, resolution, peak, visits) -> None:
    """Note the largest thickness in each cell, and how many points lay there.

    Args:
        points: (3, N) float32.
        thickness: (N,) density times step.
        halves: (K,) half sides of the cubes, ascending.
        resolution: cells along the side of a cube.
        peak, visits: (K resolution^3,) float32 and int32, changed.
    """
    for n in range(points.shape[1]):
        x, y, z = points[0, n], points[1, n], points[2, n]
        reach, cube = max(abs(x), abs(y), abs(z)), 0
        while cube < halves.size and not reach < halves[cube]:
            cube += 1
        if cube == halves.size:
            continue
        half, top = halves[cube], resolution - 1
        scale = np.float32(resolution) / (np.float32(2) * half)
        i = min(int((x + half) * scale), top)
        j = min(int((y + half) * scale), top)
        k = min(int((z + half) * scale), top)
        cell = ((cube * resolution + i) * resolution + j) * resolution + k
        peak[cell] = max(peak[cell], thickness[n])
        visits[cell] += 1


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def age(value, peak, allowed, decay) -> float:
    """Let the values of cells that were seen fall by `decay`, to no less than their peak, which becomes 0.

    Args:
        value, peak: (cells,) float32, changed.
        allowed: (cells,) bool.

    Returns:
        The mean value of the allowed cells.
    """
    total: float | np.floating = 0.0
    count = 0
    for n in range(value.size):
        if peak[n] > 0:
            value[n] = max(np.float32(decay) * value[n], peak[n])
        peak[n] = 0
        total += value[n] if allowed[n] else np.float32(0)
        count += allowed[n]
    return float(total / count)


@compiled
def judge(value, visits, allowed, threshold, least_visits, alive) -> None:
    """Write into `alive` (cells,) bool which allowed cells lie above the threshold, or were visited too rarely to tell."""
    for n in range(value.size):
        alive[n] = allowed[n] & ((value[n] > np.float32(threshold)) | (visits[n] < least_visits))
