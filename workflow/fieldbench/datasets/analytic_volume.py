"""A generated volume of density and colour: a few soft solids, as a radiance field would hold them."""

import numpy as np
import xarray as xr

from fieldbench.datasets import _samples
from fieldbench.datasets._files import GENERATED
from fieldbench.errors import UserError

SOFTNESS = 0.02  # of the side: width over which a surface fades
CHANNELS = ("density", *_samples.COLOURS)


def load(*, side: int = 64, data_root: str | None = None, download: bool = False) -> xr.Dataset:
    """A ball, a ring, a box and a thin rod in a cube, sampled at the centres of side^3 cells.

    Density is 1 inside and falls to 0 over a few hundredths of the side. Where solids meet, their colours blend by
    density; colours are multiplied by density, so that empty space is 0 in every channel.

    Args:
        side: cells along each axis.
        data_root: not used: no file is needed.
        download: not used.

    Returns:
        the data set described in `datasets._samples.finished`: channels density, R, G and B, values in [0, 1].

    Raises:
        UserError: `side` is below 2.
    """
    if side < 2:
        raise UserError(f"`side` of analytic_volume is {side}; it must be 2 or more.")
    centres = (np.arange(side) + 0.5) / side
    z, y, x = np.meshgrid(centres, centres, centres, indexing="ij")
    solids = np.stack([_soft(distance) for distance in _distances(z, y, x)])
    density = 1 - np.prod(1 - solids, axis=0)
    weights = solids / np.maximum(solids.sum(0), 1e-12)
    colour = np.einsum("szyx,szyxc->czyx", weights, _colours(z, y, x))
    values = np.concatenate([density[None], colour * density])
    return _samples.finished(
        xr.DataArray(values, dims=("channel", "z", "y", "x"), coords={"channel": list(CHANNELS)}),
        kind="volume", title="Soft solids", notes=[], units="1", peak=1.0, levels=0, **GENERATED,
    )  # fmt: skip


def _distances(z: np.ndarray, y: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
    """Signed distance to the surface of each solid, in sides of the cube; negative inside."""
    ball = np.sqrt((x - 0.34) ** 2 + (y - 0.38) ** 2 + (z - 0.40) ** 2) - 0.17
    around = np.hypot(x - 0.62, y - 0.60) - 0.20
    ring = np.hypot(around, z - 0.55) - 0.06
    box = np.maximum.reduce([np.abs(x - 0.70) - 0.12, np.abs(y - 0.25) - 0.10, np.abs(z - 0.72) - 0.14])
    rod = np.maximum(np.hypot(y - 0.72, z - 0.25) - 0.03, np.abs(x - 0.5) - 0.38)
    return [ball, ring, box, rod]


def _colours(z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(solid, z, y, x, 3): one colour varies smoothly, one is striped, two are plain."""
    smooth = np.stack([0.9 - 0.5 * y, 0.3 + 0.5 * x, 0.4 + 0.3 * z], -1)
    stripes = 0.5 + 0.5 * np.tanh(6 * np.sin(40 * x + 25 * y))[..., None]
    striped = stripes * [0.95, 0.85, 0.20] + (1 - stripes) * [0.15, 0.25, 0.55]
    plain = [
        np.broadcast_to(np.array(colour), smooth.shape) for colour in ([0.2, 0.7, 0.3], [0.9, 0.9, 0.95])
    ]
    return np.stack([smooth, striped, *plain])


def _soft(distance: np.ndarray) -> np.ndarray:
    return 0.5 - 0.5 * np.tanh(distance / SOFTNESS)
