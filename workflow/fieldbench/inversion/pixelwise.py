"""The weak-field approximation in closed form, every pixel alone: what any smoother method has to beat."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy import ndimage

from fieldbench.inversion.tiles import depth
from fieldbench.physics import folds

AROUND = np.ones((3, 3))


def invert(problem: xr.Dataset) -> xr.Dataset:
    """The least-squares field of each training pixel; elsewhere the mean of its training neighbours.

    Args:
        problem: see `physics.weak_field.weak_field_problem`.

    Returns:
        `field` (component, y, x) in G, G^2, G^2. A pixel outside training takes the mean over the training
        pixels among its eight neighbours, or the nearest training pixel where it has none. `left_out` (fold, component,
        y, x) is the same without a fold's wavelengths.
    """
    turns = range(problem.sizes.get("fold", 0))
    fill = _Filling(problem["training"].values)
    field = problem["optimum"].copy(data=np.stack([fill(values) for values in problem["optimum"].values]))
    left_out = np.empty((len(turns), *field.shape))
    for component in range(field.sizes["component"]):
        part = problem.isel(component=component)
        for fold in turns:
            left_out[fold, component] = fill(folds.without(part, fold)["optimum"].values)
    return xr.Dataset(
        {"field": field, "left_out": (("fold", *field.dims), left_out)}, {"fold": np.arange(len(turns))}
    )


def shared(problem: xr.Dataset) -> dict[str, int]:
    """What tiles of a map need: all rows that a pixel may be filled from; see `inversion.tiles`."""
    return {"margin": 1 + depth(problem["training"].values)}


def part(problem: xr.Dataset, shared: Mapping[str, int]) -> xr.Dataset:
    """The field of some rows, as `invert` gives it."""
    return invert(problem)


class _Filling:
    """Gives values (y, x) of training pixels to all pixels.

    Args:
        training: (y, x).
    """

    def __init__(self, training: np.ndarray):
        self.training = training
        self.count = ndimage.convolve(training.astype(float), AROUND, mode="constant")
        nearest = ndimage.distance_transform_edt(~training, return_distances=False, return_indices=True)
        self.nearest = tuple(nearest)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        total = ndimage.convolve(np.where(self.training, values, 0.0), AROUND, mode="constant")
        mean = total / np.maximum(self.count, 1)
        return np.where(self.training, values, np.where(self.count > 0, mean, values[self.nearest]))
