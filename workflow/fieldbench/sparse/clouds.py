"""A series whose own gaps are its sampling pattern: what is held out of it, as clouds would hide it, and what is left.

Random points under no cloud have observed neighbours and are easily filled; so the cells held out lie together, in patches
of the gaps of other times.

Source: Beckers and Rixen 2003, J. Atmos. Ocean. Technol. 20, 1839, with the clouds for cross-validation of Alvera-Azcarate
et al. 2005, Ocean Modelling 9, 325.
"""

from typing import Any

import numpy as np
import xarray as xr
from scipy.ndimage import label

from fieldbench.errors import UserError
from fieldbench.physics.sphere import unit_vectors
from fieldbench.sparse.problem import CLOUDS, SPLITS, gathered

FEWEST = 20  # known values of a field that lends some to be held out
ATTEMPTS = 200  # clouds that are tried for one field
JOINED = np.ones((3, 3))  # cells that touch at a corner are of one cloud
SHRINK = 1.0  # observations that the prior of a cell's annual cycle is worth


def add_observations(data: xr.Dataset, fraction: float, noise: float, seed: int) -> xr.Dataset:
    """`data` as a task: what is held out for the test, as much for validation, and the rest as observations of both.

    A mean and, where the data set asks for it, an annual cycle of every cell are fitted to what is learned from alone
    and taken off; `background` (test_field, point) is what was taken off.

    Args:
        data: all of its fields in `test`, NaN where not known; see `datasets._series.split`.
        fraction: of every field's known values, held out for the test; as many for validation.
        noise: standard deviation that the values have, in the data's unit; none is added.
        seed: of what is held out.

    Raises:
        UserError: no such series, or nothing that can be held out.
    """
    if "design" not in data:
        raise UserError(
            f"{data.attrs['title']} is no series with gaps; set `gaps: keep` of the data set, or another `mask` of the task."
        )
    fields = data["test"].values.astype(float)
    parts = _parts(data, fraction, seed)
    background = annual_cycle(np.where(parts["train"], fields, np.nan), data["design"].values)
    anomaly = fields - background
    splits = {split: np.where(parts[split], anomaly, np.nan).astype(np.float32) for split in SPLITS}
    given = {"validation": parts["train"], "test": parts["train"] | parts["validation"]}
    told: dict[str, Any] = {"background": (("test_field", "point"), background.astype(np.float32))}
    for split in SPLITS:
        told[split] = ((f"{split}_field", "point"), splits[split])
        told[f"{split}_time"] = (f"{split}_field", data["test_time"].values)
    for split, where in given.items():
        told |= gathered(np.where(where, anomaly, np.nan), noise).variables(split)
    peak = float(np.nanmax(splits["train"]) - np.nanmin(splits["train"]))
    whole = data.drop_dims(["train_field", "validation_field"])
    return whole.assign(told).assign_attrs(noise=noise, mask=CLOUDS, peak=peak)


def _parts(data: xr.Dataset, fraction: float, seed: int) -> dict[str, np.ndarray]:
    """Which values (F, P) each split has."""
    known = ~np.isnan(data["test"].values)
    held, left = {}, known
    for stream, split in enumerate(("test", "validation")):
        rng = np.random.default_rng([seed, stream])
        held[split] = hold_out(left, known, _places(data), _images(data), fraction, rng)
        left = left & ~held[split]
    if not held["test"].any() or not held["validation"].any():
        raise UserError(
            f"{data.attrs['title']}: no cloud of one time covers what another one knows, so that nothing can be held out; "
            "give a longer series, or `gaps: cells`."
        )
    return {"train": left, **held}


def hold_out(
    left: np.ndarray,
    known: np.ndarray,
    places: np.ndarray,
    images: tuple[np.ndarray, np.ndarray, tuple[int, int]],
    fraction: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """The values (F, P) that are held out: of each field so many as `fraction` says, under clouds of other times.

    A cloud is what lacks values about a place at another time, as far as it is connected; where it covers more than
    is still to be held out, the nearest to that place.

    Args:
        left: (F, P) values that may be held out.
        known: (F, P) values that are known; the others are clouds.
        places: (P, D).
        images: row (P,), column (P,) and shape of the image that the points lie in.
        fraction: of a field's known values.
        rng: source of randomness.
    """
    held = np.zeros_like(known)
    for field in np.flatnonzero(known.sum(1) >= FEWEST):
        wanted = round(fraction * known[field].sum())
        for _ in range(ATTEMPTS):
            if (missing := wanted - held[field].sum()) <= 0:
                break
            covered = ~known[rng.integers(len(known))] & left[field] & ~held[field]
            if not covered.any():
                continue
            centre = rng.choice(np.flatnonzero(covered))
            cloud = np.flatnonzero(covered & _cloud(covered | ~known[field], centre, *images))
            distance = ((places[cloud] - places[centre]) ** 2).sum(1)
            held[field, cloud[np.argsort(distance, kind="stable")[:missing]]] = True
    return held


def _cloud(
    hidden: np.ndarray, centre: int, row: np.ndarray, column: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """The points (P,) that are connected with `centre` through `hidden` (P,)."""
    image = np.zeros(shape, dtype=bool)
    image[row, column] = hidden
    parts = label(image, JOINED)[0][row, column]
    return parts == parts[centre]


def annual_cycle(fields: np.ndarray, design: np.ndarray) -> np.ndarray:
    """The mean, and perhaps the annual cycle, of every cell, (F, P), by least squares from what is known of it.

    Cells that are seldom known lean on the mean of all cells' coefficients: each has a normal prior with the spread that the
    coefficients of all cells have, and the residuals' variance says what an observation is worth.

    Args:
        fields: (F, P), NaN where not known.
        design: (F, K), the first column ones.
    """
    known = ~np.isnan(fields)
    products = np.einsum("fk,fl,fp->pkl", design, design, known.astype(float), optimize=True)
    moments = np.nan_to_num(fields).T @ design
    ridge = 1e-6 * np.eye(design.shape[1])
    often = known.sum(0) >= min(2 * design.shape[1], known.sum(0).max())
    first = np.linalg.solve(products[often] + ridge, moments[often, :, None])[..., 0]
    residual = (fields[:, often] - design @ first.T)[known[:, often]].var()
    centre, spread = first.mean(0), first.var(0) + np.finfo(float).tiny
    prior = np.diag(SHRINK * residual / spread)
    coefficients = (
        centre + np.linalg.solve(products + prior + ridge, (moments - products @ centre)[..., None])[..., 0]
    )
    return design @ coefficients.T


def _places(data: xr.Dataset) -> np.ndarray:
    if "latitude" in data:
        return unit_vectors(data["latitude"].values, data["longitude"].values)
    return data["position"].values


def _images(data: xr.Dataset) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    return data["row"].values, data["column"].values, (data.attrs["rows"], data.attrs["columns"])
