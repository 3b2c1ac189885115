"""Photographs of one scene from known cameras, in the common form of all scenes.

Cameras follow OpenGL: x to the right, y up, and the camera looks along -z. Images hold colour multiplied by alpha, so that
a mean over pixels is right and the image over any background is `colour + (1 - alpha) background`.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from fieldbench.errors import UserError

RIGID = 1e-3  # largest entry of R^T R - 1 of a camera's rotation
LENS = ("fx", "fy", "cx", "cy")
CHANNELS = ("R", "G", "B", "A")


def finished(
    images: np.ndarray,
    poses: np.ndarray,
    split: Sequence[str],
    *,
    intrinsics: np.ndarray,
    bound: float,
    box: Sequence[float] | np.ndarray | None = None,
    origin: ArrayLike = (0.0, 0.0, 0.0),
    scale: float = 1.0,
    title: str,
    notes: Iterable[str] = (),
    **about: str,
) -> xr.Dataset:
    """The data set as it is written: `image` (view, y, x, channel) uint8, colour times alpha; `pose`; `intrinsics`; `split`.

    Args:
        images: (V, H, W, 4) uint8, colour multiplied by alpha.
        poses: (V, 4, 4), camera to world.
        split: "train" or "test" of each view.
        intrinsics: (V, 4), of each view the focal lengths along x and y and the principal point (x, y) from the upper left
            corner, in pixels.
        bound: half the side of the cube around the origin that holds the scene.
        box: [x0, y0, z0, x1, y1, z1], a box that holds all that is not empty, where known.
        origin, scale: a point x of the files lies at (x - origin) scale here.
        title, notes: attributes of that name.
        about: `source`, `licence`, `file_checksums`.

    Raises:
        UserError: a pose that is not rigid, or no view to train on or to test with.
    """
    for number, pose in enumerate(poses):
        check_rigid(pose, f"view {number} of {title}")
    for part in ("train", "test"):
        if part not in split:
            raise UserError(f"{title} has no {part} view; a scene needs views of both kinds.")
    content = {
        "image": (("view", "y", "x", "channel"), images, {"units": "1/255"}),
        "pose": (("view", "row", "column"), np.asarray(poses, np.float32)),
        "intrinsics": (("view", "lens"), np.asarray(intrinsics, np.float64), {"units": "pixels"}),
        "split": ("view", list(split)),
    }
    place = {"bound": float(bound), "origin": np.asarray(origin, np.float64), "scale": float(scale)}
    known = {} if box is None else {"box": np.asarray(box, np.float64)}
    return xr.Dataset(
        content,
        {"channel": list(CHANNELS), "lens": list(LENS)},
        {"title": title, "kind": "scene", **place, **known, "notes": "\n".join(notes), **about},
    )


def check_rigid(pose: np.ndarray, name: str) -> None:
    """Raise a UserError unless `pose` (4, 4) is a rotation and a shift."""
    pose = np.asarray(pose, np.float64)
    rotation = pose[:3, :3] if pose.shape == (4, 4) else np.zeros((3, 3))
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > RIGID or np.linalg.det(rotation) < 0:
        raise UserError(
            f"The pose of {name} is not rigid: its 3 x 3 part must be a rotation without scale or mirror; correct it."
        )


def central(focal: float, size: tuple[int, int], views: int = 1) -> np.ndarray:
    """Intrinsics (V, 4) of cameras with one focal length whose axis meets the middle of the picture (rows, columns)."""
    return np.tile([focal, focal, size[1] / 2, size[0] / 2], (views, 1))


def premultiplied(rgba: np.ndarray, reduce: int = 1, already: bool = False) -> np.ndarray:
    """Colour times alpha, (..., H / reduce, W / reduce, 4) uint8, from RGBA (..., H, W, 4) uint8.

    Blocks of `reduce` x `reduce` pixels become their mean; what is left over at the edges is cut off.
    """
    values = rgba.astype(np.float32) / 255
    if not already:  # multiplied
        values[..., :3] *= values[..., 3:]
    *lead, height, width, _ = values.shape
    rows, columns = height // reduce, width // reduce
    blocks = values[..., : rows * reduce, : columns * reduce, :].reshape(
        *lead, rows, reduce, columns, reduce, 4
    )
    return np.rint(255 * blocks.mean((-4, -2))).astype(np.uint8)


def look_at(position: np.ndarray, target: ArrayLike = (0.0, 0.0, 0.0)) -> np.ndarray:
    """The pose (4, 4) of a camera at `position` that looks at `target`, with z up in the world."""
    back = np.asarray(position, float) - target
    back /= np.linalg.norm(back)
    up = np.array([0.0, 0.0, 1.0]) if abs(back[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(back, right), back], 1)
    pose[:3, 3] = position
    return pose
