"""Series as other people's files have them: each peculiarity gives the same fields as a plain file, or one sentence."""

import tracemalloc
from pathlib import Path

import cftime
import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.datasets import _fields, _gaps, _netcdf, netcdf_series
from fieldbench.errors import UserError

MONTHS = 48
LATITUDES = np.array([60.0, 30.0, 0.0, -30.0, -60.0])
LONGITUDES = np.arange(0.0, 360.0, 60.0)
LAND = (slice(None), [0, 1, 4], [2, 2, 5])
TIMES = pd.date_range("2010-01-01", periods=MONTHS, freq="MS") + pd.Timedelta(days=15)
SCALE, OFFSET = 0.01, 10.0


def sea(name="sst", **coordinates):
    """Monthly temperatures (48, 5, 6), degC, of which three cells are land."""
    rng = np.random.default_rng(0)
    values = 28 * np.cos(np.radians(LATITUDES))[:, None] + rng.normal(size=(MONTHS, 5, 6))
    values[LAND] = np.nan
    axes = {"time": TIMES, "lat": LATITUDES, "lon": LONGITUDES} | coordinates
    return xr.Dataset(
        {name: (("time", "lat", "lon"), values.astype("f4"), {"units": "degC"})},
        {axis: (axis, along) for axis, along in axes.items()},
    )


def land(value, dtype="f4", **attributes):
    """The sea with a number on land, and what the variable's attributes say of it."""
    data = sea()
    data["sst"] = data["sst"].fillna(value).astype(dtype).assign_attrs(units="degC", **attributes)
    data["sst"].encoding["_FillValue"] = None
    return data


def packed(dtype, fill, scale=SCALE, offset=OFFSET, **attributes):
    """The sea in integers, land as `fill`."""
    data = sea()
    stored = np.rint((data["sst"] - offset) / scale).fillna(fill)
    if dtype == "i1":
        stored = stored.astype("u1").astype("i1")
    about = {"units": "degC", "scale_factor": scale, "add_offset": offset, **attributes}
    data["sst"] = stored.astype(dtype).assign_attrs(about)
    return data


def counted(values, unit=None, **attributes):
    """The sea with other numbers or texts for times."""
    data = sea(time=np.asarray(values))
    data["time"].attrs = ({"units": unit} if unit else {}) | attributes
    return data


def curvilinear(rows="y", columns="x", **more):
    """The sea on dimensions without coordinates, beside two-dimensional latitudes and longitudes."""
    north, east = np.meshgrid(LATITUDES, LONGITUDES, indexing="ij")
    dims, data = (rows, columns), sea().drop_vars(["lat", "lon"]).rename(lat=rows, lon=columns)
    places = {
        "nav_lat": (dims, north, {"units": "degrees_north"}),
        "nav_lon": (dims, east, {"units": "degrees_east"}),
    }
    return data.assign(places).assign_coords({name: (name, along) for name, along in more.items()})


def kilometres_beside_degrees():
    data = curvilinear(y=25.0 * np.arange(5), x=25.0 * np.arange(6))
    for axis in ("y", "x"):
        data[axis].attrs = {"units": "km", "standard_name": f"projection_{axis}_coordinate"}
    return data


def radians():
    data = sea(lat=np.radians(LATITUDES), lon=np.radians(LONGITUDES))
    data["lat"].attrs["units"] = data["lon"].attrs["units"] = "radians"
    return data


def stacked(dim, values=None, levels=3):
    """Three seas, 100 degrees apart, along a further dimension; the first is the plain one."""
    data = xr.concat([sea() + 100 * number for number in range(levels)], dim).transpose("time", dim, ...)
    data["sst"].attrs["units"] = "degC"
    return data if values is None else data.assign_coords({dim: values})


def cyclic():
    return xr.concat([sea(), sea().isel(lon=[0]).assign_coords(lon=[360.0])], "lon")


def changed(where, value):
    data = sea()
    data["sst"].values[where] = value
    return data


def on_a_plane(unit, step):
    data = sea(lat=step * np.arange(5.0), lon=step * np.arange(6.0)).rename(lat="y", lon="x")
    for axis in ("y", "x"):
        data[axis].attrs = {"units": unit} if unit else {}
    return data


def records():
    """The sea along a dimension without coordinate, beside a variable of dates."""
    return sea().drop_vars("time").rename(time="record").assign(dates=("record", TIMES))


def parts():
    """The sea in three files of 16 months, not written in order."""
    return {f"sea_{part}.nc": sea().isel(time=slice(16 * part, 16 * part + 16)) for part in (2, 0, 1)}


FILL = netCDF4.default_fillvals
NOLEAP, DAYS_360 = (
    [cftime.datetime(2010 + n // 12, n % 12 + 1, 16, calendar=calendar) for n in range(MONTHS)]
    for calendar in ("noleap", "360_day")
)
YEAR_1 = np.datetime64("0001-01", "M") + np.arange(MONTHS)
# What is written, and how it is asked for: the fields are those of the plain sea.
SAME = {
    "plain": (sea, {}),
    "default fill, not declared": (lambda: land(FILL["f4"]), {}),
    "default fill of doubles": (lambda: land(FILL["f8"], "f8"), {}),
    "default fill of integers": (lambda: packed("i2", FILL["i2"]), {}),
    "fill and missing value": (lambda: land(-999, _FillValue=np.float32(-999), missing_value=1e20), {}),
    "missing value of another type": (lambda: land(1e20, missing_value=np.float64(1e20)), {}),
    "missing value far below": (lambda: land(-9.99e33, missing_value=np.float64(-9.99e33)), {}),
    "missing value as text": (lambda: land(-999, missing_value="-999"), {}),
    "missing value of a list": (lambda: land(-999, missing_value=np.array([-888.0, -999.0])), {}),
    "valid range": (lambda: land(300, valid_range=np.array([-50, 45], "f4")), {}),
    "valid minimum": (lambda: land(-60, valid_min=-50), {}),
    "valid range, packed": (lambda: packed("i2", 32000, valid_min=np.int16(-6000), valid_max=np.int16(3500)), {}),
    "valid range, packed downwards": (
        lambda: packed("i2", 32000, -SCALE, valid_min=np.int16(-6000), valid_max=np.int16(6000)),
        {},
    ),
    "packed": (lambda: packed("i2", -32768, _FillValue=np.int16(-32768)), {}),
    "unsigned bytes": (
        lambda: packed("i1", 255, 0.25, -5.0, _Unsigned="true", valid_max=np.int8(-2)),
        {},
    ),
    "undeclared, said": (lambda: land(-999), {"missing": [-999]}),
    "undeclared zero, said": (lambda: land(0), {"missing": [0]}),
    "infinite on land": (lambda: land(np.inf), {}),
    "calendar without leap days": (lambda: counted(NOLEAP), {}),
    "calendar of 360 days": (lambda: counted(DAYS_360), {}),
    "year 1": (lambda: counted(YEAR_1.astype("datetime64[s]")), {}),
    "months since": (lambda: counted(np.arange(MONTHS), "months since 2010-01-16"), {}),
    "years since": (lambda: counted(np.arange(MONTHS), "years since 1960-1-1 00:00"), {}),
    "text": (lambda: counted([str(time)[:10] for time in TIMES]), {}),
    "digits": (lambda: counted([int(f"{time:%Y%m%d}") for time in TIMES]), {}),
    "digits of months": (lambda: counted([int(f"{time:%Y%m}") for time in TIMES]), {}),
    "plain numbers": (lambda: counted(np.arange(MONTHS) / 7), {}),
    "backwards": (lambda: sea().isel(time=slice(None, None, -1)), {}),
    "dates beside the dimension": (records, {"time": "dates"}),
    "no dates": (records, {"time": "record"}),
    "east from -180": (lambda: sea(lon=(LONGITUDES + 180) % 360 - 180), {}),
    "east from -180, in order": (lambda: sea(lon=(LONGITUDES + 180) % 360 - 180).sortby("lon"), {}),
    "repeated meridian": (cyclic, {}),
    "from south to north": (lambda: sea().sortby("lat"), {}),
    "longitude first": (lambda: sea().transpose("time", "lon", "lat"), {}),
    "radians": (radians, {}),
    "curvilinear": (curvilinear, {"y": "y", "x": "x"}),
    "curvilinear by name": (lambda: curvilinear("j", "i"), {"y": "nav_lat", "x": "nav_lon"}),
    "index dimensions": (lambda: curvilinear(y=np.arange(5), x=np.arange(6)), {"y": "y", "x": "x"}),
    "kilometres beside degrees": (kilometres_beside_degrees, {"y": "y", "x": "x"}),
    "one level": (lambda: stacked("zlev", [0.0], levels=1), {}),
    "a level": (lambda: stacked("depth", np.float32([0.1, 1.541375, 2.6])), {"select": {"depth": 0.1}}),
    "nearest level": (lambda: stacked("depth", [0.494, 1.5, 2.6]), {"select": {"depth": 0}, "nearest": True}),
    "a member": (lambda: stacked("member", ["r1i1", "r2i1", "r3i1"]), {"select": {"member": "r1i1"}}),
    "a numbered member": (lambda: stacked("member"), {"select": {"member": 0}}),
    "group": (lambda: sea(), {"group": "ocean", "variable": "ocean/sst"}),
    "several files": (parts, {"path": "sea_*.nc"}),
}  # fmt: skip
# What is written, how it is asked for, and what is said.
REFUSED = {
    "undeclared": (lambda: land(-999), {}, r"144 of 1,440 values, such as -999, lie far .*set `missing: \[-999\]`"),
    "undeclared zero": (lambda: land(0), {}, r"3 of 30 cells hold 0 in every field; set `missing: \[0\]`"),
    "a spike": (lambda: changed((5, 1, 1), 1e30), {}, r"1 of 1,296 values, such as 1e\+30, .*or `missing: \[\]`"),
    "clouds": (
        lambda: changed((range(45), [*range(5)] * 9, [*range(6)] * 7 + [0, 1, 3]), np.nan),
        {},
        "cells lack a value in some field .*set `gaps: fields` of the data set to leave out",
    ),
    "a bad month": (
        lambda: changed((30, slice(3), slice(2)), np.nan),
        {},
        r"6 of 27 cells lack a value in some field \(field 2012-07-16 lacks 6\); set `gaps: cells`.*leave out 1 of 48",
    ),
    "infinite values": (lambda: changed((5, slice(3), 1), np.inf), {}, "3 of 27 cells lack a value"),
    "no value": (lambda: changed(..., np.nan), {}, "holds no value; check `variable`"),
    "latitude missing": (
        lambda: sea(lat=np.where(LATITUDES == 30, np.nan, LATITUDES)),
        {},
        "1 of 5 values of 'lat' are missing, the first is number 1",
    ),
    "swapped": (sea, {"y": "lon", "x": "lat"}, "'lon' is a longitude, not a latitude; swap y and x"),
    "one axis twice": (sea, {"x": "lat"}, "y and x lie both along 'lat'"),
    "metres": (lambda: on_a_plane("", 25e3), {"y": "y", "x": "x"}, "goes from 0 to 100000, which is no latitude"),
    "kilometres": (lambda: on_a_plane("km", 4.0), {"y": "y", "x": "x"}, "'y' is in 'km', not in degrees"),
    "counted cells": (lambda: on_a_plane("", 1), {"y": "y", "x": "x"}, "no latitude along 'y'.*`sphere: false`"),
    "no coordinates": (lambda: curvilinear().drop_vars("nav_lat"), {"y": "y", "x": "x"}, "no latitude along 'y'"),
    "two latitudes": (
        lambda: curvilinear().assign(ulat=curvilinear()["nav_lat"]).reset_coords(),
        {"y": "y", "x": "x"},
        "several latitudes: nav_lat, ulat; name one",
    ),
    "one place for all": (lambda: sea(lat=0 * LATITUDES), {}, "27 cells lie at 6 places only"),
    "a time twice": (lambda: counted(np.r_[0, np.arange(MONTHS - 1)]), {}, "1 of 48 times twice, the first 0"),
    "a time missing": (
        lambda: counted(np.where(np.arange(MONTHS) == 7, np.datetime64("NaT"), TIMES.values)),
        {},
        "1 of 48 times are missing, the first is number 7",
    ),
    "no date": (lambda: counted([f"month {n}" for n in range(MONTHS)]), {}, "times such as 'month 0', which are no"),
    "no unit of time": (lambda: counted(np.arange(MONTHS), "moons since 2010-01-01"), {}, "times in 'moons since"),
    "levels": (lambda: stacked("depth", [0.5, 1.5, 2.5]), {}, "depth is 0.5, 1.5, 2.5; choose one with `select"),
    "no such level": (lambda: stacked("depth", [0.5, 1.5, 2.5]), {"select": {"depth": 1}}, "set `nearest: true`"),
    "no such member": (lambda: stacked("m", ["a", "b", "c"]), {"select": {"m": "d"}}, "no m d: it is a, b, c; correct"),
    "a group's": (sea, {"group": "ocean"}, "has no variable 'sst'; its variables are ocean/sst"),
    "files of two grids": (
        lambda: {"sea_1.nc": sea(), "sea_2.nc": sea().isel(lat=slice(1, None))},
        {"path": "sea_*.nc"},
        "differ in coordinates or units",
    ),
}  # fmt: skip


@pytest.fixture
def load(tmp_path):
    """A function that writes what a case makes and reads it as asked for."""

    def load(make, ask):
        ask = dict(ask)
        made, group = make(), ask.pop("group", None)
        for name, data in (made if isinstance(made, dict) else {"sea.nc": made}).items():
            encoding = {
                entry: {"_FillValue": None}
                for entry in data.variables
                if "_FillValue" not in data[entry].attrs
            }
            data.to_netcdf(tmp_path / name, group=group, encoding=encoding)
        where = {"path": "sea.nc", "variable": "sst", "data_root": str(tmp_path)}
        return netcdf_series.load(**where | ask)

    return load


def by_place(data, split):
    """The fields (F, P) of a split in an order that follows from the places alone."""
    order = np.lexsort((np.rint(data["longitude"] % 360), np.rint(data["latitude"])))
    return data[split].values[:, order]


@pytest.mark.parametrize("case", SAME)
def test_what_files_differ_in_makes_no_difference(load, case):
    expected, data = load(sea, {}), load(*SAME[case])
    assert data.sizes["point"] == 27
    for split in ("train", "validation", "test"):
        tolerance = (
            0.126 if case == "unsigned bytes" else 0.0051 if "packed" in case or "integers" in case else 1e-6
        )
        np.testing.assert_allclose(by_place(data, split), by_place(expected, split), atol=tolerance)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_known_is_asked_in_one_sentence(load, case):
    make, ask, message = REFUSED[case]
    with pytest.raises(UserError, match=message):
        load(make, ask)


@pytest.mark.parametrize(
    "case", ["calendar without leap days", "year 1", "months since", "text", "digits", "records"]
)
def test_dates_in_any_form_have_months_and_steps(load, case):
    make, ask = SAME.get(case, (records, {"time": "dates"}))
    options = {"anomaly": True, "previous": True}
    expected, data = load(sea, options), load(make, ask | options)
    np.testing.assert_allclose(by_place(data, "test"), by_place(expected, "test"), atol=1e-5)


@pytest.mark.parametrize(
    ("case", "period"),
    [
        ("calendar of 360 days", "train 2010-01-16 to 2012-06-16 (30)"),
        ("year 1", "train 0001-01-01 to 0003-06-01 (30)"),
        ("months since", "train 2010-01-16 to 2012-06-16 (30)"),
        ("years since", "train 1960-01-01 to 1989-01-01 (30)"),
        ("digits of months", "train 2010-01-01 to 2012-06-01 (30)"),
        ("plain numbers", "train 0.0 to 4.14285714 (30)"),
        ("several files", "train 2010-01-16 to 2012-06-16 (30)"),
    ],
)
def test_periods_are_told_in_the_calendar_of_the_file(load, case, period):
    assert period in load(*SAME[case]).attrs["notes"]


def test_numbers_that_are_no_dates_stay_numbers(load):
    data = load(lambda: counted(731_000 + 30 * np.arange(MONTHS)), {})
    assert "train 731000 to 731870 (30)" in data.attrs["notes"]


def test_what_is_left_out_is_said(load):
    assert "Left out: 5 cells that lie where another one does." in load(cyclic, {}).attrs["notes"]
    assert "depth is 0.494, the nearest to 0." in load(*SAME["nearest level"]).attrs["notes"]
    assert "nearest" not in load(*SAME["a level"]).attrs["notes"] + load(*SAME["a member"]).attrs["notes"]
    data = load(lambda: changed((7, 1, [0, 1]), np.nan), {})
    assert data.sizes["point"] == 25
    assert (
        "Left out: 2 of 27 cells lack a value in some field (field 2010-08-16 lacks 2)."
        in data.attrs["notes"]
    )


def test_cells_or_fields_with_gaps_are_left_out_as_asked(load):
    def bad_months():
        data = changed((7, slice(None), slice(3)), np.nan)
        data["sst"].values[20] = np.nan
        return data

    fields = load(bad_months, {"gaps": "fields"})
    assert fields.sizes["point"] == 27 and "Left out: 2 of 48 fields" in fields.attrs["notes"]
    assert sum(fields.sizes[f"{split}_field"] for split in ("train", "validation", "test")) == 46
    cells = load(lambda: bad_months().isel(time=slice(20)), {"gaps": "cells"})
    assert (
        cells.sizes["point"] == 14
        and sum(cells.sizes[f"{s}_field"] for s in ("train", "validation", "test")) == 20
    )


def test_values_that_look_missing_are_taken_where_they_are_said_to_be_values(load):
    assert load(lambda: land(-999), {"missing": []}).sizes["point"] == 30
    assert load(lambda: changed((5, 1, 1), 1e30), {"missing": [1e30]}).sizes["point"] == 26


@pytest.mark.parametrize("marker", [-99, -999.9, 1e20])
def test_markers_that_come_and_go_are_found_in_data_of_a_wide_range(load, marker):
    def rivers():
        rng = np.random.default_rng(1)
        values = 5000 * rng.gamma(0.5, size=(MONTHS, 5, 6))
        values[rng.integers(MONTHS, size=5), 2, 3] = marker
        return sea().assign(sst=(("time", "lat", "lon"), values, {"units": "m3 s-1"}))

    with pytest.raises(UserError, match=r"set `missing: \[" + f"{marker:.7g}".replace("+", r"\+")):
        load(rivers, {})


def test_a_bound_that_other_cells_meet_too_is_no_marker(load):
    def freezing():
        data = sea()
        values = np.maximum(data["sst"], 14)
        values[:, 0, 0] = 14  # the rest of that row is at 14 now and then
        return data.assign(sst=values.assign_attrs(units="degC"))

    assert load(freezing, {}).sizes["point"] == 27


def test_two_cells_of_a_hundred_that_never_change_are_asked_about():
    fields = np.random.default_rng(0).normal(size=(12, 10, 10))
    _gaps.ask_about(fields, "t")
    fields[:, 3, [4, 5]] = 0
    with pytest.raises(UserError, match="t: 2 of 100 cells hold 0 in every field"):
        _gaps.ask_about(fields, "t")


def test_packed_limits_are_values_themselves(write_netcdf):
    packed = np.array([-101, -100, 0, 250, 251], "i2")
    about = {"scale_factor": 0.1, "add_offset": 3.0, "valid_range": np.array([-100, 250], "i2")}
    values = _netcdf.read(Path(write_netcdf("t.nc", t=("x", packed, about))), "t")
    np.testing.assert_allclose(values, [np.nan, -7, 3, 28, np.nan])


def test_daily_fields_have_a_smooth_annual_cycle(load):
    days = pd.date_range("2011-01-01", periods=4 * 365, freq="D")
    cycle = 10 * np.cos(2 * np.pi * (days.day_of_year.values - 1) / np.where(days.is_leap_year, 366, 365))

    def daily():
        values = np.broadcast_to(cycle[:, None, None] + np.arange(6.0), (days.size, 5, 6))
        return xr.Dataset(
            {"sst": (("time", "lat", "lon"), values, {"units": "degC"})},
            {"time": days, "lat": LATITUDES, "lon": LONGITUDES},
        )

    data = load(lambda: daily().assign(sst=daily()["sst"] + np.eye(5, 6)[0] * (days == days[-1])[:, None, None]),
                {"anomaly": True})  # fmt: skip
    assert "3 harmonics of the day of the year" in data.attrs["notes"]
    np.testing.assert_allclose(data["test"][:-1], 0, atol=1e-5)
    np.testing.assert_allclose(data["test"][-1, :6], np.eye(5, 6)[0], atol=1e-5)


def test_a_field_after_a_gap_has_no_previous_one(load):
    def decay():
        values = 0.95 ** np.arange(MONTHS)[:, None, None] * np.random.default_rng(2).normal(size=(5, 6))
        values[[3, 40]] = np.nan
        return sea().assign(sst=(("time", "lat", "lon"), values, {"units": "degC"}))

    data = load(decay, {"previous": True, "gaps": "fields"})
    assert [data.sizes[f"{split}_field"] for split in ("train", "validation", "test")] == [26, 6, 11]
    assert "0.950 times" in data.attrs["notes"] and "lost, and 2 after a gap in time" in data.attrs["notes"]
    np.testing.assert_allclose(data["test"], 0, atol=1e-6)


def test_poles_are_one_place_each(load):
    def poles():
        data = sea(lat=np.linspace(90, -90, 5))
        return data.assign(sst=data["sst"].fillna(20).assign_attrs(units="degC"))

    data = load(poles, {"missing": []})
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


def test_a_region_across_the_first_meridian_is_not_torn(load):
    east = np.array([350.0, 354, 358, 2, 6, 10])
    data = load(lambda: sea(lon=east, lat=LATITUDES / 60), {})
    x = data["position"].values[:, 1] * 20
    np.testing.assert_allclose(np.unique(np.rint(x)), [0, 4, 8, 12, 16, 20])
    np.testing.assert_array_equal(np.unique(data["longitude"]), np.sort(east))


def test_no_more_than_the_crop_is_read(tmp_path):
    path = tmp_path / "wide.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", 24), ("lat", 600), ("lon", 600)):
            file.createDimension(name, size)
        for name, values in (("lat", np.linspace(60, -60, 600)), ("lon", np.linspace(0, 300, 600))):
            file.createVariable(name, "f8", (name,))[:] = values
        sst = file.createVariable("sst", "f4", ("time", "lat", "lon"), chunksizes=(1, 100, 100))
        sst.units = "degC"
        sst[:, :10, :10] = np.random.default_rng(0).normal(size=(24, 10, 10))
    tracemalloc.start()
    data = netcdf_series.load(path=str(path), variable="sst", crop=[0, 10, 0, 10])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data.sizes["point"] == 100
    assert peak < 24 * 600 * 600 * 4 / 4, "a quarter of the whole variable"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sea.grib", b"GRIB" + bytes(200), "sea.grib is GRIB; convert it"),
        ("sea.nc", b"\x89HDF\r\n\x1a\n", "truncated or not NetCDF"),
        ("sea.zarr/zarr.json", b"{}", "sea.zarr is a folder, such as a Zarr store"),
    ],
)
def test_other_formats_are_named(tmp_path, name, content, message):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        netcdf_series.load(path=name.split("/")[0], variable="sst", data_root=str(tmp_path))
