"""A reconstruction problem: fields to learn from, and fields of which a few points are observed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from fieldbench.datasets._times import elapsed
from fieldbench.errors import UserError
from fieldbench.physics import sphere

SPLITS = ("train", "validation", "test")
CLOUDS = "clouds"  # the mask of a series whose own gaps are to be filled


@dataclass(frozen=True)
class Observed:
    """What is measured of one field.

    Attributes:
        index: (O,) points, each at most once.
        values: (O,) measured there, noise included, in the data's unit.
        error: (O,) standard deviations of that noise.
    """

    index: np.ndarray
    values: np.ndarray
    error: np.ndarray

    def take(self, chosen: np.ndarray) -> "Observed":
        """Some of them."""
        return Observed(self.index[chosen], self.values[chosen], self.error[chosen])


@dataclass(frozen=True)
class Observations:
    """What is measured of each of F fields; iterating gives an `Observed` for each.

    Attributes:
        index: (F, O) points that are observed; fields with fewer than O end in -1.
        values: (F, O) measured there, noise included, in the data's unit.
        error: (F, O) standard deviations of that noise.
        time: (F,) of the fields, in days or as the file counts; None where they are no time series.
    """

    index: np.ndarray
    values: np.ndarray
    error: np.ndarray
    time: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, fields: slice | np.ndarray) -> "Observations":
        time = None if self.time is None else self.time[fields]
        return Observations(self.index[fields], self.values[fields], self.error[fields], time)

    def __iter__(self) -> Iterator[Observed]:
        for index, values, error in zip(self.index, self.values, self.error, strict=True):
            there = index >= 0
            yield Observed(index[there], values[there], error[there])

    def variables(self, split: str) -> dict[str, tuple[tuple[str, str], np.ndarray]]:
        """As they are written, of the fields of `split`; see `from_dataset`."""
        parts = {"index": self.index, "values": self.values, "error": self.error}
        dimensions = (f"{split}_field", f"{split}_observation")
        return {f"{split}_{name}": (dimensions, values) for name, values in parts.items()}

    def rolled(self, fields: int) -> "Observations":
        """Every field's observations given to the one so many places later; the times stay."""
        return replace(self[np.roll(np.arange(len(self)), fields)], time=self.time)

    def on_points(self, points: int) -> np.ndarray:
        """Values (F, points), NaN where a field is not observed."""
        fields = np.full((len(self), points), np.nan)
        rows, columns = np.nonzero(self.index >= 0)
        fields[rows, self.index[rows, columns]] = self.values[rows, columns]
        return fields


def gathered(fields: np.ndarray, error: np.ndarray | float, time: np.ndarray | None = None) -> Observations:
    """The observations that `fields` (F, P) hold, NaN where there is none, with their errors (F, P) or one for all."""
    there = ~np.isnan(fields)
    order = np.argsort(~there, axis=1, kind="stable")[:, : max(1, there.sum(1).max(initial=0))]
    known = np.take_along_axis(there, order, 1)
    values = np.where(known, np.take_along_axis(fields, order, 1), 0).astype(np.float32)
    error = np.take_along_axis(np.broadcast_to(error, fields.shape), order, 1)
    return Observations(np.where(known, order, -1), values, np.where(known, error, 0), time)


@dataclass(frozen=True)
class Problem:
    """Fields on P points, in the data's unit.

    Attributes:
        train, validation, test: (F, P) float32, from disjoint seeds or times; or, where `mask` is `clouds`, the parts of one
            series that are learned from, held out to choose parameters, and held out to judge. NaN where not known.
        position: (P, 2), y and x of every point in [0, 1].
        row, column: (P,) place of every point in an image of `shape`; land and the like are in no point.
        weight: (P,) areas, mean 1.
        latitude, longitude: (P,) degrees, or None off the sphere.
        validation_observations, test_observations: what a method is given.
        noise: standard deviation of the observations' noise, in the data's unit; root mean square where it differs.
        mask: the kind of pattern that the observed points form (`sparse.masks`).
        pattern: (K, P), what may be observed of a field where `mask` is `file`; else None.
        background: (F, P), what was subtracted from the test fields, such as an annual cycle; None where nothing was.
        frame: coordinates of images of the test fields, see `frame`; None for a problem that was not read from a file.
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
    pattern: np.ndarray | None = None
    background: np.ndarray | None = None
    frame: xr.Dataset | None = None

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

    @property
    def known(self) -> np.ndarray:
        """Training and validation fields together, (F, P)."""
        if self.mask == CLOUDS:
            return np.where(np.isnan(self.train), self.validation, self.train)
        return np.concatenate([self.train, self.validation])

    def image(self, values: np.ndarray) -> np.ndarray:
        """(..., P) values as images (..., rows, columns), NaN where there is no point."""
        image = np.full((*values.shape[:-1], *self.shape), np.nan, dtype=np.float32)
        image[..., self.row, self.column] = values
        return image


def from_dataset(data: xr.Dataset) -> Problem:
    """The problem in a file that `workflow/scripts/draw_observations.py` wrote.

    Variables: `train`, `validation`, `test` (<split>_field, point); `position` (point, axis); `row`, `column`, `weight` and
    perhaps `latitude`, `longitude` (point); `validation_index`, `validation_values`, `test_index`, `test_values`,
    and their `_error` (<split>_field, <split>_observation); perhaps `validation_time` and `test_time`
    (<split>_field). Attributes: `rows`, `columns`, `noise`, `mask`, `peak`, `unit`, `drawn_over`.
    """
    facts = data.attrs
    return Problem(
        train=data["train"].values,
        validation=data["validation"].values,
        test=data["test"].values,
        position=data["position"].values,
        row=data["row"].values,
        column=data["column"].values,
        weight=data["weight"].values,
        latitude=data["latitude"].values if "latitude" in data else None,
        longitude=data["longitude"].values if "longitude" in data else None,
        background=data["background"].values if "background" in data else None,
        frame=frame(data),
        pattern=data["pattern"].values.astype(bool) if "pattern" in data else None,
        validation_observations=_observations(data, "validation"),
        test_observations=_observations(data, "test"),
        shape=(int(facts["rows"]), int(facts["columns"])),
        noise=float(facts["noise"]),
        peak=float(facts["peak"]),
        mask=str(facts["mask"]),
        unit=str(facts["unit"]),
        drawn_over=str(facts["drawn_over"]),
    )


def frame(data: xr.Dataset) -> xr.Dataset:
    """The coordinates of images of a problem's test fields: of time, or numbers, then of rows, then of columns.

    On the sphere rows and columns are latitudes and longitudes, which have both dimensions on a curvilinear grid.
    """
    names = ("latitude", "longitude") if "latitude" in data else ("y", "x")
    axes = [data[name].values for name in ("grid_y", "grid_x")]
    dims = names if axes[0].ndim == 1 else ("row", "column")
    places = {
        name: ((name,) if axes[0].ndim == 1 else dims, values)
        for name, values in zip(names, axes, strict=True)
    }
    first = "time" if "test_time" in data else "field"
    along = data["test_time"].values if "test_time" in data else np.arange(data.sizes["test_field"])
    coordinates = xr.Dataset(coords={first: along, **places}, attrs={"dims": (first, *dims)})
    if "latitude" in data:
        coordinates["latitude"].attrs = {"units": "degrees_north", "standard_name": "latitude"}
        coordinates["longitude"].attrs = {"units": "degrees_east", "standard_name": "longitude"}
    if first == "time":
        coordinates["time"].attrs["standard_name"] = "time"
    return coordinates


def _observations(data: xr.Dataset, split: str) -> Observations:
    index, values, error = (data[f"{split}_{part}"].values for part in ("index", "values", "error"))
    return Observations(index, values, error, _elapsed(data, split))


def _elapsed(data: xr.Dataset, split: str) -> np.ndarray | None:
    """The times (F,) of a split's fields as numbers, in days from one origin where they are dates."""
    name = f"{split}_time"
    return elapsed(data[name].values) if name in data else None
