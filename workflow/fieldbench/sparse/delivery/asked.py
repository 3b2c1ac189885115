"""What a map is made of: places, observations there, cells that are asked for, and what a history tells of both."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from fieldbench.datasets._scattered import Scattered
from fieldbench.datasets._series import Series, expected
from fieldbench.datasets._target import Target
from fieldbench.errors import UserError
from fieldbench.physics import sphere
from fieldbench.sparse import background
from fieldbench.sparse.background import Background
from fieldbench.sparse.problem import Observed

EARTH = 6371.0  # km, mean radius (Moritz 2000, Journal of Geodesy 74, 128)


@dataclass(frozen=True)
class Asked:
    """A question: the points are the O observations, and then the Q cells of the map.

    Attributes:
        places: (O + Q, D), unit vectors on the sphere; on a plane y and x in units of the observations' longer extent.
        seen: the observations.
        noisy: whether the noise of the observations is known.
        background: what a history tells of the points; None without one.
        unit_length: what a distance of 1 is, and its unit.
        cores: threads.
    """

    places: np.ndarray
    seen: Observed
    noisy: bool
    background: Background | None
    unit_length: tuple[float, str]
    cores: int

    @property
    def cells(self) -> np.ndarray:
        """(Q,) points of the map."""
        return np.arange(len(self.seen.index), len(self.places))

    @property
    def last_axis(self) -> str:
        """What a stretch is along, in words."""
        return "along the Earth's axis" if self.places.shape[1] == 3 else "along x"

    @property
    def history(self) -> Background:
        """`background`, for a method that is only offered where there is one.

        Raises:
            ValueError: there is none.
        """
        if self.background is None:
            raise ValueError("There is no history to learn from.")
        return self.background

    @property
    def expected(self) -> np.ndarray:
        """(O + Q,) what the history makes expect; 0 without one."""
        return self.background.mean if self.background else np.zeros(len(self.places))


def question(
    observations: Scattered, target: Target, history: Series | None, cores: int
) -> tuple[Asked, Scattered, Target, list[str]]:
    """The question, with the observations and the cells that it takes, and what was left out in words.

    Args:
        observations: see `_scattered.read`.
        target: where the map is asked for.
        history: fields at other times on a grid of their own.
        cores: threads.

    Raises:
        UserError: the history lies elsewhere, or in another unit.
    """
    where = _Frame.of(observations, target)
    notes: list[str] = []
    at = None if observations.times is None else middle(observations.times)
    fields = None
    if history:
        _require_alike(history, observations)
        fields, said = _Fields.of(history, where, at)
        observations, target, left = fields.within(observations, target, where)
        notes += [*said, *left]
    y, x = target.places
    places = where.places(np.concatenate([observations.y, y]), np.concatenate([observations.x, x]))
    told = fields.background(places) if fields else None
    count = len(observations.values)
    error, noisy = observations.error, observations.error is not None
    seen = Observed(np.arange(count), observations.values, np.zeros(count) if error is None else error)
    length = (EARTH, "km") if where.sphere else (where.extent, str(target.y.attrs.get("units", "")))
    return Asked(places, seen, noisy, told, length, cores), observations, target, notes


def middle(times: np.ndarray) -> np.datetime64:
    """Half way from the first to the last."""
    return times.min() + (times.max() - times.min()) // 2


def in_one_unit(target: Target, observations: Scattered, given: str) -> Target:
    """The target with the unit of coordinates on a plane, as it, the observations or a person says it.

    Raises:
        UserError: none does, or two say different ones.
    """
    if observations.sphere or target.sphere:
        return target
    said = {given, observations.length_unit, str(target.y.attrs.get("units", ""))} - {""}
    if len(said) > 1:
        raise UserError(
            f"Coordinates on the plane are in {' and '.join(sorted(said))}; write all in one unit."
        )
    if not said:
        raise UserError(
            "Nothing says the unit of y and x on the plane; give it by --plane-unit, such as --plane-unit km."
        )
    unit = {"units": said.pop()}
    y, x = (xr.Variable(line.dims, line.values, {**line.attrs, **unit}) for line in (target.y, target.x))
    return replace(target, y=y, x=x)


@dataclass(frozen=True)
class _Frame:
    """How coordinates become places between which distances are taken."""

    sphere: bool
    origin: tuple[float, float]
    extent: float

    @classmethod
    def of(cls, observations: Scattered, target: Target) -> "_Frame":
        if observations.sphere != target.sphere:
            kinds = {True: "latitudes and longitudes", False: "coordinates on a plane"}
            raise UserError(
                f"The observations have {kinds[observations.sphere]}, the grid {kinds[target.sphere]}; give both alike, or "
                "--plane if both lie on a plane."
            )
        extent = max(np.ptp(observations.y), np.ptp(observations.x))
        if not extent:
            raise UserError("All observations lie at one place; check --y and --x.")
        return cls(observations.sphere, (observations.y.min(), observations.x.min()), float(extent))

    def places(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        if self.sphere:
            return sphere.unit_vectors(y, x)
        return np.stack([y - self.origin[0], x - self.origin[1]], axis=1) / self.extent


@dataclass(frozen=True)
class _Fields:
    """A history on the cells of its own grid: places (H, D), anomalies (F, H) and expected (H,)."""

    cells: np.ndarray
    anomalies: np.ndarray
    expected: np.ndarray

    @classmethod
    def of(cls, history: Series, where: _Frame, at: np.datetime64 | None) -> tuple["_Fields", list[str]]:
        anomalies, mean, said = expected(history, at)
        if at is None and history.times is not None:
            said = [*said, "The observations have no time: no annual cycle of the history was used."]
        cells = where.places(history.y, history.x)
        if len(cells) < background.CELLS:
            raise UserError(f"{history.name} has {len(cells)} cells; a history needs {background.CELLS}.")
        return cls(cells, anomalies, mean), said

    def within(
        self, observations: Scattered, target: Target, where: _Frame
    ) -> tuple[Scattered, Target, list[str]]:
        """The observations and cells that lie where the history does."""
        notes = []
        near = background.reached(self.cells, where.places(observations.y, observations.x))
        if not near.any():
            raise UserError("No observation lies where the history does; give another --history, or none.")
        if not near.all():
            notes.append(f"Left out: {(~near).sum():,} observations that lie outside of the history.")
            observations = observations.take(near)
        inside = background.reached(self.cells, where.places(*target.places))
        if not inside.any():
            raise UserError(
                "No cell of the grid lies where the history does; give another --history, or none."
            )
        if not inside.all():
            notes.append(
                f"Not mapped: {(~inside).sum():,} cells of the grid that lie outside of the history."
            )
            known = target.known.copy()
            known[target.known] = inside
            target = replace(target, known=known)
        return observations, target, notes

    def background(self, places: np.ndarray) -> Background:
        return Background(background.weights(self.cells, places), self.anomalies, self.expected)


def _require_alike(history: Series, observations: Scattered) -> None:
    if history.unit != observations.unit:
        raise UserError(
            f"The history is in '{history.unit}', the observations in '{observations.unit}'; convert one, or, if both "
            f"are the same, give --unit '{history.unit}'."
        )
