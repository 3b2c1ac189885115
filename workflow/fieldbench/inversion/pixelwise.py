"""The weak-field approximation in closed form, every pixel alone: what any smoother method has to beat."""

import numpy as np
import xarray as xr
from scipy import ndimage

from fieldbench.physics import folds


def invert(problem: xr.Dataset) -> xr.Dataset:
    """The least-squares field of each training pixel; elsewhere the mean of its training neighbours.

    Args:
        problem: see `physics.weak_field.weak_field_problem`.

    Returns:
        `field` (component, y, x) in G, G^2, G^2. A pixel outside training takes the mean over the training
        pixels among its eight neighbours, or the nearest training pixel where it has none. `left_out` (fold, component,
        y, x) is the same without a fold's wavelengths.
    """
    left = [folds.without(problem, fold)["optimum"] for fold in range(problem.sizes.get("fold", 0))]
    shape = (len(left), *problem["optimum"].shape)
    without = np.reshape([_filled(optimum, problem) for optimum in left], shape)
    field = problem["optimum"].copy(data=_filled(problem["optimum"], problem))
    return xr.Dataset(
        {"field": field, "left_out": (("fold", *field.dims), without)}, {"fold": np.arange(len(left))}
    )


def _filled(optimum: xr.DataArray, problem: xr.Dataset) -> np.ndarray:
    training = problem["training"].values
    return np.stack([_fill(values, training) for values in optimum.values])


def _fill(values: np.ndarray, training: np.ndarray) -> np.ndarray:
    around = np.ones((3, 3))
    count = ndimage.convolve(training.astype(float), around, mode="constant")
    total = ndimage.convolve(np.where(training, values, 0.0), around, mode="constant")
    nearest = ndimage.distance_transform_edt(~training, return_distances=False, return_indices=True)
    near = np.where(count > 0, total / np.maximum(count, 1), values[tuple(nearest)])
    return np.where(training, values, near)
