"""Which points are observed, and what is measured there."""

import numpy as np
import xarray as xr
from scipy.spatial.distance import cdist

from fieldbench.errors import UserError

KINDS = ("uniform", "clustered", "tracks")
PER_CLUSTER = 10  # observations that share a cluster's centre, on average
CLUSTER = 0.05  # standard deviation of a cluster, in units of the longer side
THINNING = 0.5  # share of a track that is seen; the rest is under clouds
TILT = 0.3  # tracks lean this much from the y axis, ascending to one side and descending to the other


def draw(kind: str, position: np.ndarray, count: int, fields: int, rng: np.random.Generator) -> np.ndarray:
    """The observed points (fields, count), each field with its own pattern, every point at most once.

    Args:
        kind: "uniform"; "clustered" about random points; or "tracks", broken lines as a satellite leaves them.
        position: (P, 2), y and x.
        count: number of observations in each field.
        fields: number of fields.
        rng: source of randomness.

    Raises:
        UserError: unknown kind, no observation, or more observations than points.
    """
    if kind not in KINDS:
        raise UserError(f"Unknown mask '{kind}'; known: {', '.join(KINDS)}.")
    if not 1 <= count <= len(position):
        raise UserError(
            f"{count} observations of {len(position)} points: `fraction` must leave at least one, at most all."
        )
    index = [_choose(_preference(kind, position, count, rng), count, rng) for _ in range(fields)]
    return np.array(index, dtype=int).reshape(fields, count)


def observe(fields: np.ndarray, index: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """The values (F, O) of `fields` (F, P) at `index` (F, O), with normal noise of standard deviation `noise`."""
    values = np.take_along_axis(fields, index, axis=1)
    return (values + noise * rng.standard_normal(values.shape)).astype(np.float32)


def add_observations(data: xr.Dataset, kind: str, fraction: float, noise: float, seed: int) -> xr.Dataset:
    """`data` with observations of its validation and test fields; see `problem.from_dataset`.

    The points depend on `seed` and not on `noise`, and neither split's on the other's size.

    Args:
        data: see `datasets._fields.finished`.
        kind: see `draw`.
        fraction: share of the points that are observed.
        noise: standard deviation, in the data's unit.
        seed: of points and noise.

    Raises:
        UserError: negative noise, or as `draw`.
    """
    if noise < 0:
        raise UserError(f"`noise` is {noise}; it must not be negative.")
    count = round(fraction * data.sizes["point"])
    observed = {}
    for stream, split in enumerate(("validation", "test")):
        rng = np.random.default_rng([seed, stream])
        index = draw(kind, data["position"].values, count, data.sizes[f"{split}_field"], rng)
        dimensions = (f"{split}_field", "observation")
        observed[f"{split}_index"] = (dimensions, index)
        observed[f"{split}_values"] = (dimensions, observe(data[split].values, index, noise, rng))
    return data.assign(observed).assign_attrs(noise=noise, mask=kind)


def _preference(kind: str, position: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Logarithm of how much more one point is preferred to another, (P,)."""
    if kind == "clustered":
        centres = position[rng.integers(len(position), size=-(-count // PER_CLUSTER))]
        nearest = cdist(position, centres).min(1)
        return -0.5 * (nearest / CLUSTER) ** 2
    if kind == "tracks":
        spacing = np.sqrt(np.ptp(position, axis=0).prod() / len(position))
        return -0.5 * (_distance_to_tracks(position, count, spacing, rng) / (0.5 * spacing)) ** 2
    return np.zeros(len(position))


def _distance_to_tracks(
    position: np.ndarray, count: int, spacing: float, rng: np.random.Generator
) -> np.ndarray:
    """Distance of every point to the nearest of as many tracks as `count` observations fill in part."""
    length, width = np.ptp(position, axis=0)
    tracks = max(2, round(count * spacing / (THINNING * length)))
    lean = TILT * np.where(np.arange(tracks) % 2, 1, -1)
    crossing = rng.uniform(0, width, tracks)  # x at half height
    away = position[:, 1:] - crossing - lean * (position[:, :1] - length / 2)
    return (np.abs(away) / np.hypot(1, lean)).min(1)


def _choose(preference: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different points, drawn one after the other with probabilities in proportion to exp(preference).

    Source: the Gumbel top-k trick (Vieira 2014; Kool et al. 2019).
    """
    keys = preference + rng.gumbel(size=len(preference))
    return np.sort(np.argpartition(-keys, count - 1)[:count])
