"""The ffmpeg that comes with imageio-ffmpeg, run as a process: no library of the system's is needed."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from fieldbench.errors import UserError


def run(arguments: Sequence[str], *, data: bytes = b"", folder: str | Path | None = None) -> bytes:
    """What ffmpeg with `arguments` writes to its standard output.

    Args:
        arguments: after the program's name; "pipe:0" stands for `data`, "pipe:1" for the result.
        data: what it reads from its standard input.
        folder: where relative names of files lead; the current folder where left out.

    Raises:
        UserError: there is no ffmpeg for this system, or it refused; the sentence repeats its first complaint.
    """
    command = [_program(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, cwd=folder)
    if done.returncode:
        complaint = (done.stderr.decode(errors="replace").strip() or "no reason given").splitlines()[0]
        raise UserError(f"ffmpeg failed ({complaint}); its arguments were {' '.join(arguments)}.")
    return done.stdout


def raw(pixel_format: str, height: int, width: int) -> list[str]:
    """The arguments that describe frames without a container."""
    return ["-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{width}x{height}"]


def _program() -> str:
    import imageio_ffmpeg  # here, so that planning does not search for the program

    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise UserError(
            "imageio-ffmpeg brings no ffmpeg for this system; set IMAGEIO_FFMPEG_EXE to one."
        ) from error
