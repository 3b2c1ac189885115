"""Look-up of scattered points in the tables of a multi-resolution grid, by Triton: Müller et al. 2022, section 3.

One program per block of points and level. Levels are the slow axis of the launch, so that the device works through all
points of one level before it starts the next, whose table then has the cache to itself. A corner's F features are one
contiguous load. Linear interpolation in two or three dimensions, summed in single precision.
"""

from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from fieldbench.kernels.levels import Lattice

BLOCK = 256  # points per program: two per thread, 16 independent reads in flight in three dimensions
SPREAD_ROWS = 2**15  # smaller tables collect their gradient in copies, or few rows would queue the adds
MOST_COPIES = 1024

# Columns of the numbers of a level.
CELLS, LAST, HASHED, DIVIDE, ROWS, OFFSET, COPIES, COPY_OFFSET, FACTORS, COLUMNS = (
    tl.constexpr(column) for column in (0, 1, 2, 3, 4, 5, 6, 7, 8, 11)
)


def needs_division(lattice: Lattice) -> bool:
    """Whether the rows of a hashed table are no power of two, so that a mask does not give the remainder."""
    return lattice.hashed and lattice.rows & (lattice.rows - 1) != 0


@lru_cache
def describe(lattices: tuple[Lattice, ...], device: torch.device) -> Tensor:
    """The numbers of each level, (L, COLUMNS) int64 on `device`."""
    numbers, offset, end = [], 0, sum(lattice.rows for lattice in lattices)
    for lattice in lattices:
        copies = _copies(lattice)
        numbers.append(
            [
                *(lattice.cells, lattice.resolution - 1, lattice.hashed, needs_division(lattice)),
                *(lattice.rows, offset, copies, end if copies > 1 else offset),
                *(*lattice.factors, 0)[:3],
            ]
        )
        offset += lattice.rows
        end += _extra_rows(lattice)
    return torch.tensor(numbers, dtype=torch.int64).to(device)


def _copies(lattice: Lattice) -> int:
    return min(max(SPREAD_ROWS // lattice.rows, 1), MOST_COPIES)


def _extra_rows(lattice: Lattice) -> int:
    return lattice.rows * _copies(lattice) if _copies(lattice) > 1 else 0


@triton.jit
def load_level(numbers, level, D: tl.constexpr, KEY: tl.constexpr):
    """Cells, last lattice coordinate, hashed, divide, rows, and one factor per axis; `level` is a number or several."""
    line = numbers + level * COLUMNS
    factors = (tl.load(line + FACTORS).to(KEY),)
    for axis in tl.static_range(1, D):
        factors = factors + (tl.load(line + FACTORS + axis).to(KEY),)  # noqa: RUF005 - Triton knows no star
    return (
        tl.load(line + CELLS).to(tl.float32),
        tl.load(line + LAST).to(tl.int32),
        tl.load(line + HASHED) != 0,
        tl.load(line + DIVIDE) != 0,
        tl.load(line + ROWS).to(KEY),
        factors,
    )


@triton.jit
def _locate(points, n, inside, cells, axis: tl.constexpr, D: tl.constexpr):
    """Cell and fraction along one axis."""
    coordinate = tl.load(points + n.to(tl.int64) * D + axis, mask=inside, other=0.0)
    position = tl.minimum(tl.maximum(coordinate, 0.0), 1.0) * cells
    whole = tl.floor(position)
    return whole.to(tl.int32), position - whole


@triton.jit
def locate(points, n, inside, cells, D: tl.constexpr):
    """Cells and fractions of points, each a tuple over the axes; `cells` per unit broadcasts with `n`."""
    first, part = _locate(points, n, inside, cells, 0, D)
    places, fractions = (first,), (part,)
    for axis in tl.static_range(1, D):
        place, fraction = _locate(points, n, inside, cells, axis, D)
        places, fractions = places + (place,), fractions + (fraction,)  # noqa: RUF005 - Triton knows no star
    return places, fractions


@triton.jit
def _tap(place, fraction, level, axis: tl.constexpr, number: tl.constexpr, D: tl.constexpr):
    """Key (lattice coordinate times factor) and weight of a corner along one axis."""
    _, last, _, _, _, factors = level
    upper: tl.constexpr = (number >> (D - 1 - axis)) & 1
    key = tl.minimum(place + upper, last).to(factors[axis].dtype) * factors[axis]
    return key, fraction if upper else 1 - fraction


@triton.jit
def corner(number: tl.constexpr, places, fractions, level, D: tl.constexpr):
    """Row and weight of a corner, whose number's binary digits are one tap per axis, slowest axis first.

    Keys of 32 bits may wrap: the rows of a hashed table are then a power of two, and only low bits count.
    """
    _, _, hashed, divide, rows, _ = level
    key, weight = _tap(places[0], fractions[0], level, 0, number, D)
    for axis in tl.static_range(1, D):
        more, share = _tap(places[axis], fractions[axis], level, axis, number, D)
        key = tl.where(hashed, key ^ more, key + more)
        weight = weight * share
    row = tl.where(hashed, key & (rows - 1), key)
    if key.dtype == tl.int64:
        row = tl.where(divide, key % rows, row)
    return row.to(tl.int32), weight


@triton.jit
def _gather(table, points, numbers, level, n, inside, f, D: tl.constexpr, F: tl.constexpr, KEY: tl.constexpr):
    """Features (BLOCK, F) of one level, float32."""
    lattice = load_level(numbers, level, D, KEY)
    places, fractions = locate(points, n, inside, lattice[0], D)
    total = tl.zeros((n.shape[0], F), tl.float32)
    for number in tl.static_range(2**D):
        row, weight = corner(number, places, fractions, lattice, D)
        values = tl.load(table + row[:, None] * F + f[None, :], mask=inside[:, None], other=0.0)
        total += weight[:, None] * values.to(tl.float32)
    return total


@triton.jit
def _scatter(
    sums, grad, points, numbers, level, n, inside, f, D: tl.constexpr, F: tl.constexpr, KEY: tl.constexpr
):
    """Add what `grad` (BLOCK, F) sends to each row."""
    lattice = load_level(numbers, level, D, KEY)
    places, fractions = locate(points, n, inside, lattice[0], D)
    for number in tl.static_range(2**D):
        row, weight = corner(number, places, fractions, lattice, D)
        target = sums + row[:, None] * F + f[None, :]
        tl.atomic_add(target, weight[:, None] * grad, mask=inside[:, None], sem="relaxed")


@triton.jit
def _forward(table, points, numbers, out, count, D: tl.constexpr, F: tl.constexpr, BLOCK: tl.constexpr):
    n = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    level, f, inside = tl.program_id(1), tl.arange(0, F), n < count
    table += tl.load(numbers + level * COLUMNS + OFFSET) * F
    if tl.load(numbers + level * COLUMNS + DIVIDE):
        features = _gather(table, points, numbers, level, n, inside, f, D, F, tl.int64)
    else:
        features = _gather(table, points, numbers, level, n, inside, f, D, F, tl.uint32)
    place = (level * F + f[None, :]).to(tl.int64) * count + n[:, None]
    tl.store(out + place, features.to(out.dtype.element_ty), mask=inside[:, None])


@triton.jit
def _backward(sums, points, numbers, grad, count, D: tl.constexpr, F: tl.constexpr, BLOCK: tl.constexpr):
    n = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    level, f, inside = tl.program_id(1), tl.arange(0, F), n < count
    place = (level * F + f[None, :]).to(tl.int64) * count + n[:, None]
    values = tl.load(grad + place, mask=inside[:, None], other=0.0).to(tl.float32)
    line = numbers + level * COLUMNS
    copy = tl.program_id(0) % tl.load(line + COPIES)
    sums += (tl.load(line + COPY_OFFSET) + copy * tl.load(line + ROWS)) * F
    if tl.load(line + DIVIDE):
        _scatter(sums, values, points, numbers, level, n, inside, f, D, F, tl.int64)
    else:
        _scatter(sums, values, points, numbers, level, n, inside, f, D, F, tl.uint32)


def gather(table: Tensor, points: Tensor, lattices: tuple[Lattice, ...]) -> Tensor:
    """Features (L, F, N) of points, in the table's precision.

    Args:
        table: (rows of all levels, F), level after level; float32 or float16; F a power of two.
        points: (N, d) float32, d = 2 or 3, slowest axis first.
        lattices: one per level.
    """
    (count, dimensions), features = points.shape, table.shape[1]
    out = table.new_empty(len(lattices), features, count)
    launch = triton.cdiv(count, BLOCK), len(lattices)
    _forward[launch](table, points, describe(lattices, table.device), out, count, dimensions, features, BLOCK)
    return out


def scatter(grad: Tensor, points: Tensor, lattices: tuple[Lattice, ...]) -> Tensor:
    """The adjoint of `gather`: (rows of all levels, F) float32 from `grad` (L, F, N).

    Adds are atomic, in an order that differs between runs: the last bits of a sum do too.
    """
    (count, dimensions), features = points.shape, grad.shape[1]
    rows = sum(lattice.rows for lattice in lattices)
    sums = grad.new_zeros(rows + sum(map(_extra_rows, lattices)), features, dtype=torch.float32)
    launch = triton.cdiv(count, BLOCK), len(lattices)
    _backward[launch](sums, points, describe(lattices, grad.device), grad, count, dimensions, features, BLOCK)
    return _merge_copies(sums, lattices)[:rows]


def _merge_copies(sums: Tensor, lattices: tuple[Lattice, ...]) -> Tensor:
    offset, start = 0, sum(lattice.rows for lattice in lattices)
    for lattice in lattices:
        if extra := _extra_rows(lattice):
            parts = sums[start : start + extra].view(_copies(lattice), lattice.rows, -1)
            torch.sum(parts, dim=0, out=sums[offset : offset + lattice.rows])
        offset += lattice.rows
        start += extra
    return sums
