"""Grids that maps are asked for on: their masks, and spacings about observations."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import _target
from fieldbench.datasets._scattered import Scattered
from fieldbench.errors import UserError

LATITUDES, LONGITUDES = np.array([10.0, 0.0, -10.0]), np.array([0.0, 90.0, 180.0, 270.0])
FIELD = np.ones((3, 4))
FIELD[1, 2] = np.nan


def grid(**variables):
    """A file of 3 x 4 cells with variables on it."""
    return xr.Dataset(
        {name: (("lat", "lon"), *entry) for name, entry in variables.items()},
        {
            "lat": ("lat", LATITUDES, {"units": "degrees_north"}),
            "lon": ("lon", LONGITUDES, {"units": "degrees_east"}),
        },
    )


def read(folder, data, mask=None, plane=False):
    """The target in a file."""
    data.to_netcdf(folder / "grid.nc")
    return _target.read(folder / "grid.nc", mask=mask, plane=plane)


def seen(y, x, sphere=True):
    """Observations at places."""
    y, x = np.asarray(y, float), np.asarray(x, float)
    return Scattered("sst", y, x, 0 * y, None, None, sphere, "degC", {})


LAND = (np.isnan(FIELD).astype("i1"), {"standard_name": "land_binary_mask", "units": "1"})
MASKED = {
    "the only variable": (grid(sst=(FIELD,)), None),
    "a land mask by its standard name": (grid(mask=LAND, depth=(np.ones((3, 4)),)), None),
    "named": (grid(sst=(FIELD,), depth=(np.ones((3, 4)),)), "sst"),
    "by value": (grid(mask=LAND, depth=(0 * FIELD,)), "mask=0"),
    "in any of several times": (grid(sst=(FIELD,)).expand_dims(time=3), None),
    "across dimensions": (grid(sst=(FIELD,)).transpose("lon", "lat"), None),
}


@pytest.mark.parametrize("case", MASKED)
def test_one_cell_is_land(tmp_path, case):
    data, mask = MASKED[case]
    target = read(tmp_path, data, mask)
    y, x = target.places
    assert target.sphere and target.known.sum() == y.size == 11
    assert not ((y == 0) & (x == 180)).any() and target.dims == ("lat", "lon")


def test_without_a_mask_all_cells_are_asked_for(tmp_path):
    assert read(tmp_path, grid()).known.all() and "No cell" in read(tmp_path, grid()).notes[0]
    assert read(tmp_path, grid(sst=(FIELD,)), mask="none").known.all()


def test_a_curvilinear_grid_lacks_cells_without_coordinates(tmp_path):
    y, x = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
    y = np.where(np.isnan(FIELD), np.nan, y + 0.1 * x)
    facts = ({"units": "degrees_north"}, {"units": "degrees_east"})
    places = {
        name: (("j", "i"), at, about)
        for name, at, about in zip(("nav_lat", "nav_lon"), (y / 2, x), facts, strict=True)
    }
    target = read(tmp_path, xr.Dataset({"sst": (("j", "i"), np.ones((3, 4)))}, places))
    assert target.dims == ("j", "i") and target.known.sum() == 11 and "1 cells" in target.notes[0]


def test_a_projection_is_kept(tmp_path):
    facts = {"standard_name": "projection_{}_coordinate", "units": "m"}
    data = xr.Dataset(
        {
            "rain": (("y", "x"), FIELD, {"grid_mapping": "crs"}),
            "crs": ((), 0, {"grid_mapping_name": "polar_stereographic"}),
        },
        {axis: (axis, 1000.0 * np.arange(size)) for axis, size in (("y", 3), ("x", 4))},
    )
    for axis in ("y", "x"):
        data[axis].attrs = facts | {"standard_name": f"projection_{axis}_coordinate"}
    target = read(tmp_path, data, plane=True)
    assert not target.sphere and target.mapping["name"] == "crs" and target.known.sum() == 11


WRONG = {
    "several variables": (
        grid(sst=(FIELD,), depth=(FIELD,)),
        None,
        "several variables on its grid, sst, depth; name the one",
    ),
    "no such variable": (grid(sst=(FIELD,)), "mask", "has no 'mask'; correct --mask"),
    "no number": (grid(sst=(FIELD,)), "sst=sea", "sea is no number"),
    "all masked": (grid(sst=(FIELD * np.nan,)), None, "All cells of grid.nc are masked"),
    "no places": (
        xr.Dataset({"sst": (("a", "b"), FIELD)}),
        None,
        "does not say clearly where its values lie",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_unclear_is_asked_for(tmp_path, case):
    data, mask, words = WRONG[case]
    with pytest.raises(UserError, match=words):
        read(tmp_path, data, mask)


def test_a_spacing_covers_the_observations():
    target = _target.spaced(0.5, seen([10.2, 12.9], [3.1, 4.0]))
    np.testing.assert_allclose(target.y, np.arange(10, 13.1, 0.5))
    np.testing.assert_allclose(target.x, [3, 3.5, 4])


def test_a_spacing_goes_across_the_date_line_and_not_beyond_a_pole():
    target = _target.spaced(10.0, seen([85.0, 60.0], [175.0, -165.0]))
    assert target.y.max() == 90 and target.x.values.tolist() == [170, 180, 190, 200]


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan])
def test_a_spacing_is_positive(step):
    with pytest.raises(UserError, match="is no spacing"):
        _target.spaced(step, seen([0, 1], [0, 1]))


def test_a_spacing_that_is_a_slip_of_the_pen_is_refused():
    with pytest.raises(UserError, match="give a wider spacing"):
        _target.spaced(0.001, seen([0, 50], [0, 50]))
