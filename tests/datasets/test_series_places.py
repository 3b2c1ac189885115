"""Where the points of own series lie: poles, meridians, curvilinear grids, and the areas that they stand for."""

import numpy as np
from fieldbench.datasets import _fields

from tests.datasets.seas import LATITUDES, sea


def test_poles_are_one_place_each(load_sea):
    def poles():
        data = sea(lat=np.linspace(90, -90, 5))
        return data.assign(sst=data["sst"].fillna(20).assign_attrs(units="degC"))

    data = load_sea(poles, {"missing": []})
    assert data.sizes["point"] == 2 + 3 * 6
    assert "Left out: 10 cells that lie where another one does." in data.attrs["notes"]


def test_cells_of_a_curvilinear_grid_count_by_their_area():
    """A regular grid, given with two-dimensional coordinates, has areas that shrink with the cosine of latitude."""
    north, east = np.arange(80.0, -81, -2), np.arange(0.0, 360, 2)
    known = np.random.default_rng(0).random((81, 180)) < 0.7
    both = np.meshgrid(north, east, indexing="ij")
    plain, data = (_fields.points(y, x, known, sphere=True) for y, x in ((north, east), both))
    np.testing.assert_allclose(data["weight"], plain["weight"], rtol=1e-3)
    np.testing.assert_array_equal(data["position"], plain["position"])


def test_a_grid_that_is_turned_away_from_the_pole_has_equal_areas():
    """Squares about the pole, as on a polar map: their latitudes differ, their areas hardly do."""
    y, x = np.meshgrid(np.radians(np.arange(-5.0, 6)), np.radians(np.arange(-4.0, 5)), indexing="ij")
    north, east = 90 - np.degrees(np.hypot(y, x)), np.degrees(np.arctan2(y, x))
    weight = _fields.points(north, east, np.ones(y.shape, dtype=bool), sphere=True)["weight"]
    np.testing.assert_allclose(weight, 1, atol=0.01)


def test_a_cell_at_the_edge_of_known_coordinates_has_an_area():
    y, x = np.meshgrid([2.0, 1, 0], [0.0, 1, 2], indexing="ij")
    y[0, 0] = x[0, 0] = np.nan
    points = _fields.points(y, x, np.isfinite(y), sphere=False)
    np.testing.assert_allclose(points["weight"], 1)
    np.testing.assert_allclose(points["position"][0], [1, 0.5])


def test_a_region_across_the_first_meridian_is_not_torn(load_sea):
    east = np.array([350.0, 354, 358, 2, 6, 10])
    data = load_sea(lambda: sea(lon=east, lat=LATITUDES / 60), {})
    x = data["position"].values[:, 1] * 20
    np.testing.assert_allclose(np.unique(np.rint(x)), [0, 4, 8, 12, 16, 20])
    np.testing.assert_array_equal(np.unique(data["longitude"]), np.sort(east))
