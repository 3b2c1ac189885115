"""A turn around a learned scene, as an animation."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fieldbench import files
from fieldbench.datasets._scene import central, look_at
from fieldbench.datasets._viewing import centre
from fieldbench.radiance import rays
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import Scene

FRAMES = 36
SECONDS = 3.0  # of one turn


def poses(scene: Scene) -> np.ndarray:
    """Cameras (FRAMES, 4, 4) float32 on a circle about the vertical, z, through the point that all look at.

    They look at the centre, from the median distance and height above it of the training cameras.
    """
    middle = centre(scene.poses[scene.train])
    places = scene.poses[scene.train][:, :3, 3] - middle
    distance = np.median(np.linalg.norm(places, axis=1))
    height = np.median(places[:, 2] / np.linalg.norm(places, axis=1))
    angles = 2 * np.pi * np.arange(FRAMES) / FRAMES
    across = np.sqrt(1 - height**2)
    circle = np.stack([across * np.cos(angles), across * np.sin(angles), np.full(FRAMES, height)], 1)
    return np.stack([look_at(middle + distance * place, middle) for place in circle]).astype(np.float32)


def render(model: Model, scene: Scene, pixels: int) -> np.ndarray:
    """The views (FRAMES, pixels, pixels, 3) uint8 before white."""
    device = next(model.parameters()).device
    focal = np.median(scene.intrinsics[:, 0]) * pixels / max(scene.size)
    intrinsics = torch.from_numpy(central(focal, (pixels, pixels))[0]).to(device)
    frames = []
    for pose in poses(scene):
        rendered, _ = model.render(
            *rays.of_view(torch.from_numpy(pose).to(device), intrinsics, (pixels, pixels))
        )
        frames.append(rendered.colour.T.reshape(pixels, pixels, 3).cpu().numpy().clip(0, 1))
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
