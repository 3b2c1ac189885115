"""What a history tells of places between its cells."""

import numpy as np
import pytest
from fieldbench.physics import sphere
from fieldbench.sparse import background
from fieldbench.sparse.background import Background


@pytest.fixture
def grid():
    """Cells of 10 degrees all round the Earth: unit vectors, latitudes and longitudes."""
    latitude, longitude = np.meshgrid(np.arange(-80.0, 81, 10), np.arange(0.0, 360, 10), indexing="ij")
    return sphere.unit_vectors(latitude.ravel(), longitude.ravel()), latitude.ravel(), longitude.ravel()


def test_cells_have_their_own_values_and_constants_stay(grid):
    cells, latitude, _ = grid
    weights = background.weights(cells, cells)
    np.testing.assert_allclose(weights @ latitude, latitude, atol=1e-2)
    np.testing.assert_allclose(background.weights(cells, cells + 0.01).sum(1), 1)


def test_between_cells_smooth_fields_are_followed_across_the_first_meridian(grid):
    cells, latitude, longitude = grid
    field = np.sin(np.radians(latitude)) + np.cos(np.radians(longitude)) * np.cos(np.radians(latitude))
    north, east = np.array([4.0, 33.0, -52.0]), np.array([357.0, 123.0, 2.0])
    wanted = np.sin(np.radians(north)) + np.cos(np.radians(east)) * np.cos(np.radians(north))
    np.testing.assert_allclose(
        background.weights(cells, sphere.unit_vectors(north, east)) @ field, wanted, atol=0.005
    )


def test_mean_variance_and_covariance_are_those_of_the_fields_at_the_places(grid):
    cells = grid[0]
    rng = np.random.default_rng(0)
    anomalies = rng.standard_normal((6, len(cells)))
    told = Background(
        background.weights(cells, cells[[3, 40]]), anomalies, np.arange(len(cells), dtype=float)
    )
    points = np.arange(2)
    direct = anomalies[:, [3, 40]].T @ anomalies[:, [3, 40]] / 5
    np.testing.assert_allclose(told.covariance(points, points), direct, atol=0.01)
    np.testing.assert_allclose(told.variance, np.diag(direct), atol=0.01)
    np.testing.assert_allclose(told.mean, [3, 40], atol=0.1)


def test_places_far_from_every_cell_are_not_reached(grid):
    cells, latitude, _ = grid
    north = cells[latitude >= 0]
    assert background.reached(
        north, sphere.unit_vectors(np.array([3.0, -10.0, -40.0]), np.zeros(3))
    ).tolist() == [True, True, False]
