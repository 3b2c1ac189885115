"""A reconstruction problem: fields to learn from, and fields of which a few points are observed."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from fieldbench.errors import UserError
from fieldbench.physics import sphere

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Observations:
    """What is measured of each of F fields.

    Attributes:
        index: (F, O) points that are observed; every field has the same number.
        values: (F, O) measured there, noise included, in the data's unit.
    """

    index: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Problem:
    """Fields on P points, in the data's unit.

    Attributes:
        train, validation, test: (F, P) float32, from disjoint seeds or times.
        position: (P, 2), y and x of every point in [0, 1].
        row, column: (P,) place of every point in an image of `shape`; land and the like are in no point.
        weight: (P,) areas, mean 1.
        latitude, longitude: (P,) degrees, or None off the sphere.
        validation_observations, test_observations: what a method is given.
        noise: standard deviation of the observations' noise, in the data's unit.
        mask: the kind of pattern that the observed points form (`sparse.masks`).
        peak: the difference that a PSNR of 0 dB stands for, in the data's unit.
        unit: of the data, such as "1" or "degC".
        drawn_over: what scores of test fields are drawn over: `time` where these follow one another in time, else `field`.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    position: np.ndarray
    row: np.ndarray
    column: np.ndarray
    shape: tuple[int, int]
    weight: np.ndarray
    latitude: np.ndarray | None
    longitude: np.ndarray | None
    validation_observations: Observations
    test_observations: Observations
    noise: float
    mask: str
    peak: float
    unit: str
    drawn_over: str

    @property
    def coordinates(self) -> np.ndarray:
        """(P, 2) positions as they are, or on the sphere (P, 3) unit vectors, so that no meridian is a border.

        Raises:
            UserError: a latitude beyond a pole.
        """
        if self.latitude is None or self.longitude is None:
            return np.asarray(self.position, dtype=float)
        if (beyond := np.flatnonzero(np.abs(self.latitude) > 90)).size:
            raise UserError(
                f"Latitude number {beyond[0]} is {self.latitude[beyond[0]]}; it must be between -90 and 90 degrees."
            )
        return sphere.unit_vectors(self.latitude, self.longitude)

    def image(self, values: np.ndarray) -> np.ndarray:
        """(..., P) values as images (..., rows, columns), NaN where there is no point."""
        image = np.full((*values.shape[:-1], *self.shape), np.nan, dtype=np.float32)
        image[..., self.row, self.column] = values
        return image


def from_dataset(data: xr.Dataset) -> Problem:
    """The problem in a file that `workflow/scripts/draw_observations.py` wrote.

    Variables: `train`, `validation`, `test` (<split>_field, point); `position` (point, axis); `row`, `column`, `weight` and
    perhaps `latitude`, `longitude` (point); `validation_index`, `validation_values`, `test_index`, `test_values`
    (<split>_field, observation). Attributes: `rows`, `columns`, `noise`, `mask`, `peak`, `unit`,
    `drawn_over`.
    """
    facts = data.attrs
    return Problem(
        **{name: data[name].values for name in (*SPLITS, "position", "row", "column", "weight")},
        **{name: data[name].values if name in data else None for name in ("latitude", "longitude")},
        validation_observations=_observations(data, "validation"),
        test_observations=_observations(data, "test"),
        shape=(int(facts["rows"]), int(facts["columns"])),
        **{name: float(facts[name]) for name in ("noise", "peak")},
        **{name: str(facts[name]) for name in ("mask", "unit", "drawn_over")},
    )


def _observations(data: xr.Dataset, split: str) -> Observations:
    return Observations(data[f"{split}_index"].values, data[f"{split}_values"].values)
