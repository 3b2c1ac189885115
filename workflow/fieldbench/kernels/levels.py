"""What a fast look-up needs to know of one level of a multi-resolution grid."""

from typing import NamedTuple


class Lattice(NamedTuple):
    """Where a point lies in a level, and how a lattice point finds its row.

    Attributes:
        resolution: lattice points per axis.
        cells: cells per unit of a coordinate.
        rows: of the level's table.
        factors: one per axis, slowest axis first. A row is the sum of lattice coordinate times factor, or where
            `hashed` their exclusive or, modulo the rows.
        hashed: which of the two.
    """

    resolution: int
    cells: int
    rows: int
    factors: tuple[int, ...]
    hashed: bool
