"""Codecs that are not trained: round trips, monotone settings, bounded errors, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
from fieldbench import registry
from fieldbench.compression import field
from fieldbench.compression.standard import _base, _bounded, ffmpeg
from fieldbench.datasets import image_synthetic
from fieldbench.errors import UserError

PICTURES = [
    ("jpeg", {}, 20, 80, 26),
    ("jpeg", {"chroma": "4:2:0"}, 20, 80, 20),
    ("jpeg2000", {}, 25, 38, 36),
    ("webp", {}, 20, 80, 20),
    ("avif", {}, 20, 80, 32),
    ("jpegxl", {}, 30, 90, 28),
    ("ffmpeg", {"codec": "hevc", "preset": "fast"}, 36, 20, 34),
    ("ffmpeg", {"codec": "av1", "preset": "8"}, 50, 15, 34),
    ("ffmpeg", {"codec": "vvc", "preset": "faster"}, 40, 22, 34),
]
BOUNDED = ("zfp", "sz3", "sperr")


def build(name, **options):
    return registry.build("compression/standard", name, **options)


@pytest.fixture(scope="module")
def picture():
    return field.from_dataset(image_synthetic.load(shape=[64, 80], seed=1, detail=0.5))


def film(picture, frames=3):
    values = np.stack([np.roll(picture.values, 2 * frame, 2) for frame in range(frames)], 1)
    known = np.ones(values.shape[1:], bool)
    return replace(picture, values=values, known=known, kind="video", attributes={"frames_per_second": 25.0})


def smooth(shape, seed=0):
    """A field of smooth waves in [-20, 20], partly unknown."""
    generator = np.random.default_rng(seed)
    axes = np.meshgrid(*[np.linspace(0, 1, length) for length in shape], indexing="ij")
    waves = [
        np.sin(3 * sum((k + 1) * a for k, a in enumerate(axes)) + phase) for phase in generator.random(2)
    ]
    values = (20 * np.stack(waves)).astype(np.float32)
    values[:, 2:9, 3:11] = np.nan
    kind = "variable" if len(shape) == 2 else "volume"
    return field.make(values, kind=kind, units="degC", peak=40.0, levels=0, channels=("t", "s"))


def psnr(truth, found):
    return -10 * np.log10(np.mean((truth.values.astype(float) - found.values) ** 2))


@pytest.mark.parametrize(("name", "options", "low", "high", "reached"), PICTURES)
def test_pictures_there_and_back_better_and_larger_with_the_setting(
    picture, name, options, low, high, reached
):
    codec = build(name, **options)
    files = [codec.encode(picture, setting) for setting in (low, high)]
    shown = [codec.decode(data, picture) for data in files]
    assert len(files[0]) < len(files[1]) < picture.values.size
    quality = [psnr(picture, found) for found in shown]
    assert quality[0] < quality[1] and quality[1] > reached
    for found in shown:
        assert found.values.shape == picture.values.shape and found.values.dtype == np.float32
        np.testing.assert_array_equal(field.rounded(found).values, found.values)
    assert codec.encode(picture, low) == files[0]


@pytest.mark.parametrize(("codec", "preset"), [("hevc", "fast"), ("av1", "8"), ("vvc", "faster")])
def test_clips_there_and_back_cost_less_than_their_frames_alone(picture, codec, preset):
    coder, clip = build("ffmpeg", codec=codec, preset=preset), film(picture)
    setting = {"hevc": 24, "av1": 25, "vvc": 26}[codec]
    data = coder.encode(clip, setting)
    found = coder.decode(data, clip)
    assert found.values.shape == clip.values.shape and psnr(clip, found) > 30
    frame_errors = ((found.values - clip.values) ** 2).mean((0, 2, 3))
    assert frame_errors.max() < 4 * frame_errors.min()  # every frame in its place
    assert len(data) < 3 * len(coder.encode(picture, setting))


@pytest.mark.parametrize("codec", ["hevc", "av1", "vvc"])
def test_a_stream_with_colours_at_half_resolution(picture, codec):
    preset = {"hevc": "fast", "av1": "8", "vvc": "faster"}[codec]
    coder = build("ffmpeg", codec=codec, layout="4:2:0", preset=preset)
    found = coder.decode(coder.encode(picture, 20), picture)
    assert psnr(picture, found) > 20
    odd = replace(picture, values=picture.values[:, :63], known=picture.known[:63])
    with pytest.raises(UserError, match="needs even sides, not 63 x 80"):
        coder.encode(odd, 20)


def test_ten_bits_give_every_colour_back():
    levels = np.array([0, 1, 2, 63, 64, 127, 128, 129, 200, 254, 255], np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(11, -1, 3)
    np.testing.assert_array_equal(ffmpeg.to_rgb(ffmpeg.to_ycbcr(colours)), colours)


def test_primary_colours_in_bt_709():
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]]], np.uint8)
    planes = ffmpeg.to_ycbcr(primaries)[:, 0]
    # Y' = 0.2126 R + 0.7152 G + 0.0722 B; Cb = (B - Y') / 1.8556; Cr = (R - Y') / 1.5748; times 1023, 512 for grey.
    assert planes[0].tolist() == [217, 732, 74, 1023, 0]
    assert planes[1].tolist() == [395, 118, 1023, 512, 512]
    assert planes[2].tolist() == [1023, 47, 465, 512, 512]


def test_halving_and_doubling_keep_slopes():
    ramp = np.add.outer(4 * np.arange(8), 8 * np.arange(10)).astype(np.uint16)
    np.testing.assert_array_equal(ffmpeg.halved(ramp)[0], [6, 22, 38, 54, 70])
    np.testing.assert_array_equal(ffmpeg.doubled(ffmpeg.halved(ramp))[1:-1, 1:-1], ramp[1:-1, 1:-1])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ffmpeg", {"codec": "h264"}),
        ("ffmpeg", {"codec": "vvc", "layout": "4:4:4"}),
        ("ffmpeg", {"codec": "hevc", "layout": "stacked"}),
        ("jpeg", {"chroma": "4:1:1"}),
    ],
)
def test_options_that_a_codec_lacks_are_refused(name, options):
    with pytest.raises(UserError, match="must be"):
        build(name, **options)


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "jpegxl", "jpeg2000"])
def test_picture_codecs_take_pictures_alone(picture, name):
    with pytest.raises(UserError, match="codes pictures, not a field of kind 'video'"):
        build(name).encode(film(picture), 50)
    with pytest.raises(UserError, match="RGB of 8 bits, not 3 channels of unlimited levels"):
        build(name).encode(replace(picture, levels=0), 50)
    hole = picture.known.copy()
    hole[3, 4] = False
    with pytest.raises(UserError, match="1 are unknown"):
        build(name).encode(replace(picture, known=hole), 50)


def test_video_codecs_refuse_what_they_cannot_take():
    with pytest.raises(UserError, match="hevc codes RGB of 8 bits, not 2 channels"):
        build("ffmpeg", codec="hevc").encode(smooth((16, 18)), 30)


def test_a_damaged_stream_is_an_error_in_one_sentence(picture):
    with pytest.raises(UserError, match="ffmpeg failed"):
        build("ffmpeg", codec="hevc").decode(b"nothing of the kind", picture)


@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("shape", [(33, 40), (17, 20, 18)])
def test_bounds_hold_and_files_need_nothing_else(name, shape):
    truth, codec = smooth(shape), build(name)
    sizes = []
    for share in (1e-2, 1e-4):
        data = codec.encode(truth, share)
        stranger = replace(truth, values=truth.values * 0, known=~truth.known, units="m", peak=1.0)
        found = codec.decode(data, stranger)
        np.testing.assert_array_equal(found.known, truth.known)
        assert (found.units, found.peak, found.channels) == ("degC", 40.0, ("t", "s"))
        error = np.abs(found.values.astype(float) - truth.values)[:, truth.known].max()
        assert 0 < error <= 40 * share + 40 * np.finfo(np.float32).eps
        sizes.append(len(data))
    assert sizes[0] < sizes[1] < 4 * truth.values.size


@pytest.mark.parametrize("name", BOUNDED)
def test_bounded_codecs_refuse_pictures_and_bounds_of_zero(picture, name):
    with pytest.raises(UserError, match=f"{name} codes continuous fields, not data of 256 levels"):
        build(name).encode(picture, 1e-2)
    with pytest.raises(UserError, match="must be positive"):
        build(name).encode(smooth((16, 18)), 0)


def test_a_compressor_that_breaks_its_bound_is_caught():
    careless = _bounded.BoundedCodec(
        "careless", lambda values, bound: (values + 2 * bound).tobytes(),
        lambda data, shape: np.frombuffer(data, np.float32).reshape(shape),
    )  # fmt: skip
    with pytest.raises(UserError, match=r"careless left an error of 0\.8.* where 0\.4 was allowed"):
        careless.encode(smooth((16, 18)), 1e-2)


def test_filling_continues_a_slope_and_keeps_what_is_known():
    slope = np.add.outer(np.arange(20.0), np.zeros(20)).astype(np.float32)
    known = np.ones((20, 20), bool)
    known[8:12, 5:15] = False
    filled = _bounded.filled(np.where(known, slope, 1e9).astype(np.float32), known)
    np.testing.assert_array_equal(filled[known], slope[known])
    assert np.abs(filled - slope).max() < 0.5
    one = np.zeros((7, 5, 3), bool)
    one[6, 0, 2] = True
    np.testing.assert_array_equal(_bounded.filled(np.full((7, 5, 3), 4.0, np.float32), one), 4.0)


def test_pixels_and_values_are_the_same_numbers(picture):
    pixels = _base.pixels(picture, "a codec")
    assert pixels.shape == (64, 80, 3) and pixels.dtype == np.uint8
    np.testing.assert_array_equal(_base.with_pixels(picture, pixels).values, picture.values)
