"""What a method says about fields of which it saw a few points."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.sparse.problem import Observations, Observed, Problem

MEANINGS = {
    "mean": "estimate",
    "spread": "standard deviation of the estimate",
    "whole": "estimate with what was subtracted from the data",
    "truth": "field that was learned by heart",
}


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

    @property
    def known_spread(self) -> np.ndarray:
        """`spread`, of a method that gives one.

        Raises:
            ValueError: it gives none.
        """
        if self.spread is None:
            raise ValueError("This method predicts no spread.")
        return self.spread


def choices(method: Any) -> dict[str, Any]:
    """What validation fields chose for a method, for its record: `chosen`, name -> value, and those `at_edge`.

    Empty for a method for which they chose nothing.
    """
    chosen = getattr(method, "chosen", {})
    if not chosen:
        return {}
    return {
        "chosen": {name: f"{value:.3g}" for name, value in chosen.items()},
        "at_edge": list(method.at_edge),
    }


class FieldByField(ABC):
    """A method that rebuilds each field from this field's observations alone."""

    @abstractmethod
    def rebuild(self, seen: Observed) -> Prediction:
        """One field (P,), given what is measured of it."""

    def reconstruct(self, seen: Observations) -> Prediction:
        """Fields (F, P), given what is measured of them; NaN for one of which nothing is."""
        fields = [self.rebuild(field) if field.index.size else None for field in seen]
        known = [field for field in fields if field is not None]
        return stacked(field or _nothing(known[0]) for field in fields)


def _nothing(like: Prediction) -> Prediction:
    nothing = np.full_like(like.mean, np.nan)
    return Prediction(nothing, None if like.spread is None else nothing)


def stacked(fields: Iterable[Prediction]) -> Prediction:
    """F predictions (P,) as one (F, P)."""
    means, spreads = zip(*((field.mean, field.spread) for field in fields), strict=True)
    return Prediction(np.stack(means), None if spreads[0] is None else np.stack(spreads))


def to_dataset(prediction: Prediction, problem: Problem, **more: np.ndarray) -> xr.Dataset:
    """As it is written: images with the data's times, latitudes, longitudes and unit, by the CF conventions.

    Args:
        prediction: becomes `mean` and perhaps `spread`; and `whole`, the mean with what was subtracted from the data, where
            anything was.
        problem: what it is a prediction for.
        more: other arrays of the same shape (F, P), such as a truth that no other file holds.
    """
    arrays = {"mean": prediction.mean, "spread": prediction.spread, **more}
    if problem.background is not None and len(problem.background) == len(prediction.mean) and not more:
        arrays["whole"] = prediction.mean + problem.background
    frame, dims = xr.Dataset(), ("field", "row", "column")
    if problem.frame is not None:
        dims = problem.frame.attrs["dims"]
        frame = problem.frame.drop_attrs(deep=False)
        if len(prediction.mean) != frame.sizes[dims[0]]:  # a few fields that are learned by heart
            frame, dims = frame.drop_dims(dims[0]), ("field", *dims[1:])
    images = {
        name: (dims, problem.image(values), {"units": problem.unit, "long_name": MEANINGS[name]})
        for name, values in arrays.items()
        if values is not None
    }
    return frame.assign(images).assign_attrs(Conventions="CF-1.11")


def from_dataset(data: xr.Dataset, row: np.ndarray, column: np.ndarray) -> Prediction:
    """The prediction in a file of `to_dataset`, at the points (P,) that lie in these rows and columns."""
    spread = on_points(data["spread"], row, column) if "spread" in data else None
    return Prediction(on_points(data["mean"], row, column), spread)


def on_points(images: xr.DataArray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Values (F, P) of images (F, rows, columns) at these rows and columns (P,)."""
    return images.values[:, row, column]
