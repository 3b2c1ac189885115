"""Fields in NetCDF files: split in time, land left out, anomalies, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.datasets import era_interim_height, era_interim_wind, ersst, netcdf_series
from fieldbench.errors import UserError

MONTHS = 48
LATITUDES, LONGITUDES = np.array([60.0, 0.0, -60.0]), np.array([0.0, 90.0, 180.0, 270.0])


@pytest.fixture
def write(write_netcdf):
    """A function that writes monthly fields (48, 3, 4), of which parts may be replaced, and gives the path."""

    def write(values=None, dimensions=("time", "lat", "lon"), units="degC", **others):
        values = np.random.default_rng(0).normal(size=(MONTHS, 3, 4)) if values is None else values
        attributes = {"units": units} if units else {}
        variables = {
            "time": ("time", pd.date_range("2000-01-01", periods=MONTHS, freq="MS")),
            "lat": ("lat", LATITUDES),
            "lon": ("lon", LONGITUDES),
            "sst": (dimensions, values, attributes),
        }
        return write_netcdf("series.nc", **variables | others)

    return write


def load(path, **params):
    return netcdf_series.load(**{"path": path, "variable": "sst"} | params)


def test_the_first_three_quarters_are_learned_from_and_their_last_sixth_validates(write):
    values = np.arange(MONTHS)[:, None, None] * np.ones((1, 3, 4))
    data = load(write(values))
    np.testing.assert_array_equal(data.train[:, 0], np.arange(30))
    np.testing.assert_array_equal(data.validation[:, 0], np.arange(30, 36))
    np.testing.assert_array_equal(data.test[:, 0], np.arange(36, 48))
    assert data.attrs["peak"] == 29 and data.attrs["unit"] == "degC"
    assert "train 2000-01-01 to 2002-06-01 (30)" in data.attrs["notes"]
    assert data.attrs["drawn_over"] == "time"


def test_points_missing_in_any_field_are_in_none(write):
    values = np.random.default_rng(0).normal(size=(MONTHS, 3, 4))
    values[:, 0, 0] = values[5, 2, 3] = np.nan
    data = load(write(values))
    assert data.sizes["point"] == 10
    places = set(zip(data.row.values.tolist(), data.column.values.tolist(), strict=True))
    assert (0, 0) not in places and (2, 3) not in places and (0, 1) in places
    assert (data.attrs["rows"], data.attrs["columns"]) == (3, 4)


def test_areas_shrink_with_the_cosine_of_latitude(write):
    data = load(write())
    weight = data.weight.values.reshape(3, 4)[:, 0]
    np.testing.assert_allclose(weight, np.array([0.5, 1, 0.5]) / (2 / 3))
    np.testing.assert_array_equal(data.latitude.values[:4], 60)
    np.testing.assert_allclose(data.position.values.reshape(3, 4, 2)[:, 0, 0], np.array([120, 60, 0]) / 270)


def test_off_the_sphere_all_areas_are_equal(write):
    data = load(write(), sphere=False)
    assert (data.weight == 1).all() and "latitude" not in data


@pytest.mark.parametrize("harmonics", [None, 1, 5])
def test_an_anomaly_has_lost_the_annual_cycle(write, harmonics):
    cycle = 10 + 3 * np.cos(2 * np.pi * (np.arange(MONTHS) - 1) / 12)
    data = load(write(cycle[:, None, None] * np.ones((1, 3, 4))), anomaly=True, harmonics=harmonics)
    for split in ("train", "validation", "test"):
        np.testing.assert_allclose(data[split], 0, atol=1e-5)


def test_the_annual_cycle_is_the_training_fields_alone(write):
    values = np.random.default_rng(0).normal(size=(MONTHS, 3, 4))
    late = values + 7 * (np.arange(MONTHS) >= 30)[:, None, None]
    first, second = load(write(values), anomaly=True), load(write(late), anomaly=True)
    np.testing.assert_allclose(second.train, first.train, atol=1e-6)
    np.testing.assert_allclose(second.validation, first.validation + 7, rtol=1e-5)
    np.testing.assert_allclose(second.test, first.test + 7, rtol=1e-5)


def test_with_the_previous_field_given_a_persistent_series_holds_no_surprise(write):
    values = 0.9 ** np.arange(MONTHS)[:, None, None] * np.random.default_rng(1).normal(size=(1, 3, 4))
    data = load(write(values), previous=True)
    assert data.sizes["train_field"] == 29 and data.sizes["test_field"] == 12
    np.testing.assert_allclose(data.test, 0, atol=1e-6)
    assert "0.900 times" in data.attrs["notes"]


def test_without_time_every_field_is_a_test_field(write):
    data = load(write(), time=None)
    assert dict(data.sizes) | {"train_field": 0, "validation_field": 0, "test_field": MONTHS} == dict(
        data.sizes
    )
    single = load(write(np.ones((3, 4)) * np.arange(4), ("lat", "lon")), time=None, missing=[])
    np.testing.assert_array_equal(single.test.values.reshape(3, 4)[1], np.arange(4))
    assert single.attrs["peak"] == 3 and single.attrs["drawn_over"] == "field"


def test_other_dimensions_are_selected(write):
    months = np.arange(MONTHS)[:, None, None] * np.ones((1, 3, 4))
    values = np.stack([months, months + 100], axis=1)
    path = write(values, ("time", "level", "lat", "lon"), level=("level", [500, 850]))
    np.testing.assert_array_equal(load(path, select={"level": 850}).test[:, 0], np.arange(136, 148))
    with pytest.raises(
        UserError, match="several fields at each time: level is 500, 850; choose one with `select"
    ):
        load(path)
    with pytest.raises(
        UserError, match="has no level 700: it is 500, 850; correct `select`, or set `nearest"
    ):
        load(path, select={"level": 700})
    np.testing.assert_array_equal(
        load(path, select={"level": 700}, nearest=True).test[:, 0], np.arange(136, 148)
    )


def test_a_crop_and_a_stride(write):
    data = load(write(), crop=[1, 3, 0, 4], stride=2)
    assert data.sizes["point"] == 2 and (data.attrs["rows"], data.attrs["columns"]) == (1, 2)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"variable": "ice"}, "series.nc has no variable 'ice'; its variables are sst"),
        ({"y": "latitude"}, "no dimension 'latitude'; it has time, lat, lon"),
        ({"path": "absent.nc"}, "no file absent.nc"),
        ({"crop": [0, 9, 0, 4]}, "does not fit a field of 3 x 4"),
        ({"learn": 0.05}, "too few to split"),
        ({"learn": 1.0}, "too few to split"),
        ({"time": None, "anomaly": True}, "need a time axis"),
        ({"anomaly": True, "learn": 0.2}, "no training field is from month"),
        ({"anomaly": True, "harmonics": 6}, "`harmonics` is 6"),
    ],
)
def test_what_does_not_fit_the_file_is_refused(write, params, message):
    with pytest.raises(UserError, match=message):
        load(**{"path": write()} | params)


def test_a_unit_is_needed_and_may_be_given(write):
    path = write(units=None)
    with pytest.raises(UserError, match="no attribute `units`; set `unit`"):
        load(path)
    assert load(path, unit="K").attrs["unit"] == "K"


def test_times_are_put_in_order_and_must_be_dates_where_months_count(write):
    numbers = {"time": ("time", np.arange(MONTHS))}
    assert load(write(**numbers)).sizes["test_field"] == 12
    with pytest.raises(UserError, match="the times are no dates"):
        load(write(**numbers), anomaly=True)
    values = np.arange(MONTHS)[:, None, None] * np.ones((1, 3, 4))
    data = load(write(values, time=("time", np.arange(MONTHS)[::-1])))
    np.testing.assert_array_equal(data.test[:, 0], np.arange(12)[::-1])


def test_a_truncated_file_is_refused(tmp_path):
    (tmp_path / "series.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(UserError, match="truncated or not NetCDF"):
        load("series.nc", data_root=str(tmp_path))


def test_sea_surface_temperature(real_data):
    data = ersst.load(data_root=real_data, download=False, anomaly=True, harmonics=3)
    assert data.sizes["point"] == 10988 and data.attrs["unit"] == "degC"
    assert [data.sizes[f"{name}_field"] for name in ("train", "validation", "test")] == [80, 16, 32]
    np.testing.assert_allclose(data.train.mean("train_field"), 0, atol=1e-4)


def test_winds(real_data):
    data = era_interim_wind.load(component="u", data_root=real_data, download=False)
    assert data.sizes["test_field"] == 6 and data.sizes["train_field"] == 0
    assert data.weight.mean() == pytest.approx(1)
    with pytest.raises(UserError, match="must be u or v"):
        era_interim_wind.load(component="w", data_root=real_data, download=False)


def test_heights_are_geopotential_over_gravity(real_data):
    data = era_interim_height.load(data_root=real_data, download=False)
    assert data.sizes["test_field"] == 2 and data.attrs["unit"] == "m"
    with xr.open_dataset(f"{real_data}/geo/eraint_uvz.nc") as file:
        there = file.z.sel(level=500, latitude=88.5, longitude=-180).values / 9.80665
    np.testing.assert_allclose(data.test.values[:, 0], there, rtol=1e-6)


def test_a_constant_is_nothing_to_rebuild(write):
    with pytest.raises(UserError, match="there is nothing to rebuild"):
        load(write(np.ones((MONTHS, 3, 4))))
