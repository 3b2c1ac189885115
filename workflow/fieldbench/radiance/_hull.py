"""Which cells cameras see, and which lie before something, compiled; see `fieldbench.radiance.occupancy`."""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def empty_around(empty: np.ndarray) -> np.ndarray:
    """(V, H, W) int32: how far, in pixels along an axis or diagonally, the nearest pixel that is not empty lies, less one.

    Two passes of the chessboard distance (Rosenfeld & Pfaltz 1966). Pixels outside an image count as empty.
    """
    views, height, width = empty.shape
    distance = np.empty(empty.shape, np.int32)
    for v in range(views):
        for y in range(height):
            for x in range(width):
                best = height + width if empty[v, y, x] else 0
                if y > 0:
                    for side in range(max(x - 1, 0), min(x + 2, width)):
                        best = min(best, distance[v, y - 1, side] + 1)
                if x > 0:
                    best = min(best, distance[v, y, x - 1] + 1)
                distance[v, y, x] = best
        for y in range(height - 1, -1, -1):
            for x in range(width - 1, -1, -1):
                best = distance[v, y, x]
                if y < height - 1:
                    for side in range(max(x - 1, 0), min(x + 2, width)):
                        best = min(best, distance[v, y + 1, side] + 1)
                if x < width - 1:
                    best = min(best, distance[v, y, x + 1] + 1)
                distance[v, y, x] = best
    return distance - 1


@compiled
def mark(seen, halves, cameras, intrinsics, empty, hull) -> None:
    """Write into `seen` (K, R, R, R) which cells some camera sees and, with `hull`, none sees before emptiness.

    Args:
        halves: (K,) half sides of the cubes.
        cameras: (V, 4, 4), world to camera.
        intrinsics: (V, 4), fx, fy, cx, cy in pixels.
        empty: (V, H, W), see `empty_around`.
    """
    _, height, width = empty.shape
    resolution = seen.shape[1]
    for cube in range(seen.shape[0]):
        side = 2 * halves[cube] / resolution
        radius = 0.5 * np.sqrt(3.0) * side
        for i in range(resolution):
            for j in range(resolution):
                for k in range(resolution):
                    x, y, z = (np.array([i, j, k]) + 0.5) * side - halves[cube]
                    seen[cube, i, j, k] = _kept(
                        x, y, z, radius, cameras, intrinsics, empty, hull, height, width
                    )


@compiled
def _kept(x, y, z, radius, cameras, intrinsics, empty, hull, height, width) -> bool:
    seen = False
    for v in range(cameras.shape[0]):
        m = cameras[v]
        depth = -(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        if depth <= radius:
            seen = seen or depth > -radius  # the camera stands in the cell, or beside it
            continue
        fx, fy, cx, cy = intrinsics[v]
        column = cx + fx * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / depth
        row = cy - fy * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / depth
        reach = max(fx, fy) * radius / (depth - radius)
        if not (-reach < row < height + reach and -reach < column < width + reach):
            continue
        seen = True
        if not hull:
            return True
        if not (reach < row < height - reach and reach < column < width - reach):
            continue  # not whole in the view, which then says nothing
        if empty[v, int(row), int(column)] > reach + 1:
            return False
    return seen
