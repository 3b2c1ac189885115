"""A way around a learned scene, as an animation or a video."""

import json
from copy import copy
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fieldbench import ffmpeg, files
from fieldbench.datasets._scene import central, check_rigid, look_at
from fieldbench.datasets._viewing import centre
from fieldbench.errors import UserError
from fieldbench.radiance import rays
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import Scene
from fieldbench.radiance.views import pictured

FRAMES = 36
LEAST_LIGHT = 0.01
SECONDS = 3.0  # of one turn
# Between directions of training cameras: beyond a wider gap nobody has seen the scene.
WIDEST_GAP = 2 * np.pi / 3


def poses(scene: Scene, frames: int = FRAMES) -> np.ndarray:
    """Cameras (F, 4, 4) float32 on a circle about the vertical, z, through the point that all look at.

    They look at the centre, from the median distance and height above it of the training cameras. Where these stand on one
    side, they swing to and fro in front of it.
    """
    middle = centre(scene.poses[scene.train])
    places = scene.poses[scene.train][:, :3, 3] - middle
    distance = np.median(np.linalg.norm(places, axis=1))
    height = np.median(places[:, 2] / np.linalg.norm(places, axis=1))
    angles = _angles(np.arctan2(places[:, 1], places[:, 0]), np.arange(frames) / frames)
    across = np.sqrt(1 - height**2)
    circle = np.stack([across * np.cos(angles), across * np.sin(angles), np.full(frames, height)], 1)
    return np.stack([look_at(middle + distance * place, middle) for place in circle]).astype(np.float32)


def _angles(seen: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Directions (F,) at shares of a turn, among those (V,) that were seen."""
    ordered = np.sort(seen)
    gaps = np.diff(ordered, append=ordered[0] + 2 * np.pi)
    widest = int(np.argmax(gaps))
    if gaps[widest] <= WIDEST_GAP:
        return 2 * np.pi * shares
    begin, reach = ordered[(widest + 1) % len(ordered)], 2 * np.pi - gaps[widest]
    return begin + reach * (1 + np.sin(2 * np.pi * shares)) / 2


def along(path: str | Path, scene: Scene) -> np.ndarray:
    """Cameras (F, 4, 4) float32 of a list, {"frames": [{"transform_matrix": ...}, ...]}, camera to world as the scene's.

    Raises:
        UserError: the file is missing or no such list, or a pose is not rigid.
    """
    try:
        frames = json.loads(Path(path).read_text(encoding="utf-8-sig"))["frames"]
        found = np.array([frame["transform_matrix"] for frame in frames], np.float64)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} is no list of cameras with `frames` ({error!r}); correct it.") from error
    if found.ndim != 3 or found.shape[1:] != (4, 4):
        raise UserError(
            f"{path} needs a `transform_matrix` of 4 x 4 numbers in each of one or more `frames`."
        )
    for number, pose in enumerate(found):
        check_rigid(pose, f"frame {number} of {path}")
    found[:, :3, 3] = (found[:, :3, 3] - scene.origin) * scene.scale
    return found.astype(np.float32)


def render(model: Model, scene: Scene, pixels: int, cameras: np.ndarray | None = None) -> np.ndarray:
    """The views (F, pixels, pixels, 3) uint8 before white, of cameras (F, 4, 4), or of a turn around the scene.

    They are shown and not judged: rays end at `LEAST_LIGHT`, see `Spec.least_light`.
    """
    model = copy(model)
    model.spec = model.spec.model_copy(update={"least_light": LEAST_LIGHT})
    device = next(model.parameters()).device
    focal = np.median(scene.intrinsics[:, 0]) * pixels / max(scene.size)
    intrinsics = torch.from_numpy(central(focal, (pixels, pixels))[0]).to(device)
    frames = []
    for pose in poses(scene) if cameras is None else cameras:
        seen = rays.of_view(torch.from_numpy(pose).to(device), intrinsics, (pixels, pixels))
        frames.append(pictured(model.render(*seen)[0], (pixels, pixels))[0])
    return np.rint(255 * np.stack(frames)).astype(np.uint8)


def no_frames(pixels: int) -> np.ndarray:
    """What stands in the file of a run that failed: one white frame."""
    return np.full((1, pixels, pixels, 3), 255, np.uint8)


def save(frames: np.ndarray, path: str | Path) -> None:
    """Write frames (F, H, W, 3) uint8 as a GIF that runs for ever."""
    first, *others = (Image.fromarray(frame).quantize(128) for frame in frames)
    with files.replacing(path) as temporary:
        first.save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=others,
            duration=1000 * SECONDS / FRAMES,
            loop=0,
        )


def save_video(frames: np.ndarray, path: str | Path) -> None:
    """Write frames (F, H, W, 3) uint8 as an MP4 (H.264) of as many a second as an animation has, of even sides.

    Raises:
        UserError: see `ffmpeg.run` and `files.replacing`.
    """
    height, width = (length // 2 * 2 for length in frames.shape[1:3])
    given = [*ffmpeg.raw("rgb24", height, width), "-r", str(FRAMES / SECONDS), "-i", "pipe:0"]
    made = ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"]
    pixels = np.ascontiguousarray(frames[:, :height, :width])
    with files.replacing(path) as temporary:
        ffmpeg.run([*given, *made, str(temporary)], data=pixels.tobytes())
