"""A scene as training takes it."""

from dataclasses import dataclass, field, replace

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
        intrinsics: (V, 4) float64, focal lengths and principal point (fx, fy, cx, cy) of each view, in pixels.
        bound: half the side of the cube around the origin that holds the scene.
        box: (2, 3), corners of a box that holds all that is not empty; None where unknown.
        origin, scale: a point x of the files lies at (x - origin) scale here.
    """

    images: np.ndarray
    poses: np.ndarray
    train: np.ndarray
    intrinsics: np.ndarray
    bound: float
    box: np.ndarray | None
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    scale: float = 1.0

    def held_out(self, count: int) -> tuple["Scene", "Scene"]:
        """The training views without `count` evenly chosen ones, and these as test views of the same scene.

        They tell the quality on the way, so that nothing is chosen by the test views.

        Raises:
            UserError: no view is left to learn from.
        """
        numbers = np.flatnonzero(self.train)
        if not 0 < count < len(numbers):
            raise UserError(
                f"`evaluate_views` is {count} of a scene with {len(numbers)} training views; it needs one or more, and one "
                "must be left to learn from."
            )
        chosen = np.zeros(len(numbers), bool)
        chosen[(np.arange(count) * len(numbers)) // count + len(numbers) // (2 * count)] = True
        return self._part(numbers[~chosen], train=True), self._part(numbers[chosen], train=False)

    def _part(self, numbers: np.ndarray, *, train: bool) -> "Scene":
        kept = np.full(len(numbers), train)
        parts = {name: getattr(self, name)[numbers] for name in ("images", "poses", "intrinsics")}
        return replace(self, train=kept, **parts)

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
        intrinsics=data["intrinsics"].values,
        bound=float(data.attrs["bound"]),
        box=np.reshape(data.attrs["box"], (2, 3)) if "box" in data.attrs else None,
        origin=np.asarray(data.attrs["origin"]),
        scale=float(data.attrs["scale"]),
    )


def over(images: np.ndarray, background: float | np.ndarray = 1.0) -> np.ndarray:
    """Colours (..., 3) in [0, 1] of images (..., 4), colour times alpha in 1/255, before a background."""
    values = images.astype(np.float32) / 255
    return values[..., :3] + (1 - values[..., 3:]) * np.float32(background)
