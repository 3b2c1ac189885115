"""`fieldbench encode` and `fieldbench decode` on people's files of every kind."""

from contextlib import contextmanager

import imagecodecs
import numpy as np
import pytest
import xarray as xr
from fieldbench import cli
from fieldbench.compression import commands, container, formats, search
from fieldbench.compression.efforts import DEFAULT, EFFORTS, Effort
from fieldbench.compression.field import make
from PIL import Image

Y, X = np.mgrid[:12, :16]
GREY = (128 + 60 * np.sin(X / 4) + 40 * np.cos(Y / 3)).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)
QUICK = ["--steps", "2", "--codec", "shacira"]


def lossless(source, coded, target, *options):
    """Encode without any error and decode again."""
    assert cli.main(["encode", str(source), str(coded), *QUICK, *options]) == 0
    assert cli.main(["decode", str(coded), str(target)]) == 0


COLOURS_OF_PALETTES = {"P": "RGB", "P-transparent": "RGBA"}


def pictures():
    palette = Image.fromarray(COLOUR).quantize(16)
    clear = palette.copy()
    clear.info["transparency"] = 3
    return {
        "1": Image.fromarray(GREY > 128),
        "L": Image.fromarray(GREY),
        "LA": Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(GREY.T.copy().reshape(12, 16))]),
        "P": palette,
        "P-transparent": clear,
        "RGB": Image.fromarray(COLOUR),
        "RGBA": Image.merge(
            "RGBA", [Image.fromarray(np.ascontiguousarray(c)) for c in (*COLOUR.transpose(2, 0, 1), GREY)]
        ),
        "I;16": Image.fromarray(GREY.astype(np.uint16) * 257 + 3),
    }


@pytest.mark.parametrize("mode", pictures())
def test_a_picture_of_every_mode_comes_back_without_error_if_asked_for(tmp_path, mode):
    """In its mode, but for palettes: their colours come back."""
    picture = pictures()[mode]
    picture.save(tmp_path / "in.png")
    lossless(tmp_path / "in.png", tmp_path / "x.fbc", tmp_path / "out.png", "--max-error", "0")
    with Image.open(tmp_path / "in.png") as before, Image.open(tmp_path / "out.png") as after:
        assert after.mode == COLOURS_OF_PALETTES.get(mode, before.mode)
        for convert in ("RGBA", after.mode):
            one, other = (np.asarray(image.convert(convert)) for image in (before, after))
            assert np.array_equal(one, other)


def test_16_bits_per_channel_come_back(tmp_path):
    deep = COLOUR.astype(np.uint16) * 257 + X[..., None].astype(np.uint16)
    imagecodecs.imwrite(tmp_path / "in.png", deep)
    lossless(tmp_path / "in.png", tmp_path / "x.fbc", tmp_path / "out.png", "--max-error", "0")
    assert np.array_equal(imagecodecs.imread(tmp_path / "out.png"), deep)


def sea(path):
    """Two variables of one step of time, unknown on an island."""
    temperature = np.where((Y - 5) ** 2 + (X - 8) ** 2 < 9, np.nan, 10 + Y + X / 3.0)[None]
    about = {"units": "degC", "long_name": "temperature"}
    dims = ("time", "lat", "lon")
    data = xr.Dataset(
        {"t": (dims, temperature, about), "u": (dims, temperature * 2, {"units": "m s-1"})},
        {
            "time": ("time", [3.0], {"units": "days since 2000-01-01"}),
            "lat": ("lat", np.linspace(-10, 10, 12), {"units": "degrees_north"}),
            "lon": np.linspace(0, 5, 16),
        },
        {"title": "a sea"},
    )
    data.to_netcdf(path)
    return data


def test_a_variable_comes_back_within_its_bound_with_coordinates_and_attributes(tmp_path, capsys):
    before = sea(tmp_path / "in.nc")
    lossless(
        tmp_path / "in.nc", tmp_path / "x.fbc", tmp_path / "out.nc", "--variable", "t", "--max-error", "0.25"
    )
    shown = " ".join(capsys.readouterr().out.split())
    error = float(shown.split("largest error ")[1].split(" degC")[0])
    raw = {"decode_times": False}
    with (
        xr.open_dataset(tmp_path / "out.nc", **raw) as after,
        xr.open_dataset(tmp_path / "in.nc", **raw) as opened,
    ):
        assert after["t"].dims == ("time", "lat", "lon") and list(after.data_vars) == ["t"]
        assert np.array_equal(after["t"].isnull(), before["t"].isnull())
        off = float(np.abs(after["t"] - before["t"]).max())
        assert off <= 0.25 and off == pytest.approx(error, rel=1e-2)
        assert after["t"].attrs == before["t"].attrs and after.attrs == before.attrs
        for name in ("time", "lat", "lon"):
            xr.testing.assert_identical(after[name], opened[name])


def test_variables_of_different_units_share_a_file_but_no_bound(tmp_path, capsys):
    before = sea(tmp_path / "in.nc")
    both = ["--variable", "t", "u"]
    lossless(tmp_path / "in.nc", tmp_path / "x.fbc", tmp_path / "out.nc", *both, "--steps", "60")
    with xr.open_dataset(tmp_path / "out.nc", decode_times=False) as after:
        for name in ("t", "u"):
            assert after[name].attrs == before[name].attrs
            assert float(np.abs(after[name] - before[name]).max()) < float(
                before[name].max() - before[name].min()
            )
    capsys.readouterr()
    assert (
        cli.main(
            ["encode", str(tmp_path / "in.nc"), str(tmp_path / "y.fbc"), *QUICK, *both, "--max-error", "1"]
        )
        == 1
    )
    assert "variables of one unit" in capsys.readouterr().err and not (tmp_path / "y.fbc").exists()


def test_a_bound_alone_trains_nothing_and_says_what_each_coder_took(tmp_path, capsys):
    before = sea(tmp_path / "in.nc")
    source, coded = str(tmp_path / "in.nc"), str(tmp_path / "x.fbc")
    assert cli.main(["encode", source, coded, "--variable", "t", "--max-error", "0.25"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for name in search.ALL:
        assert name in shown
    assert cli.main(["decode", coded, str(tmp_path / "out.nc")]) == 0
    with xr.open_dataset(tmp_path / "out.nc", decode_times=False) as after:
        assert 0 < float(np.abs(after["t"] - before["t"]).max()) <= 0.25
        assert np.array_equal(after["t"].isnull(), before["t"].isnull())
    assert (
        cli.main(["encode", source, coded, "--variable", "t", "--max-error", "0.25", "--time", "1e-9"]) == 0
    )
    shown = " ".join(capsys.readouterr().out.split())
    assert "by interpolated" in shown and "sz3: no time was left" in shown


def test_a_picture_without_error_takes_less_than_its_png(tmp_path):
    picture = np.kron(COLOUR, np.ones((4, 4, 1), np.uint8))
    Image.fromarray(picture).save(tmp_path / "in.png")
    assert cli.main(["encode", str(tmp_path / "in.png"), str(tmp_path / "x.fbc"), "--max-error", "0"]) == 0
    assert cli.main(["decode", str(tmp_path / "x.fbc"), str(tmp_path / "out.png")]) == 0
    with Image.open(tmp_path / "out.png") as again:
        assert np.array_equal(np.asarray(again), picture)
    assert (tmp_path / "x.fbc").stat().st_size < (tmp_path / "in.png").stat().st_size


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((9,), "f8"), ((5, 6), "f4"), ((4, 5, 6), "i2"), ((2, 4, 5, 6), "f4"), ((1, 5, 6), "u1")],
)
def test_an_array_comes_back_in_its_type_and_shape(tmp_path, shape, dtype):
    array = (np.random.default_rng(0).normal(size=shape) * 20 + 100).astype(dtype)
    np.save(tmp_path / "in.npy", array)
    lossless(tmp_path / "in.npy", tmp_path / "x.fbc", tmp_path / "out.npy", "--max-error", "0.4")
    found = np.load(tmp_path / "out.npy")
    assert found.shape == array.shape and found.dtype == array.dtype
    assert np.abs(found.astype(float) - array).max() <= (0 if array.dtype.kind in "iu" else 0.4)


def test_a_video_comes_back_as_a_lossless_one(tmp_path):
    frames = np.stack([np.roll(COLOUR, shift, axis=1) for shift in range(3)])
    values = np.moveaxis(frames, -1, 0) / np.float32(255)
    how = {"kind": "video", "units": "1", "peak": 1.0, "levels": 256, "channels": tuple("RGB")}
    film = make(values.astype(np.float32), attributes={"frames_per_second": 12.0}, **how)
    content = formats.Content(film, {})
    formats.writer(tmp_path / "in.mkv", content)(content, tmp_path / "in.mkv")
    lossless(tmp_path / "in.mkv", tmp_path / "x.fbc", tmp_path / "out.mkv", "--max-error", "0")
    again = formats.read(tmp_path / "out.mkv").field
    assert np.array_equal(np.rint(again.values * 255), np.moveaxis(frames, -1, 0))
    assert again.attributes["frames_per_second"] == 12.0
    assert cli.main(["decode", str(tmp_path / "x.fbc"), str(tmp_path / "out.nc")]) == 0
    with xr.open_dataset(tmp_path / "out.nc") as data:
        assert data["field"].dims == ("channel", "frame", "y", "x")


def test_the_summary_states_size_rate_quality_and_error(tmp_path, capsys):
    Image.fromarray(COLOUR).save(tmp_path / "in.png")
    assert cli.main(["encode", str(tmp_path / "in.png"), str(tmp_path / "x.fbc"), *QUICK]) == 0
    shown = capsys.readouterr().out
    size = (tmp_path / "x.fbc").stat().st_size
    assert f"{size:,} bytes" in shown and f"{8 * size / (12 * 16):.3f} bits per sample" in shown
    for word in ("image of 12 x 16 samples, 3 channels", "times smaller than in.png", " dB", "largest error"):
        assert word in shown


def fails(capsys, *arguments):
    assert cli.main([str(argument) for argument in arguments]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ") and message.count("\n") == 1
    return message


def test_every_fault_is_one_sentence_and_exit_status_1(tmp_path, capsys):
    picture, coded = tmp_path / "in.png", tmp_path / "x.fbc"
    Image.fromarray(COLOUR).save(picture)
    (tmp_path / "damaged.png").write_bytes(picture.read_bytes()[:200])
    (tmp_path / "text.xyz").write_text("?")
    (tmp_path / "text.npy").write_text("?")
    (tmp_path / "text.nc").write_text("?")
    (tmp_path / "text.mp4").write_text("?")
    sea(tmp_path / "sea.nc")
    assert "does not exist" in fails(capsys, "encode", tmp_path / "none.png", coded)
    assert "unknown extension" in fails(capsys, "encode", tmp_path / "text.xyz", coded)
    for name in ("damaged.png", "text.npy", "text.nc", "text.mp4"):
        assert f"{name} is damaged" in fails(capsys, "encode", tmp_path / name, coded)
    assert "has the variables t, u; choose" in fails(capsys, "encode", tmp_path / "sea.nc", coded)
    assert "--variable is for NetCDF" in fails(capsys, "encode", picture, coded, "--variable", "t")
    assert "Cannot write" in fails(capsys, "encode", picture, picture / "x.fbc", *QUICK)
    assert "Unknown type 'zip'" in fails(capsys, "encode", picture, coded, "--codec", "zip")
    assert "network and header alone" in fails(capsys, "encode", picture, coded, *QUICK, "--rate", "0.1")
    for training in (("--steps", "3"), ("--seed", "3"), ("--effort", "low")):
        assert "alone trains nothing" in fails(
            capsys, "encode", picture, coded, "--max-error", "1", *training
        )
    assert "is not an .fbc file" in fails(capsys, "decode", picture, tmp_path / "out.png")
    assert "Cannot read" in fails(capsys, "decode", tmp_path / "none.fbc", tmp_path / "out.png")
    assert not coded.exists()
    assert cli.main(["encode", str(picture), str(coded), *QUICK]) == 0
    capsys.readouterr()
    assert "is written as" in fails(capsys, "decode", coded, tmp_path / "out.mp4")
    assert "Cannot write" in fails(capsys, "decode", coded, picture / "out.png")
    coded.write_bytes(coded.read_bytes()[:-3])
    assert "x.fbc is cut short" in fails(capsys, "decode", coded, tmp_path / "out.png")
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.name.startswith((".", "out"))) == []


def test_efforts_are_steps_and_sizes_of_networks(tmp_path, monkeypatch):
    assert [*EFFORTS] == ["low", "medium", "high"]
    assert EFFORTS["low"].steps < EFFORTS[DEFAULT].steps < EFFORTS["high"].steps
    monkeypatch.setitem(EFFORTS, "low", Effort(3, {"hidden": 5}))
    Image.fromarray(COLOUR).save(tmp_path / "in.png")
    seen = []

    @contextmanager
    def noted(_console):
        yield seen.append

    monkeypatch.setattr(commands, "_bar", noted)
    assert cli.main(["encode", str(tmp_path / "in.png"), str(tmp_path / "x.fbc"), "--effort", "low"]) == 0
    header, _ = container.unpack((tmp_path / "x.fbc").read_bytes())
    assert header["options"]["hidden"] == 5
    assert [(so_far.done, so_far.steps) for so_far in seen] == [(1, 3), (2, 3), (3, 3)]
    assert (
        cli.main(["encode", str(tmp_path / "in.png"), str(tmp_path / "x.fbc"), *QUICK, "--effort", "low"])
        == 0
    )
    assert seen[-1].steps == 2  # told by --steps


def test_a_rate_and_a_bound_exclude_each_other():
    with pytest.raises(SystemExit) as stop:
        cli.main(["encode", "a.png", "b.fbc", "--rate", "1", "--max-error", "1"])
    assert stop.value.code == 2
