"""Pictures of a scene as their files have them, made one kind: upright, straight, and of 8 bits with alpha."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fieldbench.datasets import _lens, _scene
from fieldbench.datasets._lens import Lens
from fieldbench.errors import UserError

LensReader = Callable[[tuple[int, int]], Lens]  # rows and columns of a picture -> its lens
EDGES = 200  # pixels that are partly transparent, from which their colours tell whether they are multiplied by alpha
STEPS = 8  # of alpha, by which they are sorted


class Taken(NamedTuple):
    """One picture.

    Attributes:
        rgba: (H, W, 4) uint8, as the file has it.
        lens: without distortion.
        alpha: whether the file has alpha.
        bent: whether the lens had distortion.
        reduce: pixels along each axis that are to become one.
    """

    rgba: np.ndarray
    lens: Lens
    alpha: bool
    bent: bool
    reduce: int


def taken(path: Path, lens_of: LensReader, reduce: int) -> Taken:
    """The picture in a file, turned as its EXIF data say and straightened.

    Raises:
        UserError: it is damaged, or too small for `reduce`; or its lens is not said.
    """
    rgba, alpha = _read(path)
    if not 1 <= reduce <= min(rgba.shape[:2]):
        raise UserError(
            f"`reduce` is {reduce}; it must be 1 to {min(rgba.shape[:2])}, the shorter side of {path}."
        )
    lens = lens_of(rgba.shape[:2])
    if not lens.bends:
        return Taken(rgba, lens, alpha, False, reduce)
    straight, lens = _lens.straightened(rgba.astype(np.float32), lens, str(path))
    return Taken(np.rint(straight).astype(np.uint8), lens, alpha, True, reduce)


def kind(path: Path) -> tuple[tuple[int, int], bool]:
    """Rows and columns of a picture, upright, and whether it has alpha.

    Raises:
        UserError: it is damaged.
    """
    rgba, alpha = _read(path)
    return rgba.shape[:2], alpha


def _read(path: Path) -> tuple[np.ndarray, bool]:
    """(H, W, 4) uint8, and whether the file has alpha."""
    try:
        with Image.open(path) as image:
            alpha = "A" in image.getbands() or "transparency" in image.info
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I;16"):  # grey of 16 bits, which Pillow would clip
                upright = Image.fromarray((np.asarray(upright) // 257).astype(np.uint8))
            return np.asarray(upright.convert("RGBA")), alpha
    except Image.DecompressionBombError as error:
        raise UserError(f"{path} is too large a picture ({error}); reduce it.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{path} is damaged or not a picture ({error}); copy it again.") from error


def require_one_size(pictures: Sequence[Taken], paths: Sequence[Path]) -> None:
    """Refuse pictures of several sizes.

    Raises:
        UserError: one differs from the first.
    """
    first = pictures[0].rgba.shape[:2]
    for picture, path in zip(pictures, paths, strict=True):
        if picture.rgba.shape[:2] != first:
            size = " x ".join(map(str, picture.rgba.shape[1::-1]))
            raise UserError(
                f"{path} differs in size from the other pictures ({size}, not {first[1]} x {first[0]}); a scene's pictures "
                "are of one size."
            )


def premultiplied(pictures: Sequence[Taken]) -> tuple[np.ndarray, bool]:
    """(V, H, W, 4) uint8, colour times alpha, and whether the files' colours were that already.

    Raises:
        UserError: all pictures are empty.
    """
    already = _multiplied(np.concatenate([_edges(picture.rgba) for picture in pictures]))
    images = np.stack([_scene.premultiplied(p.rgba, p.reduce, already) for p in pictures])
    if not images[..., 3].any():
        raise UserError(
            "All pictures are empty: their alpha is 0 everywhere; render them with the scene in them."
        )
    return images, already


def _edges(rgba: np.ndarray) -> np.ndarray:
    """(N, 4) of the pixels that are partly transparent."""
    return rgba[(rgba[..., 3] > 0) & (rgba[..., 3] < 255)]


def _multiplied(edges: np.ndarray) -> bool:
    """Whether colours of pixels (N, 4) are multiplied by alpha: none exceeds it, and they grow in proportion to it.

    Brightness as a power of alpha: 0 where colours are straight, 1 where they are multiplied.
    """
    if len(edges) < EDGES or (edges[:, :3] > edges[:, 3:] + 1).any():
        return False
    step = np.minimum(edges[:, 3].astype(int) * STEPS // 255, STEPS - 1)
    filled = [number for number in range(STEPS) if (step == number).sum() >= EDGES // STEPS // 4]
    bright = np.array([edges[step == number, :3].mean() for number in filled])
    alpha = np.array([edges[step == number, 3].mean() for number in filled])
    if len(filled) < 3 or not bright.all():
        return False
    return bool(np.polyfit(np.log(alpha), np.log(bright), 1)[0] > 0.5)
