"""What a method says about fields of which it saw a few points."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Prediction:
    """F whole fields, in the data's unit.

    Attributes:
        mean: (F, P).
        spread: (F, P), standard deviation of the predictive normal distribution of the field without noise; None for
            a method that gives none.
    """

    mean: np.ndarray
    spread: np.ndarray | None = None


class FieldByField(ABC):
    """A method that rebuilds each field from this field's observations alone."""

    @abstractmethod
    def rebuild(self, index: np.ndarray, values: np.ndarray) -> Prediction:
        """One field (P,), given `values` (O,) at `index` (O,)."""

    def reconstruct(self, index: np.ndarray, values: np.ndarray) -> Prediction:
        """Fields (F, P), given `values` (F, O) at `index` (F, O)."""
        return stacked(map(self.rebuild, index, values))


def stacked(fields: Iterable[Prediction]) -> Prediction:
    """F predictions (P,) as one (F, P)."""
    means, spreads = zip(*((field.mean, field.spread) for field in fields), strict=True)
    return Prediction(np.stack(means), None if spreads[0] is None else np.stack(spreads))


def to_dataset(prediction: Prediction, **more: np.ndarray) -> xr.Dataset:
    """As it is written: `mean`, perhaps `spread`, and other arrays of the same shape, (test_field, point)."""
    arrays = {"mean": prediction.mean, "spread": prediction.spread, **more}
    return xr.Dataset(
        {
            name: (("test_field", "point"), values.astype(np.float32))
            for name, values in arrays.items()
            if values is not None
        }
    )


def from_dataset(data: xr.Dataset) -> Prediction:
    """The prediction in a file of `to_dataset`."""
    return Prediction(data["mean"].values, data["spread"].values if "spread" in data else None)
