"""Pictures, videos, variables and volumes: their common form, from small files and generated."""

import numpy as np
import pytest
import xarray as xr
from fieldbench.datasets import (
    _samples,
    analytic_volume,
    image_file,
    image_synthetic,
    kodak,
    netcdf_field,
    shadedrelief,
    sst_field,
    sunspot_crisp,
    sunspot_field,
    video_clip,
    wind_field,
)
from fieldbench.datasets.availability import unavailable
from fieldbench.errors import UserError
from PIL import Image

ORIGIN = {"source": "a test", "licence": "CC0", "file_checksums": ""}
ATTRIBUTES = ("title", "kind", "units", "peak", "levels", "source", "licence", "file_checksums", "notes")
GREY = np.arange(24, dtype=np.uint8).reshape(4, 6)


def grey_picture(values=GREY):
    return np.repeat(values[..., None], 3, -1)


def check_form(data, dims, channels):
    assert data["field"].dims == dims and data["field"].dtype == np.float32
    assert tuple(data["channel"].values) == channels
    assert not [name for name in ATTRIBUTES if name not in data.attrs]
    assert data["field"].attrs["units"] == data.attrs["units"]


def test_a_picture_has_values_of_255_steps():
    data = _samples.picture(grey_picture(), title="grey", **ORIGIN)
    check_form(data, ("channel", "y", "x"), ("R", "G", "B"))
    np.testing.assert_array_equal(data["field"][1], GREY.astype(np.float32) / np.float32(255))
    assert (data.attrs["peak"], data.attrs["levels"], data.attrs["kind"]) == (1.0, 256, "image")


def test_means_of_blocks_are_whole_levels_and_the_rest_is_cut_off():
    data = _samples.picture(grey_picture(), reduce=2, crop=[0, 4, 1, 6], title="grey", **ORIGIN)
    # Columns 1 to 4: means of 1, 2, 7, 8 = 4.5 and of 3, 4, 9, 10 = 6.5, rounded to even; then 16.5 and 18.5.
    np.testing.assert_allclose(255 * data["field"][0], [[4, 6], [16, 18]], rtol=1e-6)


def test_a_video_is_reduced_in_space_only():
    frames = np.stack([grey_picture(), grey_picture(GREY + 100)])
    data = _samples.picture(frames, reduce=2, title="film", frames_per_second=25.0, **ORIGIN)
    check_form(data, ("channel", "frame", "y", "x"), ("R", "G", "B"))
    assert data["field"].shape == (3, 2, 2, 3)
    assert data.attrs["kind"] == "video" and data.attrs["frames_per_second"] == 25


def test_a_variable_has_the_range_of_its_known_values_as_peak():
    values = np.array([[[1.0, np.nan], [3.0, 7.0]]])
    field = xr.DataArray(values, dims=("channel", "y", "x"), coords={"channel": ["t"]})
    data = _samples.variable(field, units="degC", title="t", **ORIGIN)
    check_form(data, ("channel", "y", "x"), ("t",))
    assert (data.attrs["peak"], data.attrs["levels"], data.attrs["units"]) == (6.0, 0, "degC")
    assert np.isnan(data["field"].values[0, 0, 1])
    reduced = _samples.arranged(field, reduce=2, crop=None)
    assert float(reduced[0, 0, 0]) == pytest.approx(11 / 3)


@pytest.mark.parametrize("values", [np.full((1, 2, 2), np.nan), np.ones((1, 2, 2))])
def test_a_variable_without_two_values_is_refused(values):
    field = xr.DataArray(values, dims=("channel", "y", "x"), coords={"channel": ["t"]})
    with pytest.raises(UserError, match="no two different known values"):
        _samples.variable(field, units="degC", title="t", **ORIGIN)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"reduce": 0}, "`reduce` is 0"),
        ({"reduce": 5}, "shorter side of 4 x 6"),
        ({"crop": [0, 5, 0, 6]}, "does not fit a field of 4 x 6"),
    ],
)
def test_regions_that_do_not_fit_are_refused(params, message):
    with pytest.raises(UserError, match=message):
        _samples.picture(grey_picture(), title="grey", **params, **ORIGIN)


@pytest.mark.parametrize(("suffix", "mode"), [("png", "RGB"), ("png", "L"), ("tif", "RGBA"), ("bmp", "RGB")])
def test_own_pictures_are_read_as_rgb(tmp_path, suffix, mode):
    Image.fromarray(grey_picture()).convert(mode).save(tmp_path / f"mine.{suffix}")
    data = image_file.load(path=f"mine.{suffix}", data_root=str(tmp_path), download=False)
    np.testing.assert_array_equal(np.rint(255 * data["field"].values[2]), GREY)
    assert data.attrs["title"] == f"mine.{suffix}" and "sha256:" in data.attrs["file_checksums"]


def test_a_damaged_picture_is_named(tmp_path):
    (tmp_path / "mine.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(UserError, match=r"mine\.png is damaged or not a picture"):
        image_file.load(path="mine.png", data_root=str(tmp_path), download=False)


@pytest.fixture
def write(write_netcdf):
    """A function that writes a variable (time, lat, lon) of 2 x 3 x 4 values and gives the path."""

    def write(values=None, **attributes):
        values = np.arange(24.0).reshape(2, 3, 4) if values is None else values
        return write_netcdf("field.nc", t=(("time", "lat", "lon"), values, {"units": "K", **attributes}))

    return write


def test_own_fields_are_planes_of_a_variable(write):
    path = write()
    where = {"path": path, "variable": "t", "data_root": None, "download": False}
    data = netcdf_field.load(**where, select={"time": 1}, crop=[0, 2, 0, 4])
    check_form(data, ("channel", "y", "x"), ("t",))
    np.testing.assert_array_equal(data["field"][0], np.arange(12.0, 20.0).reshape(2, 4))
    assert data.attrs["units"] == "K" and data.attrs["peak"] == 7
    across = netcdf_field.load(**where, select={"lat": 0}, units="degC")
    assert across["field"].shape == (1, 2, 4) and across.attrs["units"] == "degC"


def test_values_that_are_not_finite_are_unknown(write):
    values = np.arange(24.0).reshape(2, 3, 4)
    values[0, 0, 0], values[0, 1, 1], values[0, 2, 2] = np.nan, np.inf, -999
    where = {"variable": "t", "data_root": None, "download": False, "select": {"time": 0}}
    data = netcdf_field.load(path=write(values, missing_value=-999.0), **where)
    assert np.argwhere(np.isnan(data["field"].values[0])).tolist() == [[0, 0], [1, 1], [2, 2]]


def test_values_that_look_missing_are_asked_about(write):
    values = np.arange(24.0).reshape(2, 3, 4)
    values[0, 0, :2] = -999
    where = {
        "path": write(values),
        "variable": "t",
        "data_root": None,
        "download": False,
        "select": {"time": 0},
    }
    with pytest.raises(UserError, match=r"such as -999, lie far from the others, .* set `missing: \[-999\]`"):
        netcdf_field.load(**where)
    assert np.isnan(netcdf_field.load(**where, missing=[-999])["field"].values).sum() == 2
    assert netcdf_field.load(**where, missing=[]).attrs["peak"] == 11 + 999


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "`select` must leave two"),
        ({"select": {"time": 2}}, "correct `select`"),
        ({"select": {"level": 0}}, "correct `select`"),
        ({"variable": "u"}, "no variable 'u'"),
        ({"select": {"time": 0}, "reduce": 4}, "`reduce` is 4"),
    ],
)
def test_what_is_not_in_the_file_is_refused(write, params, message):
    with pytest.raises(UserError, match=message):
        netcdf_field.load(**{"path": write(), "variable": "t", "data_root": None, "download": False} | params)


def test_a_variable_without_units_is_refused(write):
    with pytest.raises(UserError, match="set `units`"):
        netcdf_field.load(
            path=write(units=""), variable="t", data_root=None, download=False, select={"time": 0}
        )


def test_the_sunspot_is_the_inverted_component_where_the_inversion_holds(monkeypatch, tmp_path):
    planes = {name: np.full((2, 2), 1.0) for name in sunspot_crisp.PLANES}
    planes["strength"] = np.array([[1000.0, 2000.0], [500.0, 800.0]])
    planes["inclination"] = np.array([[60.0, 180.0], [90.0, -5.0]])
    inverted = xr.Dataset({name: (("y", "x"), plane) for name, plane in planes.items()})
    monkeypatch.setattr(sunspot_field, "locate", lambda *_, **__: tmp_path)
    monkeypatch.setattr(sunspot_crisp, "read_inversion", lambda _: inverted)
    data = sunspot_field.load(data_root=None, download=False)
    np.testing.assert_allclose(data["field"].values[0], [[500, -2000], [0, np.nan]], atol=1e-3)
    assert data.attrs["units"] == "gauss" and "1 of 4 pixels" in data.attrs["notes"]


def test_each_kodak_photograph_needs_its_own_file_alone(tmp_path, empty_cache):
    (tmp_path / "kodak").mkdir()
    (tmp_path / "kodak" / "kodim07.png").touch()
    where = {"data_root": str(tmp_path), "download": False}
    assert unavailable("kodak", number=7, **where) is None
    assert "kodim08.png is missing" in unavailable("kodak", number=8, reduce=2, **where)


@pytest.mark.parametrize("number", [0, 25])
def test_there_are_24_kodak_photographs(number):
    message = f"`number` of a data set is {number}; it must be 1 to 24"
    with pytest.raises(UserError, match=message):
        unavailable("kodak", number=number, data_root=None, download=True)
    with pytest.raises(UserError, match=message):
        kodak.load(number=number, data_root=None, download=True)


def test_a_generated_picture_is_the_same_scene_at_every_size():
    small, large = (
        image_synthetic.load(shape=[side, side], seed=3, detail=0.0)["field"].values for side in (32, 96)
    )
    assert np.abs(small - large[:, 1::3, 1::3]).max() < 1e-6
    again = image_synthetic.load(shape=[32, 32], seed=3, detail=0.0)["field"].values
    np.testing.assert_array_equal(again, small)
    assert np.abs(image_synthetic.load(shape=[32, 32], seed=4)["field"].values - small).mean() > 0.05


def test_detail_adds_what_is_hard_to_code():
    plain, busy = (
        image_synthetic.load(shape=[48, 64], seed=1, detail=detail)["field"].values for detail in (0.0, 1.0)
    )
    roughness = [np.abs(np.diff(picture)).mean() for picture in (plain, busy)]
    assert roughness[1] > 1.5 * roughness[0]


@pytest.mark.parametrize("params", [{"shape": [8, 64]}, {"shape": [64]}, {"shape": [64, 64], "detail": -1}])
def test_pictures_that_cannot_be_generated_are_refused(params):
    with pytest.raises(UserError, match="image_synthetic has `shape`"):
        image_synthetic.load(**params)


def test_the_volume_is_solid_inside_and_empty_outside():
    data = analytic_volume.load(side=32)
    check_form(data, ("channel", "z", "y", "x"), ("density", "R", "G", "B"))
    density, *colours = data["field"].values
    assert density[12, 12, 11] > 0.999  # the middle of the ball
    assert density[0, 0, 0] < 1e-6 and max(colour[0, 0, 0] for colour in colours) < 1e-6
    np.testing.assert_allclose(
        [colour[23, 8, 22] for colour in colours], [0.2, 0.7, 0.3], atol=0.01
    )  # the box
    assert data["field"].values.min() >= 0 and data["field"].values.max() <= 1


def test_a_finer_volume_holds_the_same_solids():
    coarse, fine = (analytic_volume.load(side=side)["field"].values for side in (24, 48))
    means = fine.reshape(4, 24, 2, 24, 2, 24, 2).mean((2, 4, 6))
    assert np.abs(means[0] - coarse[0]).max() < 0.2
    assert means[0].mean() == pytest.approx(coarse[0].mean(), rel=0.01)


def test_real_photographs(real_data):
    whole = kodak.load(number=14, data_root=real_data, download=False)
    assert whole["field"].shape == (3, 512, 768)
    with Image.open(f"{real_data}/kodak/kodim14.png") as image:
        pixels = np.asarray(image)
    np.testing.assert_array_equal(np.rint(255 * whole["field"].values), pixels.transpose(2, 0, 1))
    assert kodak.load(number=4, data_root=real_data, download=False, reduce=4)["field"].shape == (3, 192, 128)


def test_the_real_clip_and_its_parts(real_data):
    how = {"data_root": real_data, "download": False, "reduce": 4}
    clip = video_clip.load(frames=[88, 92], **how)
    assert clip["field"].shape == (3, 4, 68, 160) and clip.attrs["frames_per_second"] == 25
    later = video_clip.load(frames=[90, 92], **how)
    np.testing.assert_array_equal(later["field"], clip["field"][:, 2:])
    with pytest.raises(UserError, match="`frames`"):
        video_clip.load(frames=[240, 251], **how)


def test_real_fields(real_data):
    sea = sst_field.load(month=0, data_root=real_data, download=False)
    assert sea["field"].shape == (1, 89, 180) and int(sea["field"].isnull().sum()) == 5032
    assert "2010-01" in sea.attrs["title"] and sea.attrs["units"] == "degC"
    with pytest.raises(UserError, match="correct `select`"):
        sst_field.load(month=128, data_root=real_data, download=False)
    spot = sunspot_field.load(data_root=real_data, download=False)
    assert spot["field"].shape == (1, 298, 294) and int(spot["field"].isnull().sum()) == 9828
    assert float(spot["field"].min()) < -2000
    wind = wind_field.load(level=850, data_root=real_data, download=False)
    assert (
        wind["field"].shape == (1, 241, 480)
        and wind.attrs["units"] == "m s-1"
        and "850" in wind.attrs["title"]
    )


def test_the_real_relief(real_data):
    part = shadedrelief.load(data_root=real_data, download=False, crop=[1000, 1040, 5000, 5060], reduce=2)
    assert part["field"].shape == (3, 20, 30)


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "LAB"])
def test_pixels_that_8_bits_of_rgb_would_cut_off_are_refused(tmp_path, mode):
    values = {"I;16": GREY.astype(np.uint16) * 1000, "I": GREY.astype(np.int32), "F": GREY.astype(np.float32)}
    picture = Image.fromarray(values[mode]) if mode in values else Image.new("LAB", (4, 4))
    picture.save(tmp_path / "in.tif")
    with pytest.raises(
        UserError, match=f"holds pixels of Pillow's mode {mode}; save one picture of 8-bit RGB"
    ):
        _samples.read_image(tmp_path / "in.tif")


def test_several_pictures_are_refused(tmp_path):
    frames = [Image.fromarray(GREY + step) for step in range(2)]
    frames[0].save(tmp_path / "in.tif", save_all=True, append_images=frames[1:])
    with pytest.raises(UserError, match="holds 2 pictures"):
        _samples.read_image(tmp_path / "in.tif")
