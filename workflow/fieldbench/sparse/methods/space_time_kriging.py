"""Optimal interpolation in space and time, from the observations nearest to every block of points.

    C = [share S_pq exp(-d^2 / (2 taper^2)) + (1 - share) sigma_p sigma_q exp(-d / length)] exp(-t / duration)

with d the distance of two points (the chord on the sphere), t the time between them, and sigma the standard deviation
of what is known at a point. S is the covariance of the series, of which a first interpolation, with share 0, fills
the gaps.

Source: Gandin 1963; Le Traon, Nadal and Ducet 1998, J. Atmos. Ocean. Technol. 15, 522, for space and time; Hamill and
Snyder 2000 for the hybrid covariance, as in `hybrid`; Schneider 2001, J. Climate 14, 853, for covariances from filled
fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from fieldbench.sparse.kriging import Grid, at_edge, lacking, require_training, searched
from fieldbench.sparse.neighbourhoods import halves
from fieldbench.sparse.prediction import Prediction
from fieldbench.sparse.problem import CLOUDS, Observations, Problem
from fieldbench.sparse.score import observed

BLOCK = 64  # points that share their observations, at most
AROUND = 1500  # points about a block whose observations are looked at
WINDOW = 3.0  # durations that an observation may be away in time
JUDGED = 500  # blocks at some time that choose parameters
WORTH = 5.0  # observations that the mean variance of all points is worth at each


@dataclass(frozen=True)
class Statistics:
    """What is known of the fields: mean and standard deviation (P,), and `root` (F, P) with S = root^T root."""

    mean: np.ndarray
    sigma: np.ndarray
    root: np.ndarray


@dataclass(frozen=True)
class SpaceTimeKriging:
    """A covariance, and which observations count where.

    Attributes:
        places: (P, D).
        blocks: of points that share their observations, each with the points about it.
        statistics: of the fields.
        share, taper, length, duration: of the covariance; distances in radii on the sphere, else in units of the
            image's longer side, times as those of the observations.
        nugget: variance beyond the covariance.
        neighbours: observations that a block is given.
        factor: that standard deviations are multiplied by.
        chosen, at_edge: the parameters that validation chose, and those of them at the edge of what was tried.
    """

    places: np.ndarray
    blocks: Sequence["Block"]
    statistics: Statistics
    share: float
    taper: float
    length: float
    duration: float
    nugget: float
    neighbours: int
    factor: float = 1.0
    chosen: Mapping[str, float] = field(default_factory=dict)
    at_edge: Sequence[str] = ()

    def reconstruct(self, seen: Observations) -> Prediction:
        """Fields (F, P), given what is measured of them; each from its own and from its neighbours' in time."""
        mean, spread = np.empty((2, len(seen), len(self.places)))
        given = _on_points(seen, len(self.places))
        for number in range(len(seen)):
            for block in self.blocks:
                found = self.at(block, number, given)
                mean[number, block.points], spread[number, block.points] = found.mean, found.spread
        return Prediction(mean, spread)

    def at(self, block: "Block", number: int, given: "Given") -> Prediction:
        """Field `number` at the points of a block (Q,)."""
        field, index, time = self._nearest(block, number, given)
        start = self.statistics.mean[block.points]
        variance = self.statistics.sigma[block.points] ** 2 + self.nugget
        if not index.size:
            return Prediction(start, self.factor * np.sqrt(variance))
        within = self._covariance(index, index) * np.exp(-np.abs(time[:, None] - time))
        within[np.diag_indices(index.size)] += self.nugget + given.error[field, index] ** 2
        across = self._covariance(block.points, index) * np.exp(-np.abs(time))
        across += self.nugget * (np.equal.outer(block.points, index) & (time == 0))
        lower = cholesky(within, lower=True)
        rotated = solve_triangular(lower, across.T, lower=True)
        innovation = given.values[field, index] - self.statistics.mean[index]
        mean = start + rotated.T @ solve_triangular(lower, innovation, lower=True)
        return Prediction(mean, self.factor * np.sqrt(np.maximum(variance - (rotated**2).sum(0), 0)))

    def _nearest(
        self, block: "Block", number: int, given: "Given"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The observations that count: fields, points, and times from field `number` in durations, (O,) each."""
        time = (given.time - given.time[number]) / self.duration
        fields = np.flatnonzero(np.abs(time) <= WINDOW)
        which, place = np.nonzero(~np.isnan(given.values[np.ix_(fields, block.around)]))
        away = block.distance[place] / self.length + np.abs(time[fields[which]])
        few = np.argsort(away, kind="stable")[: self.neighbours]
        field = fields[which[few]]
        return field, block.around[place[few]], time[field]

    def _covariance(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Between points (Q,) and points (O,) at one time, (Q, O)."""
        distance = cdist(self.places[first], self.places[second])
        sigma, root = self.statistics.sigma, self.statistics.root
        model = np.outer(sigma[first], sigma[second]) * np.exp(-distance / self.length)
        if not self.share:
            return model
        own = (root[:, first].T @ root[:, second]) * np.exp(-0.5 * (distance / self.taper) ** 2)
        return self.share * own + (1 - self.share) * model


@dataclass(frozen=True)
class Block:
    """Points (Q,), and the points (A,) around their middle, with the distance from it."""

    points: np.ndarray
    around: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True)
class Given:
    """On all points: values (F, P), NaN where there is none, their errors (F, P), and the fields' times (F,)."""

    values: np.ndarray
    error: np.ndarray
    time: np.ndarray


def _on_points(seen: Observations, points: int) -> Given:
    """Fields without times are infinitely far from one another."""
    time = np.arange(len(seen)) * np.finfo(np.float32).max if seen.time is None else seen.time
    return Given(seen.on_points(points), replace(seen, values=seen.error).on_points(points), time)


def statistics(fields: np.ndarray, filled: np.ndarray) -> Statistics:
    """Of `fields` (F, P), NaN where not known, and estimates `filled` (F, P) of what is not."""
    known = ~np.isnan(fields)
    count = np.maximum(known.sum(0), 1)
    mean = np.nansum(fields, axis=0, dtype=float) / count
    square = np.nansum((fields - mean) ** 2, axis=0)
    common = square.sum() / count.sum()
    sigma = np.sqrt((square + WORTH * common) / (count + WORTH))
    whole = np.where(known, fields, filled).astype(float)
    return Statistics(mean, sigma, (whole - whole.mean(0)) / np.sqrt(len(whole)))


def blocks(places: np.ndarray) -> list[Block]:
    """All points in compact blocks of at most `BLOCK`."""
    tree, found, parts = KDTree(places), [], [np.arange(len(places))]
    while parts:
        points = parts.pop()
        if len(points) > BLOCK:
            parts += halves(places, points)
            continue
        distance, around = tree.query(places[points].mean(0), min(AROUND, len(places)))
        found.append(Block(points, around, distance))
    return found


def build(
    problem: Problem,
    shares: Sequence[float] = (0.0, 0.3, 0.5, 0.7, 0.9),
    tapers: Sequence[float] = (0.1, 0.2, 0.3, 0.6, np.inf),
    lengths: Sequence[float] = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2),
    durations: Sequence[float] = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0),
    nuggets: Sequence[float] = (1e-6, 1e-4, 1e-3, 1e-2, 0.1),
    neighbours: int = 200,
) -> SpaceTimeKriging:
    """Learn mean and covariance; what is held out for validation chooses one of each list.

    Args:
        problem: see `sparse.problem`.
        shares: of the fields' own covariance.
        tapers, lengths: distances, in radii on the sphere, else in units of the image's longer side.
        durations: in steps of the series.
        nuggets: variance that is independent from point to point, in units of the mean variance.
        neighbours: observations that a block of points is given.

    Raises:
        UserError: no fields to learn from.
    """
    require_training(problem, "space_time_kriging", gaps=True)
    tuning = Tuning.of(problem, neighbours)
    known = statistics(problem.train, np.zeros_like(problem.train))
    chosen = tuning.best(known, {"length": lengths, "duration": durations, "nugget": nuggets})
    filled = problem.train
    if np.isnan(filled).any():
        filled = tuning.method(known, **chosen).reconstruct(problem.validation_observations).mean
    known = statistics(problem.train, filled)
    chosen = tuning.best(known, {"share": shares, "taper": tapers}, **chosen)
    errors = tuning.errors(tuning.method(known, **chosen))
    method = tuning.method(statistics(problem.known, _beside(filled, problem)), **chosen)
    tried = {"share": shares, "taper": tapers, "length": lengths, "duration": durations, "nugget": nuggets}
    edges = at_edge(chosen, tried, {"share": (0.0, 1.0), "taper": (np.inf,), "nugget": nuggets[:1]})
    return replace(method, chosen=chosen, at_edge=edges, factor=lacking(errors.mean, errors.known_spread))


@dataclass(frozen=True)
class Tuning:
    """What parameters are chosen by.

    Attributes:
        problem: of whose validation fields what is held out is judged.
        blocks: of all points.
        judged: fields and parts of blocks.
        step: of the series, in the unit of its times.
        neighbours: observations that a block is given.
    """

    problem: Problem
    blocks: Sequence[Block]
    judged: Sequence[tuple[int, Block]]
    step: float
    neighbours: int

    @classmethod
    def of(cls, problem: Problem, neighbours: int) -> "Tuning":
        """With blocks drawn at random to judge."""
        time, whole = problem.validation_observations.time, blocks(problem.coordinates)
        step = 1.0 if time is None or len(time) < 2 else float(np.median(np.diff(time)))
        return cls(problem, whole, _judged(problem, whole), step, neighbours)

    def method(self, known: Statistics, *, share: float = 0.0, taper: float = np.inf, length: float, duration: float,
               nugget: float) -> SpaceTimeKriging:  # fmt: skip
        """The method with these parameters, as of `build`, one value each."""
        place, variance = self.problem.coordinates, nugget * float((known.sigma**2).mean())
        covariance = (share, taper, length, duration * self.step, variance)
        return SpaceTimeKriging(place, self.blocks, known, *covariance, self.neighbours)

    def errors(self, method: SpaceTimeKriging) -> Prediction:
        """Error and spread at all that is judged."""
        problem = self.problem
        given = _on_points(problem.validation_observations, len(problem.position))
        found = [method.at(block, number, given) for number, block in self.judged]
        truth = [problem.validation[number, block.points] for number, block in self.judged]
        error = np.concatenate([one.mean for one in found]) - np.concatenate(truth)
        return Prediction(error, np.concatenate([one.spread for one in found]))

    def best(self, known: Statistics, grid: Grid, **fixed: float) -> dict[str, float]:
        """The parameters of least error among those of `grid`, beside those that are fixed."""

        def error(**values: float) -> float:
            return float((self.errors(self.method(known, **fixed, **values)).mean ** 2).mean())

        return fixed | searched(error, grid)


def _beside(filled: np.ndarray, problem: Problem) -> np.ndarray:
    """What fills the gaps of `problem.known`; validation fields beside the training fields have none."""
    return filled if problem.mask == CLOUDS else np.concatenate([filled, problem.validation])


def _judged(problem: Problem, whole: Sequence[Block]) -> list[tuple[int, Block]]:
    """Fields and parts of blocks whose truth is known and not observed, drawn at random."""
    seen = problem.validation_observations
    truth = np.where(observed(seen.index, len(problem.position)), np.nan, problem.validation)
    pairs = [(number, block) for number in range(len(seen)) for block in whole]
    found = []
    for one in np.random.default_rng(0).permutation(len(pairs)):
        number, block = pairs[one]
        points = block.points[~np.isnan(truth[number, block.points])]
        if points.size:
            found.append((number, replace(block, points=points)))
        if len(found) == JUDGED:
            break
    return found
