"""Your own scene, or one of the "NeRF-synthetic" ones, in their layout: transforms_{train,test}.json beside RGBA pictures.

Layout: Mildenhall et al. 2020, "NeRF", the synthetic data set.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from PIL import Image, UnidentifiedImageError

from fieldbench.datasets import _scene
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.errors import UserError

SPLITS = ("train", "test")


def load(
    *,
    path: str,
    data_root: str | None,
    download: bool,
    reduce: int = 1,
    bound: float = 1.5,
    views: int | None = None,
    test_views: int | None = None,
) -> xr.Dataset:
    """A scene from `path`, a transforms_train.json with transforms_test.json beside it.

    Pictures that the files name and that are not there are skipped and listed in `notes`.

    Args:
        path: of transforms_train.json.
        data_root: folder that `path` may be relative to.
        download: not used.
        reduce: pixels along each axis that become one.
        bound: half the side of the cube around the origin that holds the scene, in the files' unit of length.
        views, test_views: most views to take, evenly spread over those there are; None for all.

    Returns:
        the data set described in `datasets._scene.finished`.

    Raises:
        UserError: a file is missing, damaged or lacks the camera's angle; no picture is there, or one has no alpha or
            another size; a pose is not rigid; or `reduce` is below 1 or larger than the pictures.
    """
    file = own_file(path, data_root)
    images, poses, split, notes, focal = [], [], [], [], {}
    digest = hashlib.sha256()
    for part, most in zip(SPLITS, (views, test_views), strict=True):
        cameras = file if part == "train" else file.with_name("transforms_test.json")
        angle, frames = _frames(cameras)
        there = [frame for frame in frames if frame[0].is_file()]
        if skipped := [name.name for name, _ in frames if not name.is_file()]:
            notes.append(f"{cameras.name}: no picture for {len(skipped)} frames: {', '.join(skipped)}.")
        if not there:
            raise UserError(f"{cameras} names no picture that exists; put the pictures where it says.")
        for name, pose in _spread(there, most):
            _scene.check_rigid(pose, f"{name.name} in {cameras}")
            digest.update(name.read_bytes())
            images.append(_picture(name, reduce, images))
            poses.append(pose)
            split.append(part)
        focal[part] = images[-1].shape[1] / (2 * math.tan(angle / 2))
    if not math.isclose(*focal.values(), rel_tol=1e-6):
        raise UserError(
            f"{file} and transforms_test.json differ in `camera_angle_x`; a scene has one camera."
        )
    origin = own_provenance(file)
    origin["file_checksums"] += f"\n{len(images)} pictures sha256:{digest.hexdigest()}"
    return _scene.finished(
        np.stack(images),
        np.stack(poses),
        split,
        focal_pixels=focal["train"],
        bound=bound,
        title=file.parent.name,
        notes=notes,
        **origin,
    )


def _frames(file: Path) -> tuple[float, list[tuple[Path, np.ndarray]]]:
    """The camera's horizontal angle in radians, and picture and pose of every frame."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        frames = [
            (_picture_path(file, frame["file_path"]), np.array(frame["transform_matrix"], float))
            for frame in content.get("frames", [])
        ]
    except FileNotFoundError as error:
        raise UserError(f"{file} does not exist; a scene needs it beside transforms_train.json.") from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise UserError(f"{file} is damaged or no list of cameras ({error!r}); copy it again.") from error
    if "camera_angle_x" not in content:
        raise UserError(f"{file} lacks `camera_angle_x`, the horizontal angle in radians; add it.")
    if not frames:
        raise UserError(f"{file} has no frames; it needs a list `frames` of pictures and poses.")
    return float(content["camera_angle_x"]), frames


def _picture_path(file: Path, name: str) -> Path:
    path = file.parent / name
    return path if path.suffix else path.with_suffix(".png")


def _spread(frames: list[Any], most: int | None) -> list[Any]:
    """At most so many, evenly spread, the first included."""
    if most is None or most >= len(frames):
        return frames
    return [frames[i * len(frames) // most] for i in range(most)]


def _picture(path: Path, reduce: int, others: list[np.ndarray]) -> np.ndarray:
    """(H, W, 4) uint8, colour times alpha, of the size of the others."""
    try:
        with Image.open(path) as image:
            if "A" not in image.getbands():
                raise UserError(f"{path} has no alpha channel; a scene's pictures are RGBA.")
            rgba = np.asarray(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise UserError(f"{path} is damaged or not a picture ({error}); copy it again.") from error
    if not 1 <= reduce <= min(rgba.shape[:2]):
        raise UserError(
            f"`reduce` is {reduce}; it must be 1 to {min(rgba.shape[:2])}, the shorter side of {path}."
        )
    picture = _scene.premultiplied(rgba, reduce)
    if others and others[0].shape != picture.shape:
        raise UserError(
            f"{path} differs in size from the other pictures; a scene's pictures are of one size."
        )
    return picture
