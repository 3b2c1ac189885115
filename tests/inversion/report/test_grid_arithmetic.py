"""What follows from a grid's definition."""

import numpy as np
import pytest
from fieldbench.inversion.report import grid

OPEN = {"base_resolution": 16, "max_resolution": 2048, "levels": 16, "table_size": 524288}
STRICT = {"base_resolution": 1, "max_resolution": 32, "levels": 16, "table_size": 524288}


def test_resolutions_of_both_documents():
    assert grid.resolutions(OPEN) == [
        16,
        22,
        30,
        42,
        58,
        80,
        111,
        153,
        212,
        294,
        406,
        561,
        776,
        1072,
        1482,
        2048,
    ]
    assert grid.resolutions(STRICT) == [1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32]


def test_one_level_is_its_base():
    assert grid.resolutions({**OPEN, "levels": 1}) == [16]


def test_levels_that_fit_their_table():
    assert (grid.dense_levels(OPEN), grid.dense_levels(STRICT)) == (12, 16)
    assert grid.dense_rows(STRICT) == sum(size**2 for size in grid.resolutions(STRICT))
    assert grid.dense_rows({**OPEN, "levels": 2, "max_resolution": 1024}) == 256


def test_first_hashed_level():
    assert grid.first_hashed_resolution(OPEN) == 776
    assert np.isnan(grid.first_hashed_resolution(STRICT))


@pytest.mark.parametrize(("resolution", "collides"), [(1, 0), (2, 1), (3, 1), (4, 0)])
def test_collisions_by_hand(resolution, collides):
    # x p xor y q modulo 4 is 0, 1, 1, 0 on the 2 x 2 lattice, since both primes end in binary 01;
    # modulo 16 it hits all sixteen rows of the 4 x 4 lattice once
    one = {"base_resolution": resolution, "max_resolution": resolution, "levels": 1, "table_size": 524288}
    assert grid.colliding_levels(one) == collides


def test_a_level_beyond_its_table_collides():
    two = {"base_resolution": 3, "max_resolution": 3, "levels": 2, "table_size": 8}
    assert grid.colliding_levels(two) == 2


def test_the_largest_table_ends_at_the_lattice_that_it_holds():
    sizes = [grid.QUANTITIES["largest_table_bytes"]({**regime, "features": 2}) for regime in (OPEN, STRICT)]
    assert sizes == [524288 * 2 * 4, 32 * 32 * 2 * 4]
