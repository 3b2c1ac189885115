"""Shots of a street with bicycles, 640 x 272 pixels at 25 frames per second, 250 frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from fieldbench import ffmpeg
from fieldbench.datasets import _samples
from fieldbench.datasets._files import declared, locate, provenance
from fieldbench.errors import UserError
from fieldbench.values import Count, Crop

FILES = declared("video_clip")
FRAMES, HEIGHT, WIDTH = 250, 272, 640
FRAMES_PER_SECOND = 25.0
SCALING = "bilinear+accurate_rnd+full_chroma_int+bitexact"  # the same RGB on every processor
NOTES = ("The source is H.264 at 0.4 Mbit/s, 4:2:0: a coder's task is partly to reproduce its artefacts.",)


def load(
    *,
    data_root: str | None,
    download: bool,
    frames: Sequence[int] = (0, FRAMES),
    reduce: Count = 1,
    crop: Crop | None = None,
) -> xr.Dataset:
    """Frames of the clip, RGB of 8 bits.

    Args:
        data_root: folder that is looked in first.
        download: whether the file may be downloaded.
        frames: [first, last], the last excluded, within the clip's 250.
        reduce, crop: see `_samples.arranged`.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: the file is missing or not the pinned one, or an argument is out of range.
    """
    if len(frames) != 2 or not 0 <= frames[0] < frames[1] <= FRAMES:
        raise UserError(f"`frames` {list(frames)} of video_clip must be [first, last] within 0 to {FRAMES}.")
    path = locate(FILES[0], data_root=data_root, download=download)
    return _samples.picture(
        decoded(path, frames[1])[frames[0] :], reduce=reduce, crop=crop, title="Bicycles", notes=NOTES,
        frames_per_second=FRAMES_PER_SECOND, **provenance(*FILES),
    )  # fmt: skip


def decoded(path: Path, count: int) -> np.ndarray:
    """The first `count` frames of the clip, (frame, y, x, 3) uint8."""
    raw = ffmpeg.run(
        [
            "-i", str(path), "-frames:v", str(count), "-sws_flags", SCALING,
            "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
        ]
    )  # fmt: skip
    return np.frombuffer(raw, np.uint8).reshape(count, HEIGHT, WIDTH, 3)
