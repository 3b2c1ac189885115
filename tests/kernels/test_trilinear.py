"""The look-up in three dimensions against the general compiled one."""

import numpy as np
import pytest
from fieldbench.encoders._multigrid import INTERPOLATIONS, lattices, make_levels
from fieldbench.kernels import corners, trilinear

LINEAR = np.array(INTERPOLATIONS["linear"], np.float32)


@pytest.mark.parametrize("features", [1, 2, 3])
@pytest.mark.parametrize("cells", ["scaled", "aligned"])
@pytest.mark.parametrize("table_size", [64, 61])  # rows by a mask, and by a division
def test_values_and_gradients_equal_the_general_form(features, cells, table_size):
    words = {"indexing": "dense", "cells": cells, "interpolation": "linear"}
    grid = make_levels(3, base_resolution=3, max_resolution=20, levels=3, table_size=table_size, **words)
    assert {level.hashed for level in grid} == {False, True}
    random = np.random.default_rng(0)
    points = random.uniform(-0.2, 1.2, (3, 600)).astype(np.float32)  # outside, too
    points[:, :3] = [0, 1, np.nan]
    for lattice in lattices(grid, 3):
        table = random.normal(size=(lattice.rows, features)).astype(np.float32)
        grad = random.normal(size=(features, 600)).astype(np.float32)
        found, wanted = np.empty((2, features, 600), np.float32)
        trilinear.gather(table, points, lattice, found)
        corners.gather_any(table, points, lattice, LINEAR, wanted)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
        grad[:, 2] = 0  # of the point that is none
        points[:, 2] = 0.5
        received = np.zeros((2, *table.shape), np.float32)
        trilinear.scatter(grad, points, lattice, received[0])
        corners.scatter_any(grad, points, lattice, LINEAR, received[1])
        np.testing.assert_allclose(*received, atol=2e-5)
        points[:, 2] = np.nan
