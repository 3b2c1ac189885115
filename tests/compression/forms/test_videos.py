"""Clips: every frame once, and what does not fit into frames is said."""

import numpy as np
import pytest
from fieldbench import ffmpeg
from fieldbench.compression import formats
from fieldbench.errors import UserError


def clip(path, *options, seconds=1):
    """A moving pattern at 30 frames per second."""
    ffmpeg.run(["-f", "lavfi", "-i", f"testsrc=s=64x48:r=30:d={seconds}", *options, str(path)])
    return path


def test_a_clip_of_uneven_times_gets_no_frame_that_it_did_not_have(tmp_path):
    """6 frames at 30 per second, then 12 at 15: 18 over 29 / 30 of a second from first to last."""
    path = clip(
        tmp_path / "in.mkv", "-vf", "select='not(mod(n,2))+lt(n,6)'", "-fps_mode", "vfr", "-c:v", "ffv1"
    )
    content = formats.read(path)
    assert content.field.shape == (18, 48, 64)
    assert not (np.diff(content.field.pixels().astype(int), axis=0) == 0).all((1, 2, 3)).any()
    assert content.field.attributes["frames_per_second"] == pytest.approx(17 / (28 / 30), rel=0.01)
    assert content.notes == ("not kept: the frames' own times: they come back at 18.2208 per second",)


def test_an_even_clip_keeps_its_rate_and_nothing_is_said(tmp_path):
    content = formats.read(clip(tmp_path / "in.mkv", "-c:v", "ffv1"))
    assert len(content.field.values[0]) == 30 and content.notes == ()
    assert content.field.attributes["frames_per_second"] == 30


def test_sound_aspect_and_further_bits_are_named(tmp_path):
    sound = ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"]
    path = clip(
        tmp_path / "in.mp4", *sound, "-vf", "setsar=4/3", "-c:v", "libx264", "-pix_fmt", "yuv420p10le"
    )
    assert formats.read(path).notes == (
        "not kept: the sound (aac)",
        "not kept: the pixels' aspect ratio of 4/3",
        "not kept: bits beyond 8 of its yuv420p10le pixels",
    )


def test_a_clip_beyond_the_limit_is_refused_while_it_is_read(tmp_path):
    path = clip(tmp_path / "in.mkv", "-c:v", "ffv1")
    with pytest.raises(UserError, match="the limit is 20,000; if you trust it, give --limit"):
        formats.read(path, limit=20_000)
