"""Videos: frames of 8-bit RGB, read by ffmpeg and written without loss."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np

from fieldbench import ffmpeg, files
from fieldbench.compression.forms._content import Content, check_size
from fieldbench.compression.forms.pictures import coloured

DEEPER = re.compile(
    r"(p|gray)(9|10|12|14|16)(le|be)?|(rgb|bgr)(48|64)(le|be)?|p01\d(le|be)?|x2.*"
)  # than 8 bits
CLEAR = re.compile(r"(yuva|rgba|bgra|argb|abgr|gbrap|ya)\w*")
UNEVEN = 0.1  # share of a mean interval by which times may vary before a clip has no one rate


def read(path: Path, limit: int) -> Content:
    """Every frame of the file, none twice; a clip of uneven times gets its mean rate.

    Raises:
        UserError: more values than the limit.
    """
    import imageio_ffmpeg

    frames = imageio_ffmpeg.read_frames(
        str(path), pix_fmt="rgb24", output_params=["-fps_mode", "passthrough"]
    )
    about = next(frames)
    width, height = about["size"]
    size, pixels = width * height * 3, list[np.ndarray]()
    check_size(path, size, limit)
    for frame in frames:
        check_size(path, size * (len(pixels) + 1), limit)
        pixels.append(np.frombuffer(frame, np.uint8).reshape(height, width, 3))
    times, aspect = _packets(path)
    intervals = np.diff(times)
    rate, uneven = (
        float(about["fps"]),
        len(intervals) and np.ptp(intervals) > UNEVEN * intervals.mean() + 0.002,
    )
    if uneven:
        rate = float(f"{1 / intervals.mean():.6g}")
    film = coloured(np.stack(pixels), "video", 256, "RGB", frames_per_second=rate)
    layout = about["pix_fmt"].split("(")[0]
    lost = {
        f"the frames' own times: they come back at {rate:g} per second": uneven,
        f"the sound ({about.get('audio_codec')})": "audio_codec" in about,
        f"the pixels' aspect ratio of {aspect}": aspect not in (0, 1),
        f"bits beyond 8 of its {layout} pixels": DEEPER.search(layout),
        "transparency": CLEAR.fullmatch(layout) and not about["codec"].startswith("gif"),
    }
    return Content(
        film, {"form": "video"}, notes=tuple(f"not kept: {what}" for what, so in lost.items() if so)
    )


def write(content: Content, path: Path) -> tuple[str, ...]:
    """Lossless: FFV1 in RGB."""
    film = content.field
    rate = str(film.attributes.get("frames_per_second", 25.0))
    source = [*ffmpeg.raw("rgb24", *film.shape[1:]), "-r", rate, "-i", "pipe:0"]
    with files.replacing(path) as temporary:
        target = ["-c:v", "ffv1", "-pix_fmt", "bgr0", str(temporary)]
        ffmpeg.run([*source, *target], data=film.pixels().tobytes())
    return ()


def _packets(path: Path) -> tuple[np.ndarray, Fraction]:
    """Times at which frames are shown, in seconds, and the pixels' aspect ratio (0 if unknown); nothing is decoded."""
    copy = ["-i", str(path), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    lines = ffmpeg.run(copy).decode().splitlines()
    about = dict(line[1:].split(" 0: ") for line in lines if " 0: " in line)
    told = [line.split(",")[2].strip() for line in lines if not line.startswith("#")]
    ticks = [int(tick) for tick in told if tick.lstrip("-").isdigit()]  # some files number no frame
    ratio = about.get("sar", "0/1").split("/")
    return np.sort(ticks) * float(Fraction(about["tb"])), Fraction(int(ratio[0]), int(ratio[1]) or 1)
