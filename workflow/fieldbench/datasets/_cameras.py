"""Lists of cameras, transforms_{train,test}.json, and the pictures that they name. Standard library only.

Layout: Mildenhall et al. 2020, "NeRF", the synthetic data set.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fieldbench.errors import UserError

OTHER = "transforms_test.json"  # beside the list that `path` of a scene names


def read(file: Path) -> dict[str, Any]:
    """What a list of cameras holds.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise TypeError("no object")
    except FileNotFoundError as error:
        raise UserError(f"{file} does not exist; a scene needs it beside transforms_train.json.") from error
    except (ValueError, TypeError, OSError) as error:
        raise UserError(f"{file} is damaged or no list of cameras ({error!r}); copy it again.") from error
    return content


def picture(file: Path, name: str) -> Path:
    """Where the picture lies that the list `file` calls `name`, a PNG where no suffix is given."""
    path = file.parent / name
    return path if path.suffix else path.with_suffix(".png")


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
    found = []
    for cameras in (file, file.with_name(OTHER)):
        try:
            frames = read(cameras).get("frames", [])
            names = [frame["file_path"] for frame in frames]
            found += [path for name in names if (path := picture(cameras, name)).is_file()]
        except (UserError, TypeError, KeyError):
            continue
        found += [cameras] if cameras != file else []
    return found
