"""A scene as training takes it."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from fieldbench.errors import UserError


@dataclass(frozen=True)
class Scene:
    """Views of a scene from known cameras, see `datasets._scene`.

    Attributes:
        images: (V, H, W, 4) uint8, colour multiplied by alpha.
        poses: (V, 4, 4) float32, camera to world, OpenGL.
        train: (V,) bool, whether a view is one to learn from.
        focal: of the cameras, in pixels.
        bound: half the side of the cube around the origin that holds the scene.
        box: (2, 3), corners of a box that holds all that is not empty; None where unknown.
    """

    images: np.ndarray
    poses: np.ndarray
    train: np.ndarray
    focal: float
    bound: float
    box: np.ndarray | None

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of a view."""
        return self.images.shape[1:3]


def from_dataset(data: xr.Dataset) -> Scene:
    """The scene in a data set.

    Raises:
        UserError: the data set is no scene.
    """
    if data.attrs.get("kind") != "scene":
        raise UserError(
            f"'{data.attrs.get('title')}' is no scene; radiance fields need one with `image` and `pose`."
        )
    return Scene(
        images=data["image"].values,
        poses=data["pose"].values.astype(np.float32),
        train=data["split"].values == "train",
        focal=float(data.attrs["focal_pixels"]),
        bound=float(data.attrs["bound"]),
        box=np.reshape(data.attrs["box"], (2, 3)) if "box" in data.attrs else None,
    )


def over(images: np.ndarray, background: float | np.ndarray = 1.0) -> np.ndarray:
    """Colours (..., 3) in [0, 1] of images (..., 4), colour times alpha in 1/255, before a background."""
    values = images.astype(np.float32) / 255
    return values[..., :3] + (1 - values[..., 3:]) * np.float32(background)
