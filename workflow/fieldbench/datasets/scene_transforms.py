"""Your own scene: a list of cameras, transforms_train.json or transforms.json, beside its pictures.

Layout: Mildenhall et al. 2020, "NeRF", the synthetic data set; and the lists of Instant-NGP's and nerfstudio's tools.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import xarray as xr

from fieldbench.datasets import _cameras, _lens, _pictures, _scene, _viewing
from fieldbench.datasets._files import own_file, own_provenance
from fieldbench.errors import UserError
from fieldbench.values import Count, Positive

NAMED = 5  # pictures that are missing
LAST_ROW = (0.0, 0.0, 0.0, 1.0)
UNUSED = {"mask_path": "masks", "depth_file_path": "depths"}  # of frames


def load(
    *,
    path: str,
    data_root: str | None,
    download: bool,
    reduce: Count = 1,
    bound: Positive | None = None,
    surroundings: Positive = 1.0,
    views: Count | None = None,
    test_views: Count | None = None,
    test_every: Count = 8,
    axes: Literal["opengl", "opencv"] = "opengl",
    poses: Literal["camera-to-world", "world-to-camera"] = "camera-to-world",
    angle_of: Literal["width", "longer"] | None = None,
    outside: bool = False,
) -> xr.Dataset:
    """A scene from `path`, a list of cameras.

    Beside transforms_train.json, transforms_test.json or transforms_val.json lists the test views. Any other list has views
    of both kinds: by its `train_filenames` and `test_filenames` or `val_filenames`, or else each `test_every`-th is a test
    view. Pictures that a list names and that are not there are skipped. Such things are listed in `notes`.

    Args:
        path: of the list.
        data_root: folder that `path` may be relative to.
        download: not used.
        reduce: pixels along each axis that become one.
        bound: half the side of the cube around the origin that holds the scene, in the files' unit of length; None to find
            the cube that the cameras look at and to move it there, with a half side of 1.5.
        surroundings: how many times as large the scene's cube is as that one, where pictures show what lies behind.
        views, test_views: most views to take, evenly spread over those there are; None for all.
        test_every: see above.
        axes: of the cameras: y up and looking along -z, or OpenCV's, y down and looking along +z.
        poses: what `transform_matrix` does.
        angle_of: side that `camera_angle_x` is the angle of, in upright pictures: `width`, as in NeRF's own files, or
            `longer`, as Blender's automatic sensor has it.
        outside: whether the files may name pictures outside their folder.

    Returns:
        the data set described in `datasets._scene.finished`.

    Raises:
        UserError: a file is missing, damaged or contradicts itself; no picture is there, or one lies outside the folder or
            has another size; a pose is not rigid; a test view is a training view; the cameras look away from one another or
            from the cube; or `reduce` is larger than the pictures.
    """
    file = own_file(path, data_root)
    frames, notes = _frames(file, test_every, outside)
    kept = [*_spread(frames, "train", views), *_spread(frames, "test", test_views)]
    matrices = np.stack([_pose(frame, axes, poses) for frame in kept])
    taken = [_pictures.taken(frame.picture, _lens_reader(frame, angle_of), reduce) for frame in kept]
    _pictures.require_one_size(taken, [frame.picture for frame in kept])
    images, premultiplied = _pictures.premultiplied(taken)
    notes += _told(kept, taken, premultiplied)
    intrinsics = np.array([picture.lens.reduced(reduce) for picture in taken])
    placed = _placed(matrices, intrinsics, images.shape[1:3], bound, str(file))
    notes += [placed.note] if placed.note else []
    return _scene.finished(
        images,
        placed.poses,
        [frame.split for frame in kept],
        intrinsics=intrinsics,
        bound=placed.bound * (surroundings if bound is None else 1),
        origin=placed.origin,
        scale=placed.scale,
        title=file.parent.name,
        notes=notes,
        **_origin(file, [frame.picture for frame in kept]),
    )


class Survey(NamedTuple):
    """What a list of cameras offers.

    Attributes:
        size: rows and columns of the first picture, upright.
        alpha: whether it has alpha.
        train, test: views of each kind whose pictures are there.
    """

    size: tuple[int, int]
    alpha: bool
    train: int
    test: int


def survey(path: str, *, test_every: Count = 8, outside: bool = False) -> Survey:
    """What a list offers, told from the list and the first picture alone; arguments as of `load`.

    Raises:
        UserError: the list or the picture is missing or damaged, or there is no view to learn from or to judge by.
    """
    file = own_file(path, None)
    frames, _ = _frames(file, test_every, outside)
    counts = [sum(frame.split == split for frame in frames) for split in ("train", "test")]
    if 0 in counts:
        raise UserError(
            f"{file} has pictures for {counts[0]} training and {counts[1]} test views; a scene needs views of both kinds: "
            "give `test_every`, or correct its list of test views."
        )
    return Survey(*_pictures.kind(frames[0].picture), *counts)


@dataclass(frozen=True)
class _Frame:
    """One view that a list names.

    Attributes:
        file: the list.
        shared: what the list says of all its frames.
        own: what it says of this one.
        picture: where its picture lies, or should lie.
        split: "train" or "test".
    """

    file: Path
    shared: dict[str, Any]
    own: dict[str, Any]
    picture: Path
    split: str

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.picture.name} in {self.file}"


def _frames(file: Path, test_every: int, outside: bool) -> tuple[list[_Frame], list[str]]:
    """The views with pictures, and notes."""
    beside = _cameras.other(file) if file.name == "transforms_train.json" else None
    frames = [
        frame
        for part in (file, beside)
        if part
        for frame in _listed(part, "test" if part == beside else "train")
    ]
    if not outside:
        _cameras.require_inside(file, (frame.picture for frame in frames))
    there = [frame for frame in frames if frame.picture.is_file()]
    for part in (file, beside):
        if part and not any(frame.file == part for frame in there):
            raise UserError(
                f"{part} names no picture that exists; put the pictures where it says (PNG, JPEG or WebP)."
            )
    notes = [_missing(part, frames) for part in (file, beside) if part]
    first: dict[tuple[str, Path], _Frame] = {}
    for frame in there:
        first.setdefault((frame.split, frame.picture.resolve()), frame)
    unique = list(first.values())
    notes.append(
        f"{len(there) - len(unique)} frames name a picture again and are left out."
        if len(unique) < len(there)
        else ""
    )
    if beside is None:
        unique, note = _split(file, unique, test_every)
        notes.append(note)
    _require_apart(unique)
    return unique, [note for note in notes if note]


def _listed(file: Path, split: str) -> list[_Frame]:
    content = _cameras.read(file)
    shared = {key: value for key, value in content.items() if key != "frames"}
    return [
        _Frame(file, shared, frame, _cameras.picture(file, frame["file_path"]), split)
        for frame in content["frames"]
    ]


def _missing(file: Path, frames: Sequence[_Frame]) -> str:
    skipped = [frame.picture.name for frame in frames if frame.file == file and not frame.picture.is_file()]
    more = [f"{len(skipped) - NAMED} more"] if len(skipped) > NAMED else []
    names = ", ".join([*skipped[:NAMED], *more])
    return f"{file.name}: no picture for {len(skipped)} frames: {names}." if skipped else ""


def _split(file: Path, frames: Sequence[_Frame], test_every: int) -> tuple[list[_Frame], str]:
    """Views of both kinds from one list, and a note on how they were told apart."""
    shared = frames[0].shared
    tests = shared.get("test_filenames") or shared.get("val_filenames")
    if tests:
        train, test = (
            {_cameras.picture(file, name) for name in names}
            for names in (shared.get("train_filenames", []), tests)
        )
        chosen = [replace(f, split="test") for f in frames if f.picture in test]
        chosen += [
            frame for frame in frames if frame.picture in train or not (train or frame.picture in test)
        ]
        return chosen, ""
    if test_every < 2 or len(frames) < 2:
        raise UserError(
            f"{file} has {len(frames)} views and no list of test views beside it; it needs two, and `test_every` of 2 or "
            "more."
        )
    first = min(test_every, len(frames)) // 2
    splits = ["test" if i % test_every == first else "train" for i in range(len(frames))]
    note = f"{file.name} has no list of test views beside it: each {test_every}th view is one ({splits.count('test')})."
    return [replace(frame, split=split) for frame, split in zip(frames, splits, strict=True)], note


def _require_apart(frames: Sequence[_Frame]) -> None:
    learned = {frame.picture.resolve() for frame in frames if frame.split == "train"}
    shared = [
        frame.picture.name for frame in frames if frame.split == "test" and frame.picture.resolve() in learned
    ]
    if shared:
        raise UserError(
            f"{len(shared)} test views of {frames[0].file} are training views, too ({', '.join(shared[:3])}); a quality on "
            "them says nothing. Take them from one of the lists."
        )


def _spread(frames: Sequence[_Frame], split: str, most: int | None) -> list[_Frame]:
    """At most so many of one kind, evenly spread, the first included."""
    some = [frame for frame in frames if frame.split == split]
    if most is None or most >= len(some):
        return some
    return [some[i * len(some) // most] for i in range(most)]


def _pose(frame: _Frame, axes: str, direction: str) -> np.ndarray:
    """(4, 4), camera to world with OpenGL's axes.

    Raises:
        UserError: the matrix is none, or not rigid.
    """
    try:
        pose = np.array(frame.own["transform_matrix"], np.float64)
    except (ValueError, TypeError):
        pose = np.zeros(0)
    if pose.shape == (3, 4):
        pose = np.vstack([pose, LAST_ROW])
    if pose.shape != (4, 4):
        raise UserError(
            f"The pose of {frame.name} is not rigid: `transform_matrix` must have 4 x 4 or 3 x 4 numbers."
        )
    if not np.isfinite(pose).all():
        raise UserError(f"The pose of {frame.name} has a number that is not finite; correct it.")
    if not np.allclose(pose[3], LAST_ROW, atol=1e-6):
        raise UserError(
            f"The last row of the pose of {frame.name} is not 0 0 0 1; it may be written column by column: transpose it."
        )
    _scene.check_rigid(pose, frame.name)
    if direction == "world-to-camera":
        pose = np.asarray(np.linalg.inv(pose), np.float64)
    return pose @ _viewing.FLIP if axes == "opencv" else pose


def _lens_reader(frame: _Frame, angle_of: str | None) -> _pictures.LensReader:
    return lambda size: _lens.read(frame.shared, frame.own, size, angle_of, frame.name)


class _Placed(NamedTuple):
    """A scene where it is learned: poses, half its side, what became of the files' coordinates, and a note on it."""

    poses: np.ndarray
    bound: float
    origin: np.ndarray
    scale: float
    note: str


def _placed(
    poses: np.ndarray, intrinsics: np.ndarray, size: tuple[int, int], bound: float | None, name: str
) -> _Placed:
    tangents = np.max([size[1] / 2 / intrinsics[:, 0], size[0] / 2 / intrinsics[:, 1]], axis=0)
    if bound is not None:
        _viewing.require_seen(poses, tangents, bound, name)
        return _Placed(poses, bound, np.zeros(3), 1.0, "")
    middle, half = _viewing.cube(poses, tangents, name)
    words = ", ".join(f"{value:.6g}" for value in middle)
    factor = _viewing.HALF / half
    note = f"Moved by minus ({words}) and scaled by {factor:.6g}: there the cameras look at a cube of half side {half:.4g}."
    return _Placed(_viewing.moved(poses, middle, factor), _viewing.HALF, middle, factor, note)


def _told(frames: Sequence[_Frame], taken: Sequence[_pictures.Taken], premultiplied: bool) -> list[str]:
    """Notes on what was read otherwise than a list or picture says at first sight, or not used."""
    given = {key for frame in frames for key in frame.own}
    notes = [f"The files' {words} (`{key}`) are not used." for key, words in UNUSED.items() if key in given]
    if not any(picture.alpha for picture in taken):
        notes.append("The pictures have no alpha: what is behind the scene is learned with it.")
    if any(picture.bent for picture in taken):
        notes.append("Pictures were straightened by the lens's distortion.")
    if premultiplied:
        notes.append(
            "Colours are as dark as their alpha is low: they are taken to be multiplied by alpha already."
        )
    return notes


def _origin(file: Path, pictures: list[Path]) -> dict[str, Any]:
    """Source, licence and checksums of the list of cameras and of the pictures together."""
    origin = own_provenance(file)
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(picture.read_bytes())
    origin["file_checksums"] += f"\n{len(pictures)} pictures sha256:{digest.hexdigest()}"
    return origin
