"""A generated picture with what photographs and screens hold: shading, edges, texture and lettering."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError
from fieldbench.values import Seed, Shape

SMALLEST = 16  # pixels along a side
SHAPES = 6
GRATINGS = 3
WORDS = 4
GLYPH = 5  # cells along the side of a letter


def load(
    *,
    shape: Shape,
    seed: Seed = 0,
    detail: float = 1.0,
    data_root: str | None = None,
    download: bool = False,
) -> xr.Dataset:
    """A picture of `shape`, RGB of 8 bits; the same scene at every size, but for the texture, whose grain is a pixel.

    Args:
        shape: [rows, columns], 16 or more each.
        seed: of the scene.
        detail: strength of gratings, texture and lettering; 0 leaves shading and edges.
        data_root: not used: no file is needed.
        download: not used.

    Returns:
        the data set described in `datasets._samples.finished`.

    Raises:
        UserError: a shape that is not two numbers or too small, or a negative `detail`.
    """
    if len(shape) != 2 or min(shape) < SMALLEST or detail < 0:
        raise UserError(
            f"image_synthetic has `shape` {list(shape)} and `detail` {detail}; it needs [rows, columns] of at least "
            f"{SMALLEST}, and no negative detail."
        )
    generator = np.random.default_rng(seed)
    y, x = ((np.arange(length) + 0.5) / length for length in shape)
    y, x = np.meshgrid(y, x, indexing="ij")
    scene = _shading(generator, y, x)
    for _ in range(SHAPES):
        scene = _with_shape(scene, generator, y, x)
    for _ in range(GRATINGS):
        scene += detail * _grating(generator, y, x)
    scene += detail * _texture(generator, y, x)
    for _ in range(WORDS):
        scene = _with_word(scene, generator, y, x, detail)
    pixels = np.rint(255 * scene.clip(0, 1)).astype(np.uint8)
    notes = [f"Seed {seed}, detail {detail}."]
    return _samples.picture(pixels, title=f"Generated picture {seed}", notes=notes, **GENERATED)


def _shading(generator: np.random.Generator, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Slow waves of brightness and colour, (y, x, 3), about 0.5."""
    phases = generator.uniform(0, 2 * np.pi, (2, 3))
    slopes = generator.uniform(1, 4, (2, 3))
    waves = np.sin(slopes[0] * y[..., None] + phases[0]) + np.sin(slopes[1] * x[..., None] + phases[1])
    return 0.5 + 0.15 * waves


def _with_shape(
    scene: np.ndarray, generator: np.random.Generator, y: np.ndarray, x: np.ndarray
) -> np.ndarray:
    """The scene behind an ellipse or a turned rectangle of one colour, with a hard edge."""
    inside = _disc(generator, y, x, np.hypot if generator.random() < 0.5 else _larger) < 1
    return np.where(inside[..., None], generator.uniform(0.1, 0.9, 3), scene)


def _grating(generator: np.random.Generator, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Stripes within a soft disc, their frequency rising across it: (y, x, 1), within 0.25."""
    window = np.exp(-(_disc(generator, y, x, np.hypot) ** 2))
    angle, frequency = generator.uniform(0, np.pi), generator.uniform(20, 80)
    along = np.cos(angle) * x + np.sin(angle) * y
    return 0.25 * (window * np.sin(2 * np.pi * frequency * along * (1 + along)))[..., None]


def _texture(generator: np.random.Generator, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Grain in one part of the picture: white noise, smoothed by one pixel, (y, x, 1)."""
    noise = generator.normal(size=y.shape)
    smooth = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 3
    return 0.12 * (smooth * np.exp(-(_disc(generator, y, x, np.hypot) ** 2)))[..., None]


def _with_word(
    scene: np.ndarray, generator: np.random.Generator, y: np.ndarray, x: np.ndarray, opacity: float
) -> np.ndarray:
    """The scene behind a row of made-up letters, each a random pattern of cells, mirrored as letters often are."""
    letters = int(generator.integers(4, 9))
    half = generator.random((letters, GLYPH, (GLYPH + 1) // 2)) < 0.55
    glyphs = np.concatenate(
        [half, half[:, :, : GLYPH // 2][:, :, ::-1], np.zeros((letters, GLYPH, 1), bool)], 2
    )
    word = glyphs.transpose(1, 0, 2).reshape(GLYPH, -1)
    height = generator.uniform(0.04, 0.09)
    top, left = generator.uniform(0, 1 - height), generator.uniform(0, 0.6)
    row = np.floor((y - top) / height * GLYPH).astype(int)
    column = np.floor((x - left) / height * GLYPH).astype(int)
    within = (row >= 0) & (row < GLYPH) & (column >= 0) & (column < word.shape[1])
    ink = within & word[row.clip(0, GLYPH - 1), column.clip(0, word.shape[1] - 1)]
    colour = generator.choice([0.05, 0.95])
    return scene + min(opacity, 1) * ink[..., None] * (colour - scene)


def _disc(
    generator: np.random.Generator,
    y: np.ndarray,
    x: np.ndarray,
    norm: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Distance from a random centre along two turned axes, in units of random radii, (y, x)."""
    centre, radii = generator.uniform(0, 1, 2), generator.uniform(0.06, 0.3, 2)
    angle = generator.uniform(0, np.pi)
    along = np.cos(angle) * (x - centre[0]) + np.sin(angle) * (y - centre[1])
    across = np.cos(angle) * (y - centre[1]) - np.sin(angle) * (x - centre[0])
    return norm(along / radii[0], across / radii[1])


def _larger(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(first), np.abs(second))
