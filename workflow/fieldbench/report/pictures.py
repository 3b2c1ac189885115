"""Pictures that a reader holds against one another: of each data set the truth, and what methods make of it.

An area that has some defines `galleries(study)` in its own `report/pictures.py`.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex
from PIL import Image

from fieldbench.report.formatting import number
from fieldbench.report.results import Study

LARGEST = 384  # pixels of a side
UNKNOWN = 0.75  # grey
STOPS = 9  # colours of a scale that are named
MOST = 8  # pictures of a gallery


@dataclass(frozen=True)
class Scale:
    """What colours mean.

    Attributes:
        low, high: values at its ends, with their unit.
        colours: from low to high, as `#rrggbb`.
    """

    low: str
    high: str
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """Pictures of one thing, of one size.

    Attributes:
        name: unique in its area; `[a-z0-9-]+`.
        title: what is shown.
        pictures: label -> picture as a `data:` address, the truth first where it is known.
        shown: labels of the two that are held against each other at first.
        scale: of the colours; None for pictures in their own.
    """

    name: str
    title: str
    pictures: Mapping[str, str]
    shown: tuple[str, str]
    scale: Scale | None = None


def galleries(study: Study) -> list[Gallery]:
    """None: the house knows no area's files."""
    return []


def scale(cmap: str, norm: Normalize, unit: str = "") -> Scale:
    """The meaning of a colour map between two limits."""
    low, high = (f"{number(float(value or 0.0))} {unit}".strip() for value in (norm.vmin, norm.vmax))
    return Scale(low, high, tuple(to_hex(colormaps[cmap](place)) for place in np.linspace(0, 1, STOPS)))


def coloured(values: np.ndarray, cmap: str, norm: Normalize) -> str:
    """Values (y, x), the first row at the bottom, in the colours of a map; grey where they are NaN."""
    values = _thinned(np.asarray(values, float))[::-1]
    shades = np.round(255 * np.clip(norm(np.nan_to_num(values)), 0, 1)).astype(np.uint8)
    unknown = ~np.isfinite(values)
    shades = np.where(unknown, 255, np.minimum(shades, 254)).astype(np.uint8)
    palette = colormaps[cmap](np.linspace(0, 1, 255))[:, :3]
    palette = np.vstack([palette, np.full(3, UNKNOWN)])
    image = Image.fromarray(shades)
    image.putpalette(np.round(255 * palette).astype(np.uint8).tobytes())
    return _address(image, "PNG", optimize=True)


def photograph(values: np.ndarray) -> str:
    """Values (y, x, 3) from 0 to 1, the first row on top, in their own colours."""
    values = _thinned(np.nan_to_num(np.asarray(values, float), nan=UNKNOWN))
    image = Image.fromarray(np.round(255 * np.clip(values, 0, 1)).astype(np.uint8))
    return _address(image, "WEBP", quality=90, method=6)


def _thinned(values: np.ndarray) -> np.ndarray:
    """Every n-th row and column, so that no side is longer than LARGEST."""
    step = -(-max(values.shape[:2]) // LARGEST)
    return values[::step, ::step]


def _address(image: Image.Image, form: str, **options: object) -> str:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
