"""Which points are observed, and what is measured there."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.spatial.distance import cdist

from fieldbench.datasets import _netcdf
from fieldbench.datasets._files import own_file
from fieldbench.errors import UserError
from fieldbench.sparse import clouds
from fieldbench.sparse.problem import CLOUDS, SPLITS, Observations, Problem, gathered

Noise = float | Sequence[float]
KINDS = ("uniform", "clustered", "tracks")
FILE = "file"  # patterns of a file
PER_CLUSTER = 10  # observations that share a cluster's centre, on average
CLUSTER = 0.05  # standard deviation of a cluster, in units of the longer side
THINNING = 0.5  # share of a track that is seen; the rest is under clouds
TILT = 0.3  # tracks lean this much from the y axis, ascending to one side and descending to the other


def observed(data: xr.Dataset, task: Mapping[str, Any], data_root: str | None = None) -> xr.Dataset:
    """`data` as the task of a configuration entry; see `add_observations` and `clouds.add_observations`.

    Raises:
        UserError: as these.
    """
    if task["mask"] == CLOUDS:
        return clouds.add_observations(data, task["fraction"], task["noise"], task["seed"])
    if task["mask"] == FILE:
        rng = np.random.default_rng([task["seed"], len(SPLITS)])
        shown = from_file(data, task["path"], task["variable"], data_root)
        shown &= rng.random(shown.shape) <= task["fraction"]
        data = data.assign(pattern=(("pattern", "point"), shown[shown.any(1)]))
    return add_observations(data, task["mask"], task["fraction"], task["noise"], task["seed"])


def from_file(data: xr.Dataset, path: str, variable: str, data_root: str | None = None) -> np.ndarray:
    """Patterns (K, points) of a NetCDF variable on the data's grid, (y, x) or one for each of K times.

    A point is observed where whole numbers are not zero, and others not missing; patterns that show nothing are left out.

    Raises:
        UserError: no such file or variable, another grid, or nothing observed.
    """
    file = own_file(path, data_root)
    values = _netcdf.read(file, variable)
    shape = (data.attrs["rows"], data.attrs["columns"])
    if values.shape[-2:] != shape:
        raise UserError(
            f"'{variable}' of {file.name} has the shape {values.shape}, the fields {shape[0]} rows and {shape[1]} columns; "
            "give a mask on their grid."
        )
    known = np.isfinite(values.values)
    seen = known & (values.values != 0) if values.encoding.get("dtype", values.dtype).kind in "iu" else known
    shown = seen.reshape(-1, *shape)[:, data["row"].values, data["column"].values]
    if not shown.any():
        raise UserError(
            f"'{variable}' of {file.name} shows no point of the fields; check `variable` of the task."
        )
    return shown[shown.any(1)]


def of_problem(problem: Problem, fields: int, rng: np.random.Generator, times: float = 1.0) -> np.ndarray:
    """Points (fields, count) as a problem's test fields have them, or `times` as many where they are drawn.

    Of patterns of a file they are as many as the smallest has.
    """
    if problem.pattern is None:
        count = round(times * problem.test_observations.index.shape[1])
        return draw(problem.mask, problem.position, count, fields, rng)
    chosen = problem.pattern[rng.integers(len(problem.pattern), size=fields)]
    fewest = chosen.sum(1).min()
    return np.array([np.sort(rng.choice(np.flatnonzero(one), fewest, replace=False)) for one in chosen])


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


def observe(
    fields: np.ndarray,
    index: np.ndarray,
    noise: Noise,
    rng: np.random.Generator,
    time: np.ndarray | None = None,
) -> Observations:
    """The values of `fields` (F, P) at `index` (F, O), with normal noise.

    Args:
        noise: its standard deviation; or the least and the largest, between which every observation has its own.
        time: (F,) of the fields.
    """
    values = np.take_along_axis(fields, np.maximum(index, 0), axis=1)
    normal = rng.standard_normal(values.shape)
    if isinstance(noise, int | float):
        error = np.full(values.shape, noise)
    else:
        low, high = np.log(noise)
        error = np.exp(rng.uniform(low, high, values.shape))
    there = index >= 0
    values = np.where(there, values + error * normal, 0).astype(np.float32)
    return Observations(index, values, np.where(there, error, 0), time)


def add_observations(data: xr.Dataset, kind: str, fraction: float, noise: Noise, seed: int) -> xr.Dataset:
    """`data` with observations of its validation and test fields; see `problem.from_dataset`.

    The points depend on `seed` and not on `noise`, and neither split's on the other's size.

    Args:
        data: see `datasets._fields.finished`.
        kind: see `draw`; or `file`, where `pattern` (pattern, point) is what may be observed of a field.
        fraction: share of the points that are observed.
        noise: standard deviation, in the data's unit; or two between which every observation has its own.
        seed: of points and noise.

    Raises:
        UserError: a noise that is none, a data set with gaps, or as `draw`.
    """
    check_noise(noise)
    if np.isnan(data["test"]).any():
        raise UserError(
            f"{data.attrs['title']} has gaps; set `mask: clouds` of the task, which has them filled."
        )
    observed: dict[str, tuple[tuple[str, str], np.ndarray]] = {}
    for stream, split in enumerate(("validation", "test")):
        rng = np.random.default_rng([seed, stream])
        index = _index(data, kind, fraction, data.sizes[f"{split}_field"], rng)
        observed |= observe(data[split].values, index, noise, rng).variables(split)
    return data.assign(observed).assign_attrs(noise=level(noise), mask=kind)


def _index(data: xr.Dataset, kind: str, fraction: float, fields: int, rng: np.random.Generator) -> np.ndarray:
    """The observed points (fields, O), -1 where a field has fewer than others."""
    if kind != FILE:
        return draw(kind, data["position"].values, round(fraction * data.sizes["point"]), fields, rng)
    shown = data["pattern"].values[rng.integers(data.sizes["pattern"], size=fields)]
    return gathered(np.where(shown, 0.0, np.nan), 0.0).index


def check_noise(noise: Noise) -> None:
    """Raise a UserError unless `noise` is one standard deviation, or two with the least first."""
    if isinstance(noise, int | float):
        if noise < 0:
            raise UserError(f"`noise` is {noise}; it must not be negative.")
    elif len(noise) != 2 or not 0 < noise[0] <= noise[1]:
        raise UserError(
            f"`noise` is {list(noise)}; give one number, or the least and the largest, both above zero."
        )


def level(noise: Noise) -> float:
    """The root mean square of the standard deviations."""
    low, high = (noise, noise) if isinstance(noise, int | float) else noise
    if low == high:
        return float(low)
    # Uniform in its logarithm.
    return float(np.sqrt((high**2 - low**2) / (2 * np.log(high / low))))


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
