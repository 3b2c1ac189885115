"""Lists of cameras, transforms_{train,test}.json or transforms.json, and the pictures they name. Standard library only.

Layout: Mildenhall et al. 2020, "NeRF", the synthetic data set, and what writers of such files have added since.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

OTHERS = (
    "transforms_test.json",
    "transforms_val.json",
)  # beside transforms_train.json; the first that exists is used
SUFFIXES = ("", ".png", ".jpg", ".jpeg", ".webp")  # that a name may lack


def read(file: Path) -> dict[str, Any]:
    """What a list of cameras holds.

    Raises:
        UserError: it is missing or damaged, or has no frames.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(content, dict):
            raise TypeError("no object")
    except FileNotFoundError as error:
        raise UserError(f"{file} does not exist; give the path of a list of cameras.") from error
    except (ValueError, TypeError, OSError) as error:
        raise UserError(f"{file} is damaged or no list of cameras ({error!r}); copy it again.") from error
    frames = content.get("frames")
    if not frames:
        raise UserError(f"{file} has no frames; it needs a list `frames` of pictures and poses.")
    if not (isinstance(frames, list) and all(isinstance(frame, dict) for frame in frames)):
        raise UserError(
            f"`frames` of {file} is no list of objects; each needs `file_path` and `transform_matrix`."
        )
    for number, frame in enumerate(frames):
        if lacking := {"file_path", "transform_matrix"} - frame.keys():
            raise UserError(f"Frame {number} of {file} lacks `{min(lacking)}`; add it.")
    return content


def other(file: Path) -> Path | None:
    """The list of test cameras beside the list `file` of training cameras, where there is one."""
    if file.name in OTHERS:
        return None
    return next((path for name in OTHERS if (path := file.with_name(name)).exists()), None)


def picture(file: Path, name: str) -> Path:
    """Where the picture lies that the list `file` calls `name`; where none is found, where it should lie.

    A suffix may be left out. A picture of an absolute path that does not exist here is looked for beside the list, by ever
    shorter ends of its path, and in the folder that the list is named for.
    """
    name = str(name).replace("\\", "/")
    for place in _places(file, name):
        for suffix in SUFFIXES:
            found = place.with_name(place.name + suffix)
            if found.is_file():
                return found
    return file.parent / name


def _places(file: Path, name: str) -> Iterator[Path]:
    folder = file.parent
    yield folder / name
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        parts = name.strip("/").split("/")
        for first in range(1, len(parts)):
            yield folder.joinpath(*parts[first:])
        yield folder / file.stem.removeprefix("transforms_") / parts[-1]


def require_inside(file: Path, pictures: Iterable[Path]) -> None:
    """Refuse a list that leads to files elsewhere: it may come from strangers.

    Raises:
        UserError: a picture lies outside the folder of the list `file`.
    """
    folder = file.parent.resolve()
    for path in pictures:
        if not path.resolve().is_relative_to(folder):
            raise UserError(
                f"{file} names {path}, which lies outside its folder; copy it there, or allow it by `outside: true`."
            )


def files(file: Path) -> list[Path]:
    """The list of test cameras beside `file`, and the pictures of both that exist; none of a list that cannot be read."""
    beside = other(file)
    found = [beside] if beside else []
    for cameras in (file, *found):
        try:
            names = [frame["file_path"] for frame in read(cameras)["frames"]]
        except UserError:
            continue
        found += [path for name in names if (path := picture(cameras, name)).is_file()]
    return found
