"""Whether cameras look at one scene, and where that scene lies."""

from collections.abc import Callable, Sequence

import numpy as np

from fieldbench.errors import UserError

HALF = 1.5  # half the side of the cube that a scene whose size is not said is scaled to
MOST = 0.8  # share of the cameras that must see what all look at
PARALLEL = 1e-3  # of the smallest to the largest eigenvalue, below which axes meet nowhere
APART = 1e-3  # of the scene's distance, between places that are not the same
FLIP = np.diag([1.0, -1.0, -1.0, 1.0])  # between OpenGL's axes (y up, looking along -z) and OpenCV's
ACROSS = 1.5  # how far beyond the edge of a picture, in its half width, what all look at may lie

STAND_INSIDE = (
    "If they stand inside the scene, give `bound`, half the side of the cube around the origin that holds it; else correct "
    "the poses (camera to world, looking along -z, y up)."
)

# What poses may be instead of what they should be -> the poses that they should have been.
MISTAKES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "have OpenCV's axes (y down, looking along +z): give `axes: opencv`": lambda poses: poses @ FLIP,
    "lead from the world to the camera: give `poses: world-to-camera`": np.linalg.inv,
    "lead from the world to the camera with OpenCV's axes: give `poses: world-to-camera` and `axes: opencv`": (
        lambda poses: np.linalg.inv(poses) @ FLIP
    ),
}


def centre(poses: np.ndarray) -> np.ndarray:
    """The point (3,) nearest to the optical axes of cameras (V, 4, 4), in the least-squares sense."""
    axes, places = -poses[:, :3, 2].astype(np.float64), poses[:, :3, 3].astype(np.float64)
    across = np.eye(3) - axes[:, :, None] * axes[:, None]
    return np.linalg.lstsq(across.sum(0), (across @ places[..., None]).sum(0)[:, 0], rcond=None)[0]


def meet(poses: np.ndarray) -> bool:
    """Whether the optical axes of cameras (V, 4, 4) are not all parallel."""
    axes = -poses[:, :3, 2]
    values = np.linalg.eigvalsh((np.eye(3) - axes[:, :, None] * axes[:, None]).sum(0))
    return bool(values[0] > PARALLEL * values[-1])


def sees(poses: np.ndarray, tangents: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(V,) bool, whether a point (3,) lies before cameras, in or near their pictures.

    Args:
        poses: (V, 4, 4), camera to world, OpenGL.
        tangents: (V,) of half the larger angle of each picture.
    """
    away = point - poses[:, :3, 3]
    depth = -(away * poses[:, :3, 2]).sum(1)
    side = np.sqrt(np.maximum((away**2).sum(1) - depth**2, 0))
    spread = np.linalg.norm(away, axis=1).max()
    return (depth > APART * spread) & (side <= ACROSS * tangents * np.maximum(depth, 0))


def look_at_one_scene(poses: np.ndarray, tangents: np.ndarray) -> bool:
    """Whether most cameras see the point that all look at; see `sees`."""
    return bool(sees(poses, tangents, centre(poses)).mean() >= MOST)


def likely_cause(poses: np.ndarray, tangents: np.ndarray) -> str | None:
    """The mistake without which the cameras would look at one scene."""
    return next(
        (words for words, right in MISTAKES.items() if look_at_one_scene(right(poses), tangents)), None
    )


def cube(poses: np.ndarray, tangents: np.ndarray, name: str) -> tuple[np.ndarray, float]:
    """Centre (3,) and half side of the cube that the cameras look at: what their pictures show at its distance.

    Raises:
        UserError: they look at nothing in common, with the likely cause.
    """
    middle = centre(poses)
    if not meet(poses):
        raise UserError(
            f"The cameras of {name} all look in one direction, which does not say where the scene lies; give `bound`, half "
            "the side of the cube around the origin that holds it."
        )
    if not look_at_one_scene(poses, tangents):
        cause = likely_cause(poses, tangents)
        remedy = f"It seems that the poses {cause}." if cause else STAND_INSIDE
        raise UserError(f"The cameras of {name} look away from one another. {remedy}")
    distances = np.linalg.norm(poses[:, :3, 3] - middle, axis=1)
    return middle, float(np.median(distances * tangents))


def require_seen(poses: np.ndarray, tangents: np.ndarray, bound: float, name: str) -> None:
    """Refuse a cube around the origin that hardly a camera sees.

    Raises:
        UserError: it lies elsewhere; with the likely cause.
    """
    corners = bound * np.array(np.meshgrid(*[(-0.5, 0.0, 0.5)] * 3)).reshape(3, -1).T
    inside = (np.abs(poses[:, :3, 3]) <= bound).all(1)
    seen = inside | np.any([sees(poses, tangents, corner) for corner in corners], axis=0)
    if seen.mean() < MOST:
        cause = likely_cause(poses, tangents)
        raise UserError(
            f"{int((~seen).sum())} of {len(seen)} cameras of {name} do not see the cube of half side {bound:g} around the "
            f"origin. {f'It seems that the poses {cause}' if cause else 'Leave out `bound`, and the scene is moved there'}."
        )


def moved(poses: Sequence[np.ndarray] | np.ndarray, middle: np.ndarray, factor: float) -> np.ndarray:
    """Poses of the scene moved by -`middle` and then scaled."""
    placed = np.array(poses, np.float64)
    placed[:, :3, 3] = (placed[:, :3, 3] - middle) * factor
    return placed
