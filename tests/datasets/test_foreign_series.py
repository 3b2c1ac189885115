"""Series as other people's files have them: each peculiarity gives the fields of a plain file, or one sentence."""

import tracemalloc
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.datasets import _netcdf, netcdf_series
from fieldbench.errors import UserError

from tests.datasets.seas import (
    DAYS_360,
    FILL,
    LATITUDES,
    LONGITUDES,
    MONTHS,
    NOLEAP,
    SCALE,
    TIMES,
    YEAR_1,
    by_place,
    changed,
    counted,
    curvilinear,
    cyclic,
    kilometres_beside_degrees,
    land,
    on_a_plane,
    packed,
    parts,
    radians,
    records,
    sea,
    single_months,
    stacked,
)

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
    "a file a month": (single_months, {"path": "sea_*.nc", "y": "y", "x": "x"}),
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
    "coordinates missing on a plane": (
        lambda: curvilinear().assign(nav_lat=curvilinear()["nav_lat"].where(lambda north: north > -60)),
        {"y": "nav_lat", "x": "nav_lon", "sphere": False},
        "6 of 30 values of 'nav_lat' are missing",
    ),
    "coordinates missing at sea": (
        lambda: curvilinear().assign(nav_lat=curvilinear()["nav_lat"].where(lambda north: north > -60)),
        {"y": "nav_lat", "x": "nav_lon"},
        "5 of 27 known cells have no coordinates",
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
    "time selected": (sea, {"select": {"time": "2010-01-16"}}, "no dimension 'time' to select from; it has no other"),
    "text for values": (lambda: sea().assign(sst=sea()["sst"].astype(str)), {}, "holds no numbers"),
    "no field": (lambda: sea().isel(time=slice(0)), {}, "has no field"),
    "a group's": (sea, {"group": "ocean"}, "has no variable 'sst'; its variables are ocean/sst"),
    "files of two grids": (
        lambda: {"sea_1.nc": sea(), "sea_2.nc": sea().isel(lat=slice(1, None))},
        {"path": "sea_*.nc"},
        "differ in coordinates or units",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_what_files_differ_in_makes_no_difference(load_sea, case):
    expected, data = load_sea(sea, {}), load_sea(*SAME[case])
    assert data.sizes["point"] == 27
    for split in ("train", "validation", "test"):
        tolerance = (
            0.126 if case == "unsigned bytes" else 0.0051 if "packed" in case or "integers" in case else 1e-6
        )
        np.testing.assert_allclose(by_place(data, split), by_place(expected, split), atol=tolerance)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_known_is_asked_in_one_sentence(load_sea, case):
    make, ask, message = REFUSED[case]
    with pytest.raises(UserError, match=message):
        load_sea(make, ask)


@pytest.mark.parametrize(
    "case", ["calendar without leap days", "year 1", "months since", "text", "digits", "records"]
)
def test_dates_in_any_form_have_months_and_steps(load_sea, case):
    make, ask = SAME.get(case, (records, {"time": "dates"}))
    options = {"anomaly": True, "previous": True}
    expected, data = load_sea(sea, options), load_sea(make, ask | options)
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
def test_periods_are_told_in_the_calendar_of_the_file(load_sea, case, period):
    assert period in load_sea(*SAME[case]).attrs["notes"]


def test_numbers_that_are_no_dates_stay_numbers(load_sea):
    data = load_sea(lambda: counted(731_000 + 30 * np.arange(MONTHS)), {})
    assert "train 731000 to 731870 (30)" in data.attrs["notes"]


def test_packed_limits_are_values_themselves(write_netcdf):
    packed = np.array([-101, -100, 0, 250, 251], "i2")
    about = {"scale_factor": 0.1, "add_offset": 3.0, "valid_range": np.array([-100, 250], "i2")}
    values = _netcdf.read(Path(write_netcdf("t.nc", t=("x", packed, about))), "t")
    np.testing.assert_allclose(values, [np.nan, -7, 3, 28, np.nan])


def test_daily_fields_have_a_smooth_annual_cycle(load_sea):
    days = pd.date_range("2011-01-01", periods=4 * 365, freq="D")
    cycle = 10 * np.cos(2 * np.pi * (days.day_of_year.values - 1) / np.where(days.is_leap_year, 366, 365))

    def daily():
        values = np.broadcast_to(cycle[:, None, None] + np.arange(6.0), (days.size, 5, 6))
        return xr.Dataset(
            {"sst": (("time", "lat", "lon"), values, {"units": "degC"})},
            {"time": days, "lat": LATITUDES, "lon": LONGITUDES},
        )

    data = load_sea(lambda: daily().assign(sst=daily()["sst"] + np.eye(5, 6)[0] * (days == days[-1])[:, None, None]),
                {"anomaly": True})  # fmt: skip
    assert "3 harmonics of the day of the year" in data.attrs["notes"]
    np.testing.assert_allclose(data["test"][:-1], 0, atol=1e-5)
    np.testing.assert_allclose(data["test"][-1, :6], np.eye(5, 6)[0], atol=1e-5)


def test_a_field_after_a_gap_has_no_previous_one(load_sea):
    def decay():
        values = 0.95 ** np.arange(MONTHS)[:, None, None] * np.random.default_rng(2).normal(size=(5, 6))
        values[[3, 40]] = np.nan
        return sea().assign(sst=(("time", "lat", "lon"), values, {"units": "degC"}))

    data = load_sea(decay, {"previous": True, "gaps": "fields"})
    assert [data.sizes[f"{split}_field"] for split in ("train", "validation", "test")] == [26, 6, 11]
    assert "0.950 times" in data.attrs["notes"] and "lost, and 2 after a gap in time" in data.attrs["notes"]
    np.testing.assert_allclose(data["test"], 0, atol=1e-6)


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
