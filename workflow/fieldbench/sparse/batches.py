"""Batches of training fields with observations and queries, each a function of seed and step alone.

So a training that was interrupted goes on with the batches that it would have had.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fieldbench.errors import UserError
from fieldbench.sparse import masks
from fieldbench.sparse.problem import Problem
from fieldbench.sparse.spec import Spec

FROZEN, FIXED, OWN = 1, 2, 3  # streams of random numbers beside those of the batches


@dataclass(frozen=True)
class Scale:
    """The data's unit in terms of the networks': value = mean + spread * normalised."""

    mean: float
    spread: float

    def normalise(self, values: np.ndarray) -> np.ndarray:
        return ((values - self.mean) / self.spread).astype(np.float32)

    def restore(self, values: np.ndarray) -> np.ndarray:
        return self.mean + self.spread * values


def scale_of(problem: Problem, spec: Spec) -> Scale:
    """Mean and standard deviation of all training values; a constant field has spread 1. The data's own if so specified."""
    if not spec.normalise:
        return Scale(0.0, 1.0)
    mean, spread = np.nanmean(problem.train, dtype=float), np.nanstd(problem.train, dtype=float)
    return Scale(float(mean), float(spread) or 1.0)


@dataclass(frozen=True)
class Draw:
    """Which fields, which points, and the random numbers of one step; numpy.

    Attributes:
        field: (B,) training fields.
        observed: (B, O) points.
        measurement: (B, O) standard normal, the observations' noise.
        query: (B, Q) points, or (1, Q) for the whole batch.
        weight: (Q,) of the residuals at the queries, mean square 1: 0 where a grid has no point, such as on land, for
            which `query` names any.
        time: (B,) of a flow, uniform in [0, 1].
        earlier: (B,) as a share of `time`.
        shown: (B,) whether a network is shown its own estimate.
        start, fresh: (B, Q) standard normal.
    """

    field: np.ndarray
    observed: np.ndarray
    measurement: np.ndarray
    query: np.ndarray
    weight: np.ndarray
    time: np.ndarray
    earlier: np.ndarray
    shown: np.ndarray
    start: np.ndarray
    fresh: np.ndarray


class Batches:
    """Draws the batches of one training.

    Args:
        problem: its points, mask and number of observations.
        spec: what is redrawn and what is not.
        fields: number of training fields to draw from.
        batch, queries: fields per batch, and points per field that the loss is taken at; all of them if that many.
        seed: of everything.

    Raises:
        UserError: more points to be shown than in the test where a file says which there are.
    """

    def __init__(
        self, problem: Problem, spec: Spec, fields: int, batch: int, queries: int, seed: int
    ) -> None:
        self.problem, self.spec = problem, spec
        self.fields, self.batch, self.seed = fields, batch, seed
        self.queries = round(queries * spec.query_times)
        if spec.observed_times != 1 and problem.pattern is not None:
            raise UserError(
                f"`observed_times` needs points that are drawn, and a mask of type '{problem.mask}' gives them."
            )
        self.count = problem.test_observations.index.shape[1]
        self.points = len(problem.position)

    def draw(self, step: int) -> Draw:
        """The batch of `step`."""
        rng = np.random.default_rng([self.seed, 0, step])
        field = rng.integers(self.fields, size=self.batch)
        observed = self._observed(field, rng)
        place = self._query(field, observed, rng)
        known = (place >= 0).all(0)
        weight = (known / np.sqrt(max(known.mean(), 1 / known.size))).astype(np.float32)
        query = np.maximum(place, 0)
        normal = [rng.standard_normal((self.batch, query.shape[1]), dtype=np.float32) for _ in range(2)]
        uniform = [rng.random(self.batch, dtype=np.float32) for _ in range(3)]
        measurement = rng.standard_normal(observed.shape, dtype=np.float32)
        shown = uniform[2] < 0.5
        return Draw(field, observed, measurement, query, weight, uniform[0], uniform[1], shown, *normal)

    def fixed_query(self) -> np.ndarray:
        """The points (Q,) that the loss is always taken at where queries are `fixed`: as many as observations."""
        rng = np.random.default_rng([self.seed, FIXED])
        return np.sort(rng.choice(self.points, self.count, replace=False))

    def frozen_mask(self, field: int) -> np.ndarray:
        """The observed points (O,) of a training field where masks are `frozen`."""
        return self._masks(1, np.random.default_rng([self.seed, FROZEN, field]))[0]

    def own_query(self, field: int) -> np.ndarray:
        """The points (Q,) that the loss is always taken at in a training field where queries are its `own`."""
        return self._beside(self.frozen_mask(field), np.random.default_rng([self.seed, FROZEN, field, OWN]))

    def trained_points(self, fields: int) -> np.ndarray:
        """The points (fields, Q) that the loss is always taken at in the first training fields, if it is at any."""
        if self.spec.queries == "own":
            return np.stack([self.own_query(field) for field in range(fields)])
        return np.tile(self.fixed_query(), (fields, 1))

    def _beside(self, observed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """As many points as are observed in the test, none of them observed."""
        free = np.setdiff1d(np.arange(self.points), observed)
        return np.sort(rng.choice(free, min(self.count, len(free)), replace=False))

    def _masks(self, fields: int, rng: np.random.Generator) -> np.ndarray:
        return masks.of_problem(self.problem, fields, rng, self.spec.observed_times)

    def _observed(self, field: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.spec.masks == "frozen":
            return np.stack([self.frozen_mask(int(number)) for number in field])
        return self._masks(len(field), rng)

    def _query(self, field: np.ndarray, observed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if self.spec.queries == "fixed":
            return self.fixed_query()[None]
        if self.spec.queries == "own":
            if self.spec.masks == "frozen":
                return np.stack([self.own_query(int(number)) for number in field])
            return np.stack([self._beside(index, rng) for index in observed])
        if self.spec.queries == "grid":
            return self._grid(*rng.integers(2, size=2))[None]
        if self.queries >= self.points:
            return np.arange(self.points)[None]
        draws = 1 if self.spec.shared_queries else self.batch
        return rng.random((draws, self.points)).argpartition(self.queries, axis=1)[:, : self.queries]

    def _grid(self, row: int, column: int) -> np.ndarray:
        """Every second row and column of the image, from `row` and `column`; -1 where there is no point."""
        place = np.full(self.problem.shape, -1)
        place[self.problem.row, self.problem.column] = np.arange(self.points)
        rows, columns = self.grid_shape
        return place[row : row + 2 * rows : 2, column : column + 2 * columns : 2].reshape(-1)

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns of queries on a grid."""
        return self.problem.shape[0] // 2, self.problem.shape[1] // 2


def tensor(values: np.ndarray, device: torch.device) -> Tensor:
    """A copy on `device`."""
    return torch.from_numpy(np.ascontiguousarray(values)).to(device)
