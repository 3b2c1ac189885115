"""Arithmetic of a grid budget: what follows from its definition alone, without training anything."""

from collections.abc import Callable, Mapping

import numpy as np

PRIMES = (2_654_435_761, 805_459_861)  # of the spatial hash in the Benchmarks document, for x and y


def resolutions(grid: Mapping[str, int]) -> list[int]:
    """Lattice points per axis of each level i: floor(base * growth^i), from base to max over the levels."""
    base, largest, levels = grid["base_resolution"], grid["max_resolution"], grid["levels"]
    growth = (largest / base) ** (1 / max(1, levels - 1))
    return [int(base * growth**level + 1e-9) for level in range(levels)]


def _fits(grid: Mapping[str, int]) -> list[bool]:
    return [resolution**2 <= grid["table_size"] for resolution in resolutions(grid)]


def dense_levels(grid: Mapping[str, int]) -> int:
    """Number of levels whose lattice fits its table."""
    return sum(_fits(grid))


def dense_rows(grid: Mapping[str, int]) -> int:
    """Lattice points of all levels that fit."""
    return sum(size**2 for size, fits in zip(resolutions(grid), _fits(grid), strict=True) if fits)


def first_hashed_resolution(grid: Mapping[str, int]) -> float:
    """Resolution of the coarsest level that does not fit; NaN where every level fits."""
    hashed = [size for size, fits in zip(resolutions(grid), _fits(grid), strict=True) if not fits]
    return min(hashed, default=float("nan"))


def colliding_levels(grid: Mapping[str, int]) -> int:
    """Levels on which the spatial hash puts two points into one row of a table as large as the lattice."""
    return sum(_collides(resolution, grid["table_size"]) for resolution in resolutions(grid))


def _collides(resolution: int, table_size: int) -> bool:
    points = resolution**2
    if points > table_size:
        return True
    return len(np.unique(_hashed(resolution, points))) < points


def _hashed(resolution: int, rows: int) -> np.ndarray:
    """The row of each lattice point by the spatial hash."""
    x, y = np.meshgrid(*[np.arange(resolution, dtype=np.int64)] * 2)
    return ((x * PRIMES[0]) ^ (y * PRIMES[1])) % rows


def unused_rows_percent(grid: Mapping[str, int]) -> float:
    """Rows of dense levels' tables, in per cent, that the spatial hash gives to no point; NaN without such a level."""
    fitting = [size for size, fits in zip(resolutions(grid), _fits(grid), strict=True) if fits]
    used = sum(len(np.unique(_hashed(size, size**2))) for size in fitting)
    rows = sum(size**2 for size in fitting)
    return 100 * (1 - used / rows) if rows else float("nan")


QUANTITIES: dict[str, Callable[[Mapping[str, int]], float]] = {
    "dense_levels": dense_levels,
    "dense_rows": dense_rows,
    "first_hashed_resolution": first_hashed_resolution,
    "colliding_levels": colliding_levels,
    "unused_rows_percent": unused_rows_percent,
    "largest_table_bytes": lambda grid: (
        min(grid["max_resolution"] ** 2, grid["table_size"]) * grid["features"] * 4
    ),
}
