"""A learned scene as one file, and views that are rendered from it: `load`, then `render`."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike

from fieldbench import files
from fieldbench.datasets import _scene
from fieldbench.errors import UserError
from fieldbench.radiance import rays, views
from fieldbench.radiance.model import Model
from fieldbench.radiance.scene import Scene
from fieldbench.radiance.spec import Spec

KEYS = {"spec", "bound", "origin", "scale", "intrinsics", "size", "state"}


@dataclass(frozen=True)
class Saved:
    """A learned scene.

    Attributes:
        model: that renders it, in a cube around the origin.
        origin, scale: a point x of the list of cameras lies at (x - origin) scale in that cube.
        intrinsics: (4,) fx, fy, cx, cy of the first view that was learned, in pixels.
        size: its rows and columns.
    """

    model: Model
    origin: np.ndarray
    scale: float
    intrinsics: np.ndarray
    size: tuple[int, int]


class View(NamedTuple):
    """What a camera sees.

    Attributes:
        colour: (H, W, 3) float32 in [0, 1], before the background.
        depth: (H, W) float32, mean distance from the camera, in the list's unit; NaN where less than half is opaque.
    """

    colour: np.ndarray
    depth: np.ndarray


def save(path: str | Path, model: Model, scene: Scene) -> None:
    """Write a model of a scene, atomically.

    Raises:
        UserError: see `files.replacing`.
    """
    content = {
        "spec": model.spec.model_dump(),
        "bound": scene.bound,
        "origin": torch.from_numpy(scene.origin),
        "scale": scene.scale,
        "intrinsics": torch.from_numpy(scene.intrinsics[0]),
        "size": scene.size,
        "state": model.state_dict(),
    }
    with files.replacing(path) as temporary:
        torch.save(content, temporary)


def load(path: str | Path, device: str = "cpu") -> Saved:
    """The learned scene in a file.

    Args:
        path: a `model.pt` that `fieldbench scene` wrote.
        device: that is rendered on.

    Raises:
        UserError: the file is missing, damaged, or holds something else.
    """
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # of a damaged file torch raises what its bytes happen to mean
        raise UserError(f"{path} cannot be read as a learned scene ({error}); copy it again.") from error
    if not isinstance(content, dict) or not content.keys() >= KEYS:
        raise UserError(f"{path} is no scene that `fieldbench scene` learned.")
    nothing = np.zeros((0, *content["size"], 4), np.uint8), np.zeros((0, 4, 4), np.float32)
    scene = Scene(*nothing, np.zeros(0, bool), np.zeros((0, 4)), content["bound"], None)
    model = Model(scene, Spec(**content["spec"])).to(device).eval()
    model.load_state_dict(content["state"])
    origin, intrinsics = (content[name].cpu().numpy() for name in ("origin", "intrinsics"))
    return Saved(model, origin, content["scale"], intrinsics, tuple(content["size"]))


def render(
    scene: Saved,
    pose: ArrayLike,
    *,
    size: tuple[int, int] | None = None,
    intrinsics: ArrayLike | None = None,
    background: float = 1.0,
) -> View:
    """What a camera sees of a learned scene.

    Args:
        scene: see `load`.
        pose: (4, 4) or (3, 4), camera to world in the coordinates of the list that was learned from, OpenGL's axes: x to the
            right, y up, looking along -z.
        size: rows and columns; those that were learned where left out, unless `intrinsics` asks for others.
        intrinsics: (4,) fx, fy, cx, cy in pixels; where left out the lens that was learned, for the larger side of `size`.
        background: grey in [0, 1], behind what is not opaque.

    Raises:
        UserError: the pose is not rigid.
    """
    matrix = np.asarray(pose, np.float64)
    matrix = np.vstack([matrix, [0, 0, 0, 1]]) if matrix.shape == (3, 4) else matrix
    _scene.check_rigid(matrix, "the view")
    matrix[:3, 3] = (matrix[:3, 3] - scene.origin) * scene.scale
    size = size or scene.size
    lens = _lens(scene, size) if intrinsics is None else np.asarray(intrinsics, np.float64)
    device = next(scene.model.parameters()).device
    chosen = rays.of_view(
        torch.from_numpy(matrix.astype(np.float32)).to(device), torch.from_numpy(lens).to(device), size
    )
    colour, depth = views.pictured(scene.model.render(*chosen, background)[0], size)
    return View(colour, depth / scene.scale)


def _lens(scene: Saved, size: tuple[int, int]) -> np.ndarray:
    """The lens that was learned, in a picture of another size."""
    if size == scene.size:
        return scene.intrinsics
    factor = max(size) / max(scene.size)
    focal = scene.intrinsics[:2] * factor
    return np.array([*focal, size[1] / 2, size[0] / 2])
