"""Pictures come back pixel by pixel in their mode, with their profile; or one sentence says why not."""

import imagecodecs
import numpy as np
import pytest
from fieldbench.compression import formats
from fieldbench.compression.forms import _sizes
from fieldbench.errors import UserError
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

from tests.compression.forms.round_trip import refusal, round_trip

Y, X = np.mgrid[:12, :16]
BANDS = [
    Image.fromarray((128 + 60 * np.sin(X / 4 + k) + 40 * np.cos(Y / 3)).astype(np.uint8)) for k in range(4)
]
REAL = np.random.default_rng(0).normal(size=(12, 16, 3)).astype("f4")
EXACT = ("--max-error", 0)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def merged(mode):
    return Image.merge(mode, BANDS[: len(mode)])


def coloured():
    return merged("RGB")


@pytest.mark.parametrize("mode", ["LAB", "CMYK"])
def test_colours_that_are_not_red_green_and_blue_come_back(tmp_path, mode):
    merged(mode).save(tmp_path / "in.tif")
    round_trip(tmp_path / "in.tif", tmp_path / "out.tif", *EXACT)
    with Image.open(tmp_path / "in.tif") as before, Image.open(tmp_path / "out.tif") as after:
        assert after.mode == mode and np.array_equal(np.asarray(after), np.asarray(before))


@pytest.mark.parametrize(
    ("suffix", "reason"), [(".webp", "CMYK would become RGB"), (".png", "cannot write mode CMYK")]
)
def test_a_format_that_cannot_hold_the_colours_is_refused(tmp_path, capsys, suffix, reason):
    merged("CMYK").save(tmp_path / "in.tif")
    round_trip(tmp_path / "in.tif", tmp_path / "out.tif")
    message = refusal(capsys, "decode", tmp_path / "in.fbc", tmp_path / f"out{suffix}")
    assert reason in message and "write a .tif instead" in message
    assert not (tmp_path / f"out{suffix}").exists()


@pytest.mark.parametrize(
    "real", [REAL[..., 0], REAL, REAL[..., 0].astype("f8"), (REAL[..., 0] * 1e5).astype("i4")]
)
def test_numbers_that_are_no_levels_come_back_in_their_type(tmp_path, real):
    colours = "rgb" if real.ndim == 3 else "minisblack"
    (tmp_path / "in.tif").write_bytes(imagecodecs.tiff_encode(real, photometric=colours))
    said = round_trip(tmp_path / "in.tif", tmp_path / "out.tif", *EXACT)
    found = imagecodecs.imread(tmp_path / "out.tif")
    assert found.dtype == real.dtype and np.array_equal(found, real)
    assert f"variable of 12 x 16 samples, {(real.ndim == 3 and 3) or 1} channels" in said


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2", ".jxl"])
def test_16_bits_of_three_channels_come_back_in_every_format_that_has_them(tmp_path, suffix):
    deep = (np.abs(REAL) * 9999).astype(np.uint16)
    imagecodecs.imwrite(tmp_path / "in.png", deep)
    round_trip(tmp_path / "in.png", tmp_path / f"out{suffix}", *EXACT)
    assert np.array_equal(imagecodecs.imread(tmp_path / f"out{suffix}"), deep)


def test_16_bits_are_not_halved_without_a_word(tmp_path, capsys):
    imagecodecs.imwrite(tmp_path / "in.png", (np.abs(REAL) * 9999).astype(np.uint16))
    round_trip(tmp_path / "in.png", tmp_path / "out.png")
    assert "16 bits in each channel" in refusal(capsys, "decode", tmp_path / "in.fbc", tmp_path / "out.webp")


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jxl", ".bmp"])
def test_lossless_formats_are_written_without_loss(tmp_path, suffix):
    coloured().save(tmp_path / "in.png")
    round_trip(tmp_path / "in.png", tmp_path / f"out{suffix}", *EXACT)
    assert np.array_equal(imagecodecs.imread(tmp_path / f"out{suffix}"), np.asarray(coloured()))


def test_a_format_that_changes_values_says_by_how_much(tmp_path):
    coloured().save(tmp_path / "in.png")
    said = round_trip(tmp_path / "in.png", tmp_path / "out.jpg", *EXACT)
    with Image.open(tmp_path / "out.jpg") as after:
        off = np.abs(np.asarray(after).astype(int) - np.asarray(coloured())).max()
    assert off > 0 and f"out.jpg itself changes values by up to {off}; a .png or .tif keeps them" in said


def test_profile_orientation_and_resolution_come_back(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    coloured().save(tmp_path / "in.png", icc_profile=PROFILE, exif=exif, dpi=(300, 300))
    assert "not kept" not in round_trip(tmp_path / "in.png", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as after:
        assert after.info["icc_profile"] == PROFILE and after.getexif()[274] == 6
        assert after.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    said = round_trip(tmp_path / "in.png", tmp_path / "out.ppm")
    assert all(f"not kept: its {what}" in said for what in ("icc_profile", "exif", "dpi"))


def test_what_a_picture_says_further_is_named(tmp_path):
    words = PngImagePlugin.PngInfo()
    words.add_text("Title", "x")
    coloured().save(tmp_path / "in.png", pnginfo=words)
    assert "not kept: its Title" in round_trip(tmp_path / "in.png", tmp_path / "out.png")
    place = TiffImagePlugin.ImageFileDirectory_v2()
    place[33550] = (10.0, 10.0, 0.0)
    place.tagtype[33550] = 12
    BANDS[0].save(tmp_path / "in.tif", tiffinfo=place)
    assert "not kept: its ModelPixelScaleTag" in round_trip(tmp_path / "in.tif", tmp_path / "out.tif")


def test_a_transparent_colour_becomes_a_channel(tmp_path):
    colour = np.asarray(coloured())[0, 0].tolist()
    coloured().save(tmp_path / "in.png", transparency=tuple(colour))
    round_trip(tmp_path / "in.png", tmp_path / "out.png", *EXACT)
    with Image.open(tmp_path / "in.png") as before, Image.open(tmp_path / "out.png") as after:
        assert after.mode == "RGBA" and after.getpixel((0, 0))[3] == 0
        assert np.array_equal(np.asarray(after), np.asarray(before.convert("RGBA")))


def test_a_gif_of_one_frame_is_a_picture_and_of_two_a_video(tmp_path):
    coloured().save(tmp_path / "one.gif")
    coloured().save(tmp_path / "two.gif", save_all=True, append_images=[BANDS[1].convert("RGB")])
    one = formats.read(tmp_path / "one.gif")
    assert one.field.kind == "image" and one.notes == ("not kept: its palette: the colours come back as RGB",)
    with Image.open(tmp_path / "one.gif") as picture:
        assert np.array_equal(one.field.pixels(), np.asarray(picture.convert("RGB")))
    assert formats.read(tmp_path / "two.gif").field.shape == (2, 12, 16)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jxl"])
def test_a_picture_beyond_the_limit_is_refused_by_its_header(tmp_path, suffix):
    """A large even picture is a small file; of a .jxl and a real .tif only the header's bytes are there."""
    path = tmp_path / f"in{suffix}"
    if suffix == ".png":
        Image.new("RGB", (3000, 2000)).save(path)
    else:
        encode = imagecodecs.jpegxl_encode if suffix == ".jxl" else imagecodecs.tiff_encode
        path.write_bytes(
            encode(np.zeros((300, 200, 3), "u1" if suffix == ".jxl" else "f4"), photometric="rgb")
        )
    with pytest.raises(UserError, match="values, and the limit is 100,000; if you trust it, give --limit"):
        formats.read(path, limit=100_000)


@pytest.mark.parametrize(
    "shape", [(8, 16), (256, 256), (7, 300), (1080, 1920), (1200, 1000), (64, 5000), (3, 4)]
)
@pytest.mark.parametrize("boxed", [False, True])
def test_the_size_of_a_jpeg_xl_is_read_from_its_header(tmp_path, shape, boxed):
    path = tmp_path / "in.jxl"
    path.write_bytes(imagecodecs.jpegxl_encode(np.zeros(shape, np.uint8), usecontainer=boxed, effort=1))
    assert _sizes.values(path) == _sizes.MOST_CHANNELS * shape[0] * shape[1]
