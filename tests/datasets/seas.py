"""A small sea in 48 months, and ways in which other people's files write it down."""

import cftime
import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

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


def single_months():
    """The curvilinear sea in a file a month, whose time is no dimension."""
    return {f"sea_{month:02}.nc": curvilinear().isel(time=month) for month in range(MONTHS)}


FILL = netCDF4.default_fillvals
NOLEAP, DAYS_360 = (
    [cftime.datetime(2010 + n // 12, n % 12 + 1, 16, calendar=calendar) for n in range(MONTHS)]
    for calendar in ("noleap", "360_day")
)
YEAR_1 = np.datetime64("0001-01", "M") + np.arange(MONTHS)


def by_place(data, split):
    """The fields (F, P) of a split in an order that follows from the places alone."""
    order = np.lexsort((np.rint(data["longitude"] % 360), np.rint(data["latitude"])))
    return data[split].values[:, order]
