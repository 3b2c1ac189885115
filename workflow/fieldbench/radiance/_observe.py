"""What an occupancy grid notes of a training step's samples, compiled for the CPU; see `fieldbench.radiance.occupancy`."""

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
