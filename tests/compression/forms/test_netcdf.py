"""Each property that NetCDF files have comes back as it was, and measurements within the bound."""

import netCDF4
import numpy as np
import pytest

from tests.compression.forms.round_trip import QUICK, refusal, round_trip

BOUND = 0.05
RANDOM = np.random.default_rng(0)
FIELD = 15 + np.cumsum(RANDOM.normal(0, 0.3, (3, 6, 8)), 2).astype("f4")
LAND = np.zeros(FIELD.shape, bool)
LAND[:, 2:4, 3:6] = True


def around(file, unlimited=False):
    """Dimensions and coordinates."""
    file.createDimension("time", None if unlimited else 3)
    file.createDimension("lat", 6)
    file.createDimension("lon", 8)
    for name, values, unit in (
        ("time", np.array([5, 36, 64], "i4"), "days since 2000-01-01"),
        ("lat", np.linspace(-10, 10, 6), "degrees_north"),
        ("lon", np.linspace(0, 7, 8).astype("f4"), "degrees_east"),
    ):
        variable = file.createVariable(name, values.dtype, (name,))
        variable.units = unit
        variable[:] = values


def field(file, values=FIELD, dtype=None, fill=None, name="t", axes=("time", "lat", "lon"), **attributes):
    variable = file.createVariable(name, dtype or values.dtype, axes, fill_value=fill)
    variable.set_auto_maskandscale(False)
    variable.setncatts({"units": "degC", **attributes})
    variable[...] = values
    return variable


def filled(value, dtype="f4"):
    return np.where(LAND, value, FIELD).astype(dtype)


PACKED = np.where(LAND, -32768, np.round((FIELD - 10) / 0.01)).astype("i2")
PACKING = {"scale_factor": 0.01, "add_offset": 10.0}


def plain(file):
    around(file)
    field(file, filled(np.nan), long_name="temperature", cell_methods="time: mean")


def unlimited(file):
    around(file, unlimited=True)
    field(file)


def fill_value(file):
    around(file)
    field(file, filled(-999), fill=np.float32(-999))


def two_fills(file):
    around(file)
    values = filled(-999)
    values[:, 2, 3] = -888
    field(file, values, fill=np.float32(-999), missing_value=np.float32(-888))


def fill_as_text(file):
    around(file)
    field(file, filled(-999), missing_value="-999")


def default_fill(file):
    around(file)
    field(file, filled(netCDF4.default_fillvals["f4"]))


def unsaid_fill(file):
    around(file)
    field(file, filled(-9999))


def packed(file):
    around(file)
    field(file, PACKED, fill=np.int16(-32768), **PACKING)


def valid_range(file):
    around(file)
    field(file, filled(300), valid_range=np.array([-2, 45], "f4"))


def packed_valid_range(file):
    around(file)
    field(file, PACKED, valid_min=np.int16(-1000), valid_max=np.int16(3000), **PACKING)


def unsigned_bytes(file):
    around(file)
    steps = np.where(LAND, 255, np.clip(np.round(FIELD / 0.15), 0, 254)).astype("u1").view("i1")
    field(file, steps, fill=np.int8(-1), _Unsigned="true", scale_factor=0.15)


def infinities(file):
    around(file)
    values = FIELD.copy()
    values[0, 0, 0], values[1, 5, 7], values[2, 3, 3] = np.inf, -np.inf, np.nan
    field(file, values)


def masks_that_differ(file):
    file.createDimension("member", 2)
    around(file)
    values = np.stack([FIELD, FIELD + 1])
    values[0, 1, :3], values[1, 2, 4:] = np.nan, np.nan
    field(file, values, axes=("member", "time", "lat", "lon"))


def nanoseconds(file):
    file.createDimension("time", 3)
    file.createDimension("y", 6)
    file.createDimension("x", 8)
    times = file.createVariable("time", "i8", ("time",))
    times.units = "nanoseconds since 1970-01-01"
    times[:] = np.array([1_500_000_000_123_456_789, 1_500_000_000_123_456_791, 2**62], "i8")
    field(file, axes=("time", "y", "x"))


def unsigned_coordinate(file):
    plain(file)
    file.createDimension("band", 1)
    file.createVariable("band", "u8", ("band",))[:] = np.array([2**64 - 1], "u8")


def seconds_beyond_2100(file):
    around(file)
    file["time"].units = "seconds since 2101-01-01"
    field(file)


def bounds_and_mapping(file):
    around(file)
    file.createDimension("ends", 2)
    file["lat"].bounds = "lat_bnds"
    file.createVariable("lat_bnds", "f8", ("lat", "ends"))[:] = np.arange(12.0).reshape(6, 2)
    mapping = file.createVariable("crs", "i4", ())
    mapping.grid_mapping_name, mapping.semi_major_axis = "latitude_longitude", 6378137.0
    field(file, grid_mapping="crs")


def curvilinear(file):
    around(file)
    for name in ("nav_lat", "nav_lon"):
        file.createVariable(name, "f4", ("lat", "lon"))[:] = RANDOM.normal(size=(6, 8))
    field(file, coordinates="nav_lon nav_lat")


def texts(file):
    around(file)
    file.createDimension("letters", 10)
    times = file.createVariable("Times", "S1", ("time", "letters"))
    times[:] = np.array([list("2000-01-0" + str(day)) for day in (1, 2, 3)], "S1")
    file.createVariable("season", str, ("time",))[:] = np.array(["winter", "spring", "été"], object)
    field(file)


def attributes(file):
    around(file)
    field(file, flags=np.array([1, 2**40], "i8"), share=np.float32(0.1), note="°", whole=np.uint8(3))
    file["t"].setncattr("names", ["one", "two"])
    file.title, file.version, file.huge = "a sea", np.int64(2**60), np.uint64(2**63)


def group(file):
    ocean = file.createGroup("ocean")
    ocean.model = "none"
    around(file)
    field(ocean)


def other_order(file):
    around(file)
    field(file, FIELD.transpose(2, 0, 1).copy(), axes=("lon", "time", "lat"))


def large_offset(file):
    around(file)
    field(file, 1e9 + FIELD.astype("f8"))


def whole_numbers(file):
    around(file)
    values = RANDOM.integers(-128, 127, FIELD.shape).astype("i1")
    field(file, values)


def truth_values(file):
    """As xarray writes them."""
    around(file)
    field(file, LAND.astype("i1")).setncattr("dtype", "bool")


KINDS = [
    plain, unlimited, fill_value, two_fills, fill_as_text, default_fill, unsaid_fill, packed, valid_range,
    packed_valid_range, unsigned_bytes, infinities, masks_that_differ, nanoseconds, unsigned_coordinate,
    seconds_beyond_2100, bounds_and_mapping, curvilinear, texts, attributes, group, other_order, large_offset,
    whole_numbers, truth_values,
]  # fmt: skip


def opened(path):
    file = netCDF4.Dataset(path)
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    return file


def told(owner):
    """Attributes with their types, in their order."""
    values = [(name, owner.getncattr(name)) for name in owner.ncattrs()]
    return [(name, np.asarray(value).dtype.str, np.asarray(value).tolist()) for name, value in values]


def assert_same(before, after, coded):
    """One group like the other: all but the coded variable to the bit."""
    assert told(after) == told(before) and set(after.variables) == set(before.variables)
    for name, dimension in before.dimensions.items():
        again = after.dimensions[name]
        assert (len(again), again.isunlimited()) == (len(dimension), dimension.isunlimited())
    for name, variable in before.variables.items():
        again = after.variables[name]
        assert (again.dtype, again.dimensions) == (variable.dtype, variable.dimensions)
        assert told(again) == told(variable)
        if name != coded:
            assert again[...].tolist() == variable[...].tolist()
    for name, inner in before.groups.items():
        assert_same(inner, after.groups[name], coded)


def unpacked(variable):
    """Stored values, measurements in double precision, and what is no measurement: land, or what is not finite."""
    stored = variable[...]
    if "_Unsigned" in variable.ncattrs():
        stored = stored.view("u1")
    about = {
        name: float(getattr(variable, name, usual))
        for name, usual in (("scale_factor", 1), ("add_offset", 0))
    }
    return stored, stored.astype("f8") * about["scale_factor"] + about["add_offset"]


WITH_LAND = (
    plain, fill_value, two_fills, fill_as_text, default_fill, unsaid_fill, packed, valid_range, packed_valid_range,
    unsigned_bytes, unsigned_coordinate,
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "form"),
    [*((kind, "NETCDF4") for kind in KINDS), *((kind, "NETCDF3_CLASSIC") for kind in (unlimited, packed))],
)
def test_a_file_comes_back_as_it_was(tmp_path, kind, form):
    before, after = tmp_path / "in.nc", tmp_path / "out.nc"
    with netCDF4.Dataset(before, "w", format=form) as file:
        kind(file)
    name = ["--variable", "ocean/t"] if kind is group else ["--variable", "t"]
    round_trip(before, after, "--max-error", BOUND, *name)
    with opened(before) as old, opened(after) as new:
        assert new.data_model == form
        assert_same(old, new, "t")
        place = "ocean/t" if kind is group else "t"
        (stored, values), (again, found) = unpacked(old[place]), unpacked(new[place])
        known = np.isfinite(values) & ~(LAND if kind in WITH_LAND else np.False_)
        assert np.abs(found[known] - values[known]).max() <= BOUND
        assert again[~known].tobytes() == stored[~known].tobytes()


def test_what_is_not_kept_and_what_is_taken_as_missing_is_said(tmp_path):
    with netCDF4.Dataset(tmp_path / "in.nc", "w") as file:
        unsaid_fill(file)
        field(file, name="salinity")
    said = round_trip(tmp_path / "in.nc", tmp_path / "out.nc", "--variable", "t")
    assert "not kept: the variables salinity" in said
    assert "18 values of -9999.0 are taken as missing; they come back as they are" in said


def test_a_lone_or_near_value_of_nines_is_a_measurement(tmp_path):
    values = FIELD.copy()
    values[0, 0, 0] = -999
    np.save(tmp_path / "one.npy", values)
    np.save(tmp_path / "near.npy", np.arange(-1000, -952).reshape(6, 8).clip(-999))
    for name in ("one", "near"):
        assert "taken as missing" not in round_trip(tmp_path / f"{name}.npy", tmp_path / "out.npy")


def test_measurements_are_written_as_an_array(tmp_path):
    with netCDF4.Dataset(tmp_path / "in.nc", "w") as file:
        packed(file)
    round_trip(tmp_path / "in.nc", tmp_path / "out.npy", "--max-error", BOUND)
    found, truth = np.load(tmp_path / "out.npy"), np.where(LAND, np.nan, PACKED * 0.01 + 10)
    assert found.shape == FIELD.shape and np.array_equal(np.isnan(found), LAND)
    assert np.abs(found - truth)[~LAND].max() <= BOUND


def test_files_without_a_variable_to_encode_are_told_why(tmp_path, capsys):
    source, coded = tmp_path / "in.nc", tmp_path / "x.fbc"
    with netCDF4.Dataset(source, "w") as file:
        file.createDimension("x", 3)
        kind = file.createEnumType("u1", "clouds", {"clear": 0, "overcast": 1})
        file.createVariable("sky", kind, ("x",))[:] = np.array([0, 1, 0], "u1")
    assert "none is an array of numbers" in refusal(capsys, "encode", source, coded)
    with netCDF4.Dataset(source, "w") as file:
        around(file)
        for place in ("air", "sea"):
            field(file.createGroup(place))
    assert "has the variables air/t, sea/t; choose" in refusal(capsys, "encode", source, coded)
    assert "different dimensions" in refusal(capsys, "encode", source, coded, "--variable", "air/t", "sea/t")
    assert "the limit is 100; if you trust it, give --limit" in refusal(
        capsys, "encode", source, coded, "--variable", "air/t", "--limit", 100, *QUICK
    )
