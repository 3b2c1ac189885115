"""Video coders, for clips and for single pictures: HEVC, AV1 and VVC through ffmpeg, 10 bits, as bare streams.

RGB is converted to Y'CbCr here (ITU-R BT.709, full range): 10 bits give 8-bit RGB back without loss. Coders run on one
thread, tuned for PSNR, with one key frame, the first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldbench import ffmpeg
from fieldbench.compression.field import Field
from fieldbench.compression.standard import _base
from fieldbench.errors import UserError

RED, BLUE = 0.2126, 0.0722  # ITU-R BT.709, section 3.2: shares of luma; green has the rest
GREEN = 1 - RED - BLUE
PEAK, GREY = 1023, 512  # of 10 bits
FOREVER = 9999  # frames or seconds between key frames
USUAL_RATE = 25  # frames per second that a picture is said to have: x265 takes the rate into account


@dataclass(frozen=True)
class Coder:
    """How ffmpeg runs an encoder.

    Attributes:
        arguments: of the encoder at a setting and a preset.
        stream: ffmpeg's name of its bare stream.
        preset: the default.
        layouts: what it takes, the default first.
    """

    arguments: Callable[[float, str], list[str]]
    stream: str
    preset: str
    layouts: tuple[str, ...]


def _x265(crf: float, preset: str) -> list[str]:
    parameters = f"info=0:log-level=error:pools=1:frame-threads=1:keyint={FOREVER}"
    return ["libx265", "-preset", preset, "-crf", str(crf), "-tune", "psnr", "-x265-params", parameters]


def _libaom(crf: float, preset: str) -> list[str]:
    quality = ["-crf", str(round(crf)), "-b:v", "0", "-g", str(FOREVER), "-tune", "psnr"]
    return ["libaom-av1", "-cpu-used", preset, *quality, "-row-mt", "0", "-aom-params", "deltaq-mode=0"]


def _vvenc(qp: float, preset: str) -> list[str]:
    return ["libvvenc", "-preset", preset, "-qp", str(round(qp)), "-qpa", "0", "-period", str(FOREVER)]


CODERS = {
    "hevc": Coder(_x265, "hevc", "veryslow", ("4:4:4", "4:2:0")),
    "av1": Coder(_libaom, "obu", "2", ("4:4:4", "4:2:0")),
    "vvc": Coder(_vvenc, "vvc", "slow", ("stacked", "4:2:0")),
}
PIXEL_FORMATS = {"4:4:4": "yuv444p10le", "4:2:0": "yuv420p10le", "stacked": "yuv420p10le"}


def build(*, codec: str, layout: str | None = None, preset: str | None = None) -> "VideoCodec":
    """The codec; its setting is the constant rate factor of hevc and av1, the quantization parameter of vvc.

    Args:
        codec: hevc (x265), av1 (libaom) or vvc (VVenC).
        layout: of the planes: 4:4:4; 4:2:0, which averages colours over 2 x 2 pixels; or, for vvc, whose encoder has
            only 4:2:0, stacked: the three planes below one another in the luma of one tall picture.
        preset: the encoder's speed, in its own words.

    Raises:
        UserError: no such codec or layout.
    """
    if codec not in CODERS:
        raise UserError(f"`codec` of ffmpeg is '{codec}'; it must be {', '.join(CODERS)}.")
    coder = CODERS[codec]
    layout = layout or coder.layouts[0]
    if layout not in coder.layouts:
        raise UserError(f"`layout` of {codec} is '{layout}'; it must be {' or '.join(coder.layouts)}.")
    return VideoCodec(codec, coder, layout, preset or coder.preset)


@dataclass(frozen=True)
class VideoCodec(_base.Standard):
    """One of `CODERS` with its options, for pictures, and videos whose attributes have `frames_per_second`."""

    name: str
    coder: Coder
    layout: str
    preset: str

    def encode(self, field: Field, setting: float) -> bytes:
        frames = _frames(_base.pixels(field, self.name))
        height, width = frames.shape[1:3]
        if self.layout != "4:4:4" and (height % 2 or width % 2):
            raise UserError(
                f"{self.name} with layout {self.layout} needs even sides, not {height} x {width}; set `crop`."
            )
        rate = str(field.attributes.get("frames_per_second", USUAL_RATE))
        tall = 3 * height if self.layout == "stacked" else height
        source = [*ffmpeg.raw(PIXEL_FORMATS[self.layout], tall, width), "-r", rate]
        encoder = ["-threads", "1", "-c:v", *self.coder.arguments(setting, self.preset)]
        target = ["-f", self.coder.stream, "pipe:1"]
        raw = b"".join(_packed(frame, self.layout) for frame in frames)
        return ffmpeg.run([*source, "-i", "pipe:0", *encoder, *target], data=raw)

    def decode(self, data: bytes, field: Field) -> Field:
        target = ["-f", "rawvideo", "-pix_fmt", PIXEL_FORMATS[self.layout], "pipe:1"]
        source = ["-threads", "1", "-f", self.coder.stream, "-i", "pipe:0", "-fps_mode", "passthrough"]
        raw = ffmpeg.run([*source, *target], data=data)
        height, width = field.shape[-2:]
        samples = np.frombuffer(raw, "<u2").reshape(field.known.size // (height * width), -1)
        frames = np.stack([_unpacked(frame, height, width, self.layout) for frame in samples])
        return _base.with_pixels(field, frames.reshape(*field.shape, 3))


def _frames(pixels: np.ndarray) -> np.ndarray:
    """(frame, y, x, 3): a picture becomes a video of one frame."""
    return pixels.reshape(-1, *pixels.shape[-3:])


def to_ycbcr(rgb: np.ndarray) -> np.ndarray:
    """8-bit RGB (y, x, 3) as Y', Cb and Cr of 10 bits, full range, (3, y, x) uint16."""
    red, green, blue = np.moveaxis(rgb / 255, -1, 0)
    luma = RED * red + GREEN * green + BLUE * blue
    chroma = [(blue - luma) / (2 * (1 - BLUE)), (red - luma) / (2 * (1 - RED))]
    planes = np.stack([luma * PEAK, *(plane * PEAK + GREY for plane in chroma)])
    return np.rint(planes).clip(0, PEAK).astype(np.uint16)


def to_rgb(planes: np.ndarray) -> np.ndarray:
    """Y', Cb and Cr of 10 bits, full range, (3, y, x) as 8-bit RGB (y, x, 3)."""
    luma, (blueness, redness) = planes[0] / PEAK, (planes[1:].astype(float) - GREY) / PEAK
    red, blue = luma + 2 * (1 - RED) * redness, luma + 2 * (1 - BLUE) * blueness
    green = (luma - RED * red - BLUE * blue) / GREEN
    return np.rint(255 * np.stack([red, green, blue], -1).clip(0, 1)).astype(np.uint8)


def _packed(rgb: np.ndarray, layout: str) -> bytes:
    """One frame as the samples that the encoder reads, plane after plane."""
    planes = list(to_ycbcr(rgb))
    if layout == "4:2:0":
        planes = [planes[0], *(halved(plane) for plane in planes[1:])]
    if layout == "stacked":
        planes.append(np.full(planes[0].size * 3 // 2, GREY, np.uint16))
    return b"".join(plane.astype("<u2").tobytes() for plane in planes)


def _unpacked(samples: np.ndarray, height: int, width: int, layout: str) -> np.ndarray:
    """The frame (y, x, 3) in what `_packed` made."""
    size = height * width
    if layout == "4:2:0":
        small = samples[size:].reshape(2, height // 2, width // 2)
        planes = [samples[:size].reshape(height, width), *(doubled(plane) for plane in small)]
        return to_rgb(np.stack(planes))
    return to_rgb(samples[: 3 * size].reshape(3, height, width))


def halved(plane: np.ndarray) -> np.ndarray:
    """Means over 2 x 2 samples, rounded; sides are even."""
    height, width = plane.shape
    return np.rint(plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3))).astype(np.uint16)


def doubled(plane: np.ndarray) -> np.ndarray:
    """Twice as many samples along both sides, linear between the centres of those given, rounded."""
    found = plane.astype(float)
    for axis in (0, 1):
        lines = np.moveaxis(found, axis, 0)
        padded = np.concatenate([lines[:1], lines, lines[-1:]])
        pairs = np.stack([0.75 * lines + 0.25 * padded[:-2], 0.75 * lines + 0.25 * padded[2:]], 1)
        found = np.moveaxis(pairs.reshape(-1, *lines.shape[1:]), 0, axis)
    return np.rint(found).astype(np.uint16)
