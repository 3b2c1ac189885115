"""The folder that is handed over: model, test views, depth, video, mesh."""

import os
import shutil
from pathlib import Path

import numpy as np
import xarray as xr
from PIL import Image

from fieldbench import files, io
from fieldbench.errors import UserError

COPIED = ("model.pt", "video.mp4", "mesh.ply")


def require_folder(folder: Path, source: Path) -> None:
    """Check, before anything runs, that a folder can be written to, and make it.

    Raises:
        UserError: it is a file, it or its files are read-only, or it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; choose a folder by -o.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); choose another by -o.") from error
    locked = [
        path for path in (folder, *(folder / name for name in COPIED)) if path.exists() and not _open(path)
    ]
    if locked:
        raise UserError(f"{locked[0]} is read-only; make it writable, or choose another folder by -o.")


def _open(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o222) and os.access(path, os.W_OK)


def write(made: Path, views: xr.Dataset, folder: Path) -> None:
    """Write what a study made of its recommended model, each file atomically.

    Args:
        made: the study's folder with it.
        views: its test views, see `radiance.views.to_dataset`; depths in the unit of the list of cameras.
        folder: target.

    Raises:
        UserError: see `files.replacing`.
    """
    for name in COPIED:
        with files.replacing(folder / name) as temporary:
            shutil.copyfile(made / name, temporary)
    for number in range(views.sizes["view"]):
        picture = np.hstack([views[name].values[number] for name in ("rendered", "truth")])
        (folder / "views").mkdir(exist_ok=True)
        with files.replacing(folder / "views" / f"{number:03}.png") as temporary:
            Image.fromarray(picture).save(temporary, format="PNG")
    about = {
        "long_name": "mean distance from the camera of what is seen",
        "units": "unit of the list of cameras",
    }
    depth = views["depth"].astype(np.float32).assign_attrs(about)
    io.save_dataset(
        xr.Dataset({"depth": depth}, attrs={"title": "Depth of the test views"}), folder / "depth.nc"
    )
