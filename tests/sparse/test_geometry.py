"""Coordinates on plane and sphere, and observations that lie on no point of the grid."""

import numpy as np
import pytest
from fieldbench.errors import UserError
from fieldbench.sparse import geometry

LATITUDE, LONGITUDE = (
    grid.ravel() for grid in np.meshgrid([-1.0, 0.0, 1.0], np.arange(0, 360, 2.0), indexing="ij")
)
GLOBE = geometry.coordinates(np.zeros((LATITUDE.size, 2)), LATITUDE, LONGITUDE)


def test_unit_vectors_of_pole_and_equator():
    found = geometry.coordinates(np.zeros((3, 2)), np.array([90.0, 0, 0]), np.array([0.0, 0, 90]))
    np.testing.assert_allclose(found, [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-15)


def test_positions_of_a_plane_stay():
    np.testing.assert_array_equal(geometry.coordinates([[0.0, 0.25]]), [[0, 0.25]])


def test_the_nearest_point_across_the_meridian():
    place = geometry.coordinates(np.zeros((1, 2)), np.array([0.2]), np.array([359.4]))
    index = geometry.nearest_points(GLOBE, place)[0]
    assert (LATITUDE[index], LONGITUDE[index]) == (0, 0)


def test_places_off_the_grid_are_refused():
    places = geometry.coordinates(np.zeros((2, 2)), np.array([0.0, 40.0]), np.array([10.0, 10.0]))
    with pytest.raises(UserError, match="1 of 2 observations lie outside the grid, the first is number 1"):
        geometry.nearest_points(GLOBE, places)


def test_a_latitude_beyond_a_pole_is_refused():
    with pytest.raises(UserError, match="Latitude number 1 is 95"):
        geometry.coordinates(np.zeros((2, 2)), np.array([90.0, 95.0]), np.zeros(2))


def test_a_place_that_is_no_number_is_refused():
    with pytest.raises(UserError, match="1 of 1 observations lie outside"):
        geometry.nearest_points(GLOBE, np.full((1, 3), np.nan))
