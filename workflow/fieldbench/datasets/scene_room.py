"""A generated large scene: cameras inside a room with balls near by, a window, and beyond it a ball and clouds.

Every surface is opaque and its colour known; the scene's cube has a half side of 16, the cameras stand near the origin.
"""

import math

import numpy as np
import xarray as xr

from fieldbench.datasets import _scene
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError

BOUND = 16.0
ROOM = np.array([5.0, 5.0, 2.5])  # half sides
BALLS = (  # centre, radius, colour: near, in the room, and beyond its window
    ((1.6, 0.3, -0.4), 0.4, (0.85, 0.25, 0.15)),
    ((-0.9, 1.7, 0.2), 0.3, (0.20, 0.55, 0.85)),
    ((-1.4, -1.3, -0.6), 0.5, (0.95, 0.80, 0.20)),
    ((0.8, -3.2, 0.0), 0.9, (0.30, 0.75, 0.35)),
    ((13.0, 1.0, 1.0), 2.0, (0.60, 0.30, 0.70)),
)
WINDOW = np.array([3.0, 1.2])  # half width and half height, in the wall at x = 5
SKY = 15.5  # half side of the box of clouds around all
TILES = 1.25  # side of a square of the walls' pattern
ANGLE = 1.2  # radians, the cameras' horizontal angle
SUPERSAMPLING = 3  # rays along each side of a pixel


def load(
    *, size: int = 64, train: int = 60, test: int = 8, data_root: str | None = None, download: bool = False
) -> xr.Dataset:
    """Views out of a room's middle in all directions; each pixel is the mean of 3 x 3 exact rays.

    Args:
        size: pixels along each side of a view.
        train, test: views of each kind.
        data_root: not used: no file is needed.
        download: not used.

    Returns:
        the data set described in `datasets._scene.finished`.

    Raises:
        UserError: a size or number of views below 1.
    """
    if min(size, train, test) < 1:
        raise UserError("scene_room needs size, train and test of 1 or more.")
    poses = np.stack([*_cameras(train, 0.0), *_cameras(test, 0.5)])
    focal = size / (2 * math.tan(ANGLE / 2))
    return _scene.finished(
        np.stack([_view(pose, focal, size) for pose in poses]),
        poses,
        ["train"] * train + ["test"] * test,
        intrinsics=_scene.central(focal, (size, size), len(poses)),
        bound=BOUND,
        title="A room with a window",
        notes=["opaque; cameras stand inside"],
        **GENERATED,
    )


def colour(origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What rays (N, 3) with unit directions, from inside the room, see: colours (N, 3), and distances (N,); exact."""
    distance, seen = _walls(origins, directions)
    outside = _through_window(origins, directions, distance)
    distance[outside], seen[outside] = _sky(origins[outside], directions[outside])
    for centre, radius, tint in BALLS:
        near = _ball(origins - np.array(centre), directions, radius)
        hit = near < distance
        normal = (origins[hit] + near[hit, None] * directions[hit] - centre) / radius
        light = 0.55 + 0.45 * normal @ np.array([0.36, -0.48, 0.8])
        seen[hit], distance[hit] = np.clip(light[:, None] * tint, 0, 1), near[hit]
    return seen, distance


def _leave(origins: np.ndarray, directions: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances (N,) at which rays leave a box from inside, and the axis (N,) of the face."""
    away = np.where(directions == 0, 1e-30, directions)
    reach = (np.sign(away) * half - origins) / away
    return reach.min(1), reach.argmin(1)


def _walls(origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squares of two shades on every wall, each axis with a tint of its own."""
    distance, axis = _leave(origins, directions, ROOM)
    place = origins + distance[:, None] * directions
    within = np.floor(place / TILES + 1e-9)
    within[np.arange(len(axis)), axis] = 0
    shade = 0.45 + 0.35 * (within.sum(1) % 2)
    tint = np.array([[1.0, 0.85, 0.7], [0.75, 0.9, 1.0], [0.9, 0.9, 0.9]])[axis]
    return distance, shade[:, None] * tint


def _through_window(origins: np.ndarray, directions: np.ndarray, distance: np.ndarray) -> np.ndarray:
    place = origins + distance[:, None] * directions
    wall = np.abs(place[:, 0] - ROOM[0]) < 1e-6
    return wall & (np.abs(place[:, 1:]) < WINDOW).all(1)


def _sky(origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blue that fades to the horizon, with soft clouds."""
    distance, _ = _leave(origins, directions, np.full(3, SKY))
    place = origins + distance[:, None] * directions
    cloud = 0.5 + 0.5 * np.sin(0.9 * place[:, 1]) * np.sin(0.7 * place[:, 2] + 1)
    blue = np.array([0.45, 0.65, 0.95])
    return distance, blue + (1 - blue) * (0.6 * cloud)[:, None]


def _ball(offset: np.ndarray, directions: np.ndarray, radius: float) -> np.ndarray:
    """Distances (N,) at which rays meet a ball; infinite where they miss it."""
    along = (offset * directions).sum(-1)
    inner = along**2 - (offset**2).sum(-1) + radius**2
    near = -along - np.sqrt(np.maximum(inner, 0))
    return np.where((inner > 0) & (near > 0), near, np.inf)


def _view(pose: np.ndarray, focal: float, size: int) -> np.ndarray:
    """(size, size, 4) uint8."""
    fine = SUPERSAMPLING * size
    side = ((np.arange(fine) + 0.5) / SUPERSAMPLING - size / 2) / focal
    y, x = np.meshgrid(-side, side, indexing="ij")
    rays = np.stack([x, y, -np.ones_like(x)], -1).reshape(-1, 3) @ pose[:3, :3].T
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    seen, _ = colour(np.broadcast_to(pose[:3, 3], rays.shape), rays)
    blocks = seen.reshape(size, SUPERSAMPLING, size, SUPERSAMPLING, 3).mean((1, 3))
    return np.rint(255 * np.concatenate([blocks, np.ones((size, size, 1))], -1)).astype(np.uint8)


def _cameras(count: int, shift: float) -> list[np.ndarray]:
    """Poses within 1 of the origin, looking outwards in directions spread by the golden angle, hardly up or down."""
    numbers = np.arange(count) + shift
    angle = np.pi * (3 - math.sqrt(5)) * numbers
    height = 0.5 * (2 * (np.arange(count) + 0.5) / count - 1)
    out = np.stack([np.cos(angle), np.sin(angle), height], -1)
    places = 0.8 * np.stack([np.cos(1.7 * angle), np.sin(1.7 * angle), 0.4 * np.sin(angle)], -1)
    return [_scene.look_at(place, place + way) for place, way in zip(places, out, strict=True)]
