"""Observations as people write them down: the right values, or one sentence with the remedy."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fieldbench.datasets import _scattered
from fieldbench.datasets._scattered import Columns
from fieldbench.errors import UserError

COUNT = 12
LATITUDES = np.linspace(-50, 60, COUNT)
LONGITUDES = np.linspace(-170, 160, COUNT)
VALUES = np.linspace(3.5, 25.5, COUNT)
GIVEN = {"lat": LATITUDES, "lon": LONGITUDES, "sst [degC]": VALUES}


def table(**changes):
    """Observations as a table; columns are added, replaced, or left out by None."""
    columns = GIVEN | changes
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def read(folder, content, **columns):
    """What is read of a table or of text, written as a file."""
    path = folder / "gauges.csv"
    text = content if isinstance(content, str) else content.to_csv(index=False)
    path.write_text(text, encoding="utf-8")
    return _scattered.read(path, Columns(**columns))


def with_text(number, text):
    """The values, one of them as text."""
    values = VALUES.astype(object)
    values[number] = text
    return values


FORMS = {
    "unit in the heading": (table(), {}),
    "unit in brackets": (table(**{"sst [degC]": None, "sst (degC)": VALUES}), {}),
    "unit given": (table(**{"sst [degC]": None, "sst": VALUES}), {"unit": "degC"}),
    "semicolons": (table().to_csv(index=False, sep=";"), {}),
    "blanks": (table(**{"sst [degC]": None, "sst": VALUES}).to_csv(index=False, sep=" "), {"unit": "degC"}),
    "tabs": (table().to_csv(index=False, sep="\t"), {}),
    "byte order mark and comment": ("\ufeff# my gauges\n" + table().to_csv(index=False), {}),
    "long names": (table().rename(columns={"lat": "Latitude", "lon": "Longitude"}), {}),
    "names given": (table().rename(columns={"lat": "a", "lon": "b"}), {"y": "a", "x": "b", "value": "sst"}),
    "other numbers beside": (table(depth=np.arange(COUNT)), {"value": "sst"}),
    "a column called value": (table(**{"sst [degC]": None, "value [degC]": VALUES, "id": np.arange(COUNT)}), {}),
    "longitudes from 0": (table(lon=LONGITUDES % 360), {}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_one_table(tmp_path, form):
    content, columns = FORMS[form]
    found = read(tmp_path, content, **columns)
    np.testing.assert_allclose(found.values, VALUES)
    np.testing.assert_allclose(found.y, LATITUDES)
    np.testing.assert_allclose(found.x % 360, LONGITUDES % 360)
    assert (
        found.sphere
        and found.unit == "degC"
        and found.error is None
        and found.times is None
        and not found.notes
    )


UNCLEAR = {
    "no places": (table().rename(columns={"lat": "a", "lon": "b"}), {}, "name latitude and longitude by --y and --x"),
    "two values": (table(salinity=VALUES), {}, "name it by --value. It has lat, lon, sst, salinity"),
    "no such value": (table(), {"value": "temp"}, "has no 'temp'; correct --value"),
    "no unit": (table(**{"sst [degC]": None, "sst": VALUES}), {}, "give it by --unit"),
    "decimal commas": (table(**{"sst [degC]": with_text(2, "12,5")}), {"value": "sst"}, "holds '12,5' in row 3, which"),
    "longer rows": (table().to_csv(index=False).replace("-50.0", "-50,0"), {}, "cannot be read as a table"),
    "all rows longer": (table().to_csv(index=False).replace(".0,", ",0,"), {}, "cannot be read as a table"),
    "beyond the pole": (table(lat=LATITUDES + 40), {}, "no latitude in degrees"),
    "swapped": (table(), {"y": "lon", "x": "lat"}, "'lon' is a longitude, not a latitude; swap --y and --x"),
    "a lost place": (table(lat=np.r_[np.nan, LATITUDES[1:]]), {}, "1 of 12 values of 'lat' are missing"),
    "-999": (table(**{"sst [degC]": np.r_[-999.0, VALUES[1:]]}), {}, "give --missing -999 if that stands for missing"),
    "negative errors": (table(sst_error=-np.ones(COUNT)), {}, "12 errors are negative"),
    "no dates": (table(time=["29/07/2017"] * COUNT), {}, "which are no dates; write them as 2010-01-31"),
    "time without times": (table(), {"time": "2017"}, "does not say when its values were observed"),
    "no such time": (table(time=["2017-07-29"] * COUNT), {"time": "2018"}, "at 2018; they are from 2017-07-29"),
    "time that is none": (table(time=["2017-07-29"] * COUNT), {"time": "July"}, "--time July is no date"),
    "few": (table().head(5), {}, "has 5 observations of 'sst' that can be used; a map needs 10"),
    "empty": ("lat,lon,sst [degC]\n", {}, "holds no observation"),
    "nothing": ("", {}, "cannot be read as a table"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNCLEAR)
def test_what_is_unclear_is_asked_for_in_one_sentence(tmp_path, case):
    content, columns, words = UNCLEAR[case]
    with pytest.raises(UserError) as said:
        read(tmp_path, content, **columns)
    assert words in str(said.value) and "\n" not in str(said.value)


def test_missing_values_are_left_out_and_counted(tmp_path):
    values = np.r_[-999.0, VALUES[1:]]
    found = read(tmp_path, table(**{"sst [degC]": values}), missing=[-999])
    assert found.values.size == COUNT - 1 and "1 of 12 observations" in found.notes[0]
    assert read(tmp_path, table(**{"sst [degC]": values}), missing=[]).values.size == COUNT


def test_errors_and_times_are_recognised(tmp_path):
    content = table(sst_error=np.full(COUNT, 0.3), time=["2017-07-29T06:00"] * COUNT)
    found = read(tmp_path, content)
    np.testing.assert_array_equal(found.error, 0.3)
    assert (found.times == np.datetime64("2017-07-29T06:00")).all()


def test_one_time_is_taken_of_several(tmp_path):
    twice = pd.concat([table(time=f"2017-07-{day}") for day in (29, 30)])
    with pytest.raises(UserError, match=r"at 12 of 12 places, from different times; choose one by --time"):
        read(tmp_path, twice)
    assert read(tmp_path, twice, time="2017-07-30").values.size == COUNT
    with pytest.raises(UserError, match="from different times"):
        read(tmp_path, twice, time="2017-07-01/2017-07-30")


def test_observations_at_one_place_are_averaged_by_their_errors(tmp_path):
    content = table(sst_error=np.full(COUNT, 1.0))
    again = pd.DataFrame(
        {"lat": LATITUDES[:1], "lon": LONGITUDES[:1] + 360, "sst [degC]": [8.5], "sst_error": [0.5]}
    )
    found = read(tmp_path, pd.concat([content, again]))
    assert found.values.size == COUNT and "1 observations were averaged" in found.notes[0]
    mean = found.values[np.isclose(found.y, LATITUDES[0])]
    assert mean == pytest.approx((3.5 * 1 + 8.5 * 4) / 5)
    assert found.error[np.isclose(found.y, LATITUDES[0])] == pytest.approx(1 / np.sqrt(5))


def test_a_plane_has_no_limits(tmp_path):
    content = pd.DataFrame({"x": 1000 * LONGITUDES, "y": 1000 * LATITUDES, "rain [mm]": VALUES})
    found = read(tmp_path, content)
    assert not found.sphere and found.y.max() == 60_000
    assert not read(tmp_path, table(), plane=True, y="lat", x="lon").sphere


def test_netcdf_along_one_dimension_and_on_a_grid(tmp_path):
    facts = {"units": "degC", "long_name": "temperature", "standard_name": "sea_surface_temperature"}
    line = xr.Dataset(
        {
            "sst": ("obs", VALUES, facts),
            "time": ("obs", np.arange(COUNT), {"units": "hours since 2017-07-29"}),
        },
        {"latitude": ("obs", LATITUDES), "longitude": ("obs", LONGITUDES)},
    )
    line.to_netcdf(tmp_path / "line.nc")
    found = _scattered.read(tmp_path / "line.nc", Columns())
    np.testing.assert_allclose(found.values, VALUES)
    assert found.about == {"long_name": "temperature", "standard_name": "sea_surface_temperature"}
    assert found.times.max() == np.datetime64("2017-07-29T11:00")
    field = np.full((4, 6), np.nan)
    field.flat[::2] = VALUES
    grid = xr.Dataset(
        {"sst": (("lat", "lon"), field, facts)}, {"lat": np.arange(4.0), "lon": np.arange(0.0, 6)}
    )
    grid.to_netcdf(tmp_path / "grid.nc")
    found = _scattered.read(tmp_path / "grid.nc", Columns())
    np.testing.assert_allclose(np.sort(found.values), VALUES)
    np.testing.assert_allclose(found.x[found.values == 3.5], 0)


def test_files_that_are_none(tmp_path):
    with pytest.raises(UserError, match="There is no file"):
        _scattered.read(tmp_path / "gauges.csv", Columns())
    for name, words in (("noise.csv", "cannot be read as a table"), ("noise.nc", "truncated or not NetCDF")):
        (tmp_path / name).write_bytes(bytes(range(256)))
        with pytest.raises(UserError, match=words):
            _scattered.read(tmp_path / name, Columns())
