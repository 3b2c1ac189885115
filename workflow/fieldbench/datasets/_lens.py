"""What a camera's lens does, as lists of cameras say it: focal lengths, principal point and distortion.

Keys: those of Instant-NGP's and nerfstudio's transforms.json; distortion as OpenCV defines it ("Camera calibration and 3D
reconstruction", and its fisheye model after Kannala & Brandt 2006).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import ndimage

from fieldbench.errors import UserError

PINHOLES = ("PINHOLE", "SIMPLE_PINHOLE", "OPENCV", "SIMPLE_RADIAL", "RADIAL")
FISHEYE = "OPENCV_FISHEYE"
RADIAL, TANGENTIAL = ("k1", "k2", "k3", "k4"), ("p1", "p2")
FOCAL = (
    "fl_x",
    "fl_y",
    "camera_angle_x",
    "camera_angle_y",
)  # what a frame says of its own stands for all of these
AGREE = 0.01  # relative difference up to which two statements are the same
MOST_ZOOM = 10.0
ZOOM = 1.02  # step in which a picture is enlarged until no pixel comes from outside it


@dataclass(frozen=True)
class Lens:
    """Of one picture, in its pixels, from its upper left corner.

    Attributes:
        fx, fy: focal lengths.
        cx, cy: principal point.
        radial: k1 to k4.
        tangential: p1 and p2.
        fisheye: whether `radial` is a polynomial of the angle, not of the distance from the axis.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    radial: tuple[float, ...] = (0.0,) * 4
    tangential: tuple[float, ...] = (0.0,) * 2
    fisheye: bool = False

    @property
    def bends(self) -> bool:
        """Whether straight lines are imaged as curves."""
        return self.fisheye or any(self.radial + self.tangential)

    def reduced(self, factor: int) -> tuple[float, float, float, float]:
        """`fx`, `fy`, `cx`, `cy` of the picture with `factor` pixels along each axis made one."""
        return self.fx / factor, self.fy / factor, self.cx / factor, self.cy / factor


def read(
    shared: Mapping[str, Any],
    frame: Mapping[str, Any],
    size: tuple[int, int],
    angle_of: str | None,
    name: str,
) -> Lens:
    """The lens of a picture.

    Args:
        shared: what a list says of all its frames.
        frame: what it says of this one, which precedes.
        size: rows and columns of the picture.
        angle_of: side that `camera_angle_x` is the angle of, `width` or `longer`, where the picture is upright.
        name: of the picture and its list, for messages.

    Raises:
        UserError: nothing gives a focal length, what is given contradicts itself or is no number, or an unknown model.
    """
    own = any(key in frame for key in FOCAL)
    keys = {key: value for key, value in shared.items() if not (own and key in FOCAL)} | dict(frame)
    number = {key: _number(keys[key], key, name) for key in _NUMBERS if keys.get(key) is not None}
    scale = _scale(number, size, name)
    height, width = size
    fx, fy = _focal(number, size, scale, angle_of, name)
    model = keys.get("camera_model") or ("OPENCV_FISHEYE" if keys.get("is_fisheye") else "OPENCV")
    if model not in (*PINHOLES, FISHEYE):
        raise UserError(f"{name} has the camera model '{model}'; known: {', '.join((*PINHOLES, FISHEYE))}.")
    return Lens(
        fx,
        fy,
        number["cx"] * scale if "cx" in number else width / 2,
        number["cy"] * scale if "cy" in number else height / 2,
        tuple(number.get(key, 0.0) for key in RADIAL),
        tuple(number.get(key, 0.0) for key in TANGENTIAL),
        model == FISHEYE,
    )


_NUMBERS = (*FOCAL, "cx", "cy", "w", "h", *RADIAL, *TANGENTIAL)


def _number(value: Any, key: str, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"`{key}` of {name} is {value!r}; it must be a finite number.")
    return number


def _scale(number: Mapping[str, float], size: tuple[int, int], name: str) -> float:
    """Pixels of the picture per pixel that the list counts in."""
    sides = {"h": size[0], "w": size[1]}
    scales = [have / number[key] for key, have in sides.items() if number.get(key)]
    if scales and max(scales) > min(scales) * (1 + AGREE):
        said = " x ".join(f"{number[key]:g}" for key in ("w", "h"))
        raise UserError(
            f"{name} is said to have {said} pixels and has {size[1]} x {size[0]}, another shape; correct `w` and `h`."
        )
    return scales[0] if scales else 1.0


def _focal(
    number: Mapping[str, float], size: tuple[int, int], scale: float, angle_of: str | None, name: str
) -> tuple[float, float]:
    height, width = size
    for key in ("fl_x", "fl_y"):
        if key in number and number[key] <= 0:
            raise UserError(f"`{key}` of {name} is {number[key]:g}; a focal length in pixels is positive.")
    if "fl_x" not in number and "camera_angle_y" not in number and height > width and angle_of is None:
        raise UserError(
            f"{name} is upright, and writers of `camera_angle_x` differ: give `angle_of: width` (as NeRF's own files have "
            "it) or `angle_of: longer` (Blender's automatic sensor), or `fl_x` in the list."
        )
    side = max(height, width) if angle_of == "longer" else width
    x = _one(number, "fl_x", "camera_angle_x", side, scale, name)
    y = _one(number, "fl_y", "camera_angle_y", height, scale, name)
    known = x or y
    if known is None:
        raise UserError(
            f"{name} lacks `camera_angle_x`, the horizontal angle in radians, and `fl_x`, the focal length in pixels; add "
            "one."
        )
    return x or known, y or known


def _one(
    number: Mapping[str, float], length: str, angle: str, side: int, scale: float, name: str
) -> float | None:
    """A focal length in pixels by what is said of it; None where nothing is."""
    said = number[length] * scale if length in number else None
    if angle not in number:
        return said
    if not 0 < number[angle] < math.pi:
        raise UserError(
            f"`{angle}` of {name} is {number[angle]:g}; an angle lies between 0 and pi, in radians and not in degrees."
        )
    by_angle = side / (2 * math.tan(number[angle] / 2))
    if said is not None and not math.isclose(said, by_angle, rel_tol=AGREE):
        raise UserError(
            f"{name}: `{length}` is {said:.4g} pixels, and `{angle}` says {by_angle:.4g}; remove the wrong one."
        )
    return by_angle if said is None else said


def straightened(picture: np.ndarray, lens: Lens, name: str) -> tuple[np.ndarray, Lens]:
    """A picture as a lens without distortion images it, enlarged just so that all of it was seen.

    Args:
        picture: (H, W, C), colour times alpha if it has alpha.
        lens: it was taken with.
        name: for a message.

    Raises:
        UserError: a distortion that no picture can have.
    """
    zoom = 1.0
    while not _inside(lens, zoom, picture.shape[:2]):
        zoom *= ZOOM
        if zoom > MOST_ZOOM:
            raise UserError(
                f"The distortion of {name} leaves no straight picture; correct k1 to k4, p1 and p2."
            )
    straight = replace(lens, fx=lens.fx * zoom, fy=lens.fy * zoom, radial=(0.0,) * 4, tangential=(0.0,) * 2)
    rows, columns = np.meshgrid(*(np.arange(n) + 0.5 for n in picture.shape[:2]), indexing="ij")
    x, y = bent(lens, (columns - lens.cx) / straight.fx, (rows - lens.cy) / straight.fy)
    places = [y * lens.fy + lens.cy - 0.5, x * lens.fx + lens.cx - 0.5]
    channels = [
        ndimage.map_coordinates(c, places, order=1, mode="nearest") for c in np.moveaxis(picture, -1, 0)
    ]
    return np.stack(channels, -1), replace(straight, fisheye=False)


def _inside(lens: Lens, zoom: float, size: tuple[int, int]) -> bool:
    """Whether all of the enlarged picture comes from within the picture, and the farther out the farther from its axis."""
    height, width = size
    side = np.linspace(0, 1, 65)
    edge = [(side, end) for end in (0 * side, 0 * side + 1)]
    u, v = (np.concatenate(part) for part in zip(*edge, *((b, a) for a, b in edge), strict=True))
    share = np.linspace(0, 1, 33)[:, None]
    x = share * (u * width - lens.cx) / lens.fx / zoom
    y = share * (v * height - lens.cy) / lens.fy / zoom
    x, y = bent(lens, x, y)
    outwards = (np.diff(np.hypot(x, y), axis=0) >= 0).all()
    column, row = x[-1] * lens.fx + lens.cx, y[-1] * lens.fy + lens.cy
    within = min(column.min(), row.min()) >= 0 and column.max() <= width and row.max() <= height
    return bool(outwards and within)


def bent(lens: Lens, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the lens images what a pinhole would image at `x`, `y`, in units of the focal lengths, y downwards."""
    square = x * x + y * y
    if lens.fisheye:
        radius = np.sqrt(square)
        angle = np.arctan(radius)
        powers = sum(k * angle ** (2 * i) for i, k in enumerate(lens.radial, 1))
        factor = np.where(radius > 0, angle * (1 + powers) / np.where(radius > 0, radius, 1), 1.0)
        return x * factor, y * factor
    factor = 1 + sum(k * square**i for i, k in enumerate(lens.radial, 1))
    p1, p2 = lens.tangential
    across = 2 * p1 * x * y + p2 * (square + 2 * x * x)
    down = p1 * (square + 2 * y * y) + 2 * p2 * x * y
    return x * factor + across, y * factor + down
