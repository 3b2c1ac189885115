"""Your own scene, or one of the "NeRF-synthetic" ones, in their layout: transforms_{train,test}.json beside RGBA pictures.

Layout: Mildenhall et al. 2020, "NeRF", the synthetic data set.
"""

import hashlib
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from PIL import Image, UnidentifiedImageError

from fieldbench.datasets import _cameras, _scene
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
    outside: bool = False,
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
        outside: whether the files may name pictures outside their folder.

    Returns:
        the data set described in `datasets._scene.finished`.

    Raises:
        UserError: a file is missing, damaged or lacks the camera's angle; no picture is there, or one lies outside the
            folder, has no alpha or another size; a pose is not rigid; or `reduce` is below 1 or larger than the pictures.
    """
    file = own_file(path, data_root)
    parts = [_views(file, views, outside), _views(file.with_name(_cameras.OTHER), test_views, outside)]
    if not math.isclose(parts[0].angle, parts[1].angle, rel_tol=1e-6):
        raise UserError(
            f"{file} and transforms_test.json differ in `camera_angle_x`; a scene has one camera."
        )
    frames = [frame for part in parts for frame in part.frames]
    images = _pictures([picture for picture, _ in frames], reduce)
    return _scene.finished(
        images,
        np.stack([pose for _, pose in frames]),
        [split for split, part in zip(SPLITS, parts, strict=True) for _ in part.frames],
        focal_pixels=images.shape[2] / (2 * math.tan(parts[0].angle / 2)),
        bound=bound,
        title=file.parent.name,
        notes=[note for part in parts for note in part.notes],
        **_origin(file, [picture for picture, _ in frames]),
    )


class _Views(NamedTuple):
    """What one file of cameras gives.

    Attributes:
        angle: horizontal, in radians.
        frames: picture, which exists, and pose (4, 4) of every view that is taken.
        notes: on pictures that are missing.
    """

    angle: float
    frames: list[tuple[Path, np.ndarray]]
    notes: list[str]


def _views(file: Path, most: int | None, outside: bool) -> _Views:
    angle, frames = _frames(file)
    if not outside:
        _cameras.require_inside(file, (picture for picture, _ in frames))
    there = [frame for frame in frames if frame[0].is_file()]
    if not there:
        raise UserError(f"{file} names no picture that exists; put the pictures where it says.")
    chosen = _spread(there, most)
    for picture, pose in chosen:
        _scene.check_rigid(pose, f"{picture.name} in {file}")
    skipped = [picture.name for picture, _ in frames if not picture.is_file()]
    note = f"{file.name}: no picture for {len(skipped)} frames: {', '.join(skipped)}."
    return _Views(angle, chosen, [note] if skipped else [])


def _origin(file: Path, pictures: list[Path]) -> dict[str, Any]:
    """Source, licence and checksums of the list of cameras and of the pictures together."""
    origin = own_provenance(file)
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(picture.read_bytes())
    origin["file_checksums"] += f"\n{len(pictures)} pictures sha256:{digest.hexdigest()}"
    return origin


def _frames(file: Path) -> tuple[float, list[tuple[Path, np.ndarray]]]:
    """The camera's horizontal angle in radians, and picture and pose of every frame."""
    content = _cameras.read(file)
    try:
        frames = [
            (_cameras.picture(file, frame["file_path"]), np.array(frame["transform_matrix"], float))
            for frame in content.get("frames", [])
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} is damaged or no list of cameras ({error!r}); copy it again.") from error
    if "camera_angle_x" not in content:
        raise UserError(f"{file} lacks `camera_angle_x`, the horizontal angle in radians; add it.")
    if not frames:
        raise UserError(f"{file} has no frames; it needs a list `frames` of pictures and poses.")
    return float(content["camera_angle_x"]), frames


def _spread(frames: list[Any], most: int | None) -> list[Any]:
    """At most so many, evenly spread, the first included."""
    if most is None or most >= len(frames):
        return frames
    return [frames[i * len(frames) // most] for i in range(most)]


def _pictures(paths: list[Path], reduce: int) -> np.ndarray:
    """(V, H, W, 4) uint8, colour times alpha."""
    images: list[np.ndarray] = []
    for path in paths:
        images.append(_picture(path, reduce))
        if images[-1].shape != images[0].shape:
            raise UserError(
                f"{path} differs in size from the other pictures; a scene's pictures are of one size."
            )
    return np.stack(images)


def _picture(path: Path, reduce: int) -> np.ndarray:
    """(H, W, 4) uint8, colour times alpha."""
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
    return _scene.premultiplied(rgba, reduce)
