"""A generated scene of three balls and two boxes, whose density and colour are known at every point and direction.

Every solid has one density; its colour at a point, seen along a direction, is that of the surface where the ray entered it:
shaded by a lamp, with a highlight that moves with the viewer (Phong 1975). So a ray's colour has a closed form.
"""

import math

import numpy as np
import xarray as xr

from fieldbench.datasets import _scene
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError

BOUND = 1.0
BALLS = (  # centre, radius, colour
    ((-0.45, -0.35, -0.15), 0.34, (0.85, 0.20, 0.15)),
    ((0.40, -0.40, 0.05), 0.26, (0.15, 0.55, 0.85)),
    ((0.05, 0.42, 0.38), 0.22, (0.95, 0.80, 0.20)),
)
BOXES = (  # centre, half sides, colour
    ((0.45, 0.38, -0.25), (0.22, 0.18, 0.30), (0.25, 0.70, 0.30)),
    ((-0.35, 0.40, -0.30), (0.20, 0.26, 0.12), (0.60, 0.30, 0.70)),
)
LAMP = np.array([0.4, -0.5, 0.77]) / np.linalg.norm([0.4, -0.5, 0.77])
AMBIENT, HIGHLIGHT, SHARPNESS = 0.45, 0.6, 24
DISTANCE = 3.2  # of the cameras from the origin
ANGLE = 0.69  # radians, the cameras' horizontal angle
SUPERSAMPLING = 4  # rays along each side of a pixel


def load(
    *,
    size: int = 64,
    train: int = 40,
    test: int = 8,
    density: float | None = None,
    data_root: str | None = None,
    download: bool = False,
) -> xr.Dataset:
    """Views of the scene from cameras spread over a sphere; each pixel is the mean of 4 x 4 exact rays.

    Args:
        size: pixels along each side of a view.
        train, test: views of each kind.
        density: of the solids, per unit of length; None for opaque ones.
        data_root: not used: no file is needed.
        download: not used.

    Returns:
        the data set described in `datasets._scene.finished`.

    Raises:
        UserError: a size or number of views below 1, or a density that is not positive.
    """
    if min(size, train, test) < 1 or (density is not None and density <= 0):
        raise UserError(
            "scene_analytic needs size, train and test of 1 or more, and a positive density or none."
        )
    poses = np.stack([*_cameras(train, 0.0), *_cameras(test, 0.5)])
    focal = size / (2 * math.tan(ANGLE / 2))
    images = np.stack([_view(pose, focal, size, density) for pose in poses])
    return _scene.finished(
        images,
        poses,
        ["train"] * train + ["test"] * test,
        intrinsics=_scene.central(focal, (size, size), len(poses)),
        bound=BOUND,
        box=np.concatenate(tight_box()),
        title="Three balls and two boxes",
        notes=["opaque" if density is None else f"density {density:g}"],
        **GENERATED,
    )


def tight_box() -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest corner of the smallest box around the solids."""
    low = [np.subtract(centre, extent) for centre, extent, _ in BALLS + BOXES]
    high = [np.add(centre, extent) for centre, extent, _ in BALLS + BOXES]
    return np.min(low, 0), np.max(high, 0)


def radiance(origins: np.ndarray, directions: np.ndarray, density: float | None) -> np.ndarray:
    """Colour times alpha, and alpha, (N, 4), of rays (N, 3) with unit directions from outside the solids; exact."""
    near, far = _crossings(origins, directions)
    order = np.argsort(near, axis=0)
    found, open_share, every = np.zeros((len(origins), 4)), np.ones(len(origins)), np.arange(len(origins))
    for rank in order:
        hit = np.flatnonzero(np.isfinite(near[rank, every]))
        solid = rank[hit]
        length = far[solid, hit] - near[solid, hit]
        alpha = np.ones(len(hit)) if density is None else -np.expm1(-density * length)
        weight = open_share[hit] * alpha
        found[hit, :3] += weight[:, None] * _seen(origins[hit], directions[hit], solid, near[solid, hit])
        found[hit, 3] += weight
        open_share[hit] *= 1 - alpha
    return found


def _crossings(origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances (solids, N) at which rays enter and leave each solid; infinite where they miss it."""
    pairs = [_ball(origins - np.array(centre), directions, radius) for centre, radius, _ in BALLS]
    pairs += [_box(origins - np.array(centre), directions, np.array(half)) for centre, half, _ in BOXES]
    near, far = (np.stack(part) for part in zip(*pairs, strict=True))
    hit = (near < far) & (near > 0)
    return np.where(hit, near, np.inf), np.where(hit, far, np.inf)


def _ball(offset: np.ndarray, directions: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    along = (offset * directions).sum(-1)
    root = np.sqrt(np.maximum(along**2 - (offset**2).sum(-1) + radius**2, 0))
    return -along - root, -along + root


def _box(offset: np.ndarray, directions: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the slabs between opposite faces."""
    inverse = 1 / np.where(directions == 0, 1e-30, directions)
    middle, reach = -offset * inverse, np.abs(half * inverse)
    return (middle - reach).max(-1), (middle + reach).min(-1)


def _seen(origins: np.ndarray, directions: np.ndarray, solid: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(N, 3): what rays see of the solids whose surface they meet at `near`: ambient and diffuse light, a highlight."""
    centres, colours = (np.array([entry[part] for entry in BALLS + BOXES]) for part in (0, 2))
    offset = origins + near[:, None] * directions - centres[solid]
    flat = solid >= len(BALLS)
    halves = np.array([half for _, half, _ in BOXES])[np.maximum(solid - len(BALLS), 0)]
    face = np.eye(3)[np.abs(offset / halves).argmax(-1)] * np.sign(offset)
    normal = np.where(flat[:, None], face, offset / np.linalg.norm(offset, axis=-1, keepdims=True))
    mirrored = directions - 2 * (directions * normal).sum(-1, keepdims=True) * normal
    highlight = HIGHLIGHT * np.maximum(mirrored @ LAMP, 0) ** SHARPNESS
    light = AMBIENT + (1 - AMBIENT) * np.maximum(normal @ LAMP, 0)
    return np.minimum(light[:, None] * colours[solid] + highlight[:, None], 1)


def _view(pose: np.ndarray, focal: float, size: int, density: float | None) -> np.ndarray:
    """(size, size, 4) uint8."""
    fine = SUPERSAMPLING * size
    side = ((np.arange(fine) + 0.5) / SUPERSAMPLING - size / 2) / focal
    y, x = np.meshgrid(-side, side, indexing="ij")
    rays = np.stack([x, y, -np.ones_like(x)], -1).reshape(-1, 3) @ pose[:3, :3].T
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    values = radiance(np.broadcast_to(pose[:3, 3], rays.shape), rays, density)
    blocks = values.reshape(size, SUPERSAMPLING, size, SUPERSAMPLING, 4)
    return np.rint(255 * blocks.mean((1, 3))).astype(np.uint8)


def _cameras(count: int, shift: float) -> list[np.ndarray]:
    """Poses spread over a sphere along a spiral of the golden angle, looking at the origin; `shift` turns it."""
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    angle = np.pi * (3 - math.sqrt(5)) * (np.arange(count) + shift)
    flat = np.sqrt(1 - height**2)
    positions = DISTANCE * np.stack([flat * np.cos(angle), flat * np.sin(angle), height], -1)
    return [_scene.look_at(position) for position in positions]
