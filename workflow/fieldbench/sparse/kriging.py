"""Linear prediction from a covariance (kriging, optimal interpolation), its tuning and its calibration.

Source: Gandin 1963; Cressie 1993, Statistics for Spatial Data, chapter 3 (simple and ordinary kriging).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.stats import norm

from fieldbench.errors import Unsuitable
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem
from fieldbench.sparse.score import COVERED, observed
from fieldbench.sparse.stationary import Stationary

JUDGES = 64  # validation fields that choose parameters, at most
PLACES = 3000  # points of each at which they do
AT_ONCE = 4_000_000  # covariances of points and observations: 32 MB
ROUNDS = 3  # of the search over one parameter after the other, at most

Covariance = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of points (Q,) and points (O,), (Q, O)
Grid = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Kriging(FieldByField):
    """A normal prior over P points, conditioned on observations.

    Attributes:
        mean: (P,).
        variance: (P,), the diagonal of `covariance`.
        covariance: between any points.
        nugget: variance of the field that is independent from point to point, beyond `covariance`.
        factor: that the standard deviation is multiplied by; see `spread_factor`.
        chosen: the parameters that validation fields chose.
        at_edge: those of them that are the first or last of what was tried, so that others may be better.
        ordinary: whether a constant is added to `mean` that only the observations tell (ordinary kriging).
    """

    mean: np.ndarray
    variance: np.ndarray
    covariance: Covariance
    nugget: float
    factor: float = 1.0
    chosen: Mapping[str, float] = field(default_factory=dict)
    at_edge: Sequence[str] = ()
    ordinary: bool = False

    @classmethod
    def stationary(cls, model: Stationary, places: np.ndarray, mean: np.ndarray) -> "Kriging":
        """Ordinary kriging of what differs from a mean (P,), by a covariance of distance between places (P, D)."""

        def covariance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return model.covariance(places[first], places[second])

        variance = np.broadcast_to(model.variance, len(places))
        return cls(mean, variance, covariance, model.nugget, ordinary=True)

    def condition(self, seen: Observed, points: np.ndarray) -> Prediction:
        """One field, or F that are observed at the same points, at `points` (Q,).

        Args:
            seen: each observation with its own error; its values are (O,) or (F, O).
            points: (Q,).

        Returns:
            mean (Q,) or (F, Q), and spread (Q,).
        """
        index = seen.index
        within = self._prior(index, index) + np.diag(seen.error.astype(float) ** 2)
        lower = cholesky(within, lower=True)
        rest, ones = seen.values - self.mean[index], solve_triangular(lower, np.ones(len(index)), lower=True)
        known = ones @ ones  # the inverse variance of the constant
        level = (
            cho_solve((lower, True), rest.T).sum(0) / known if self.ordinary else np.zeros(rest.shape[:-1])
        )
        weights = cho_solve((lower, True), (rest - level[..., None]).T)
        mean, variance = np.empty((len(points), *rest.shape[:-1])), np.empty(len(points))
        for start in range(0, len(points), step := max(1, AT_ONCE // len(index))):
            part = slice(start, start + step)
            across = self._prior(points[part], index)
            mean[part] = across @ weights + level
            root = solve_triangular(lower, across.T, lower=True)
            variance[part] = self.variance[points[part]] + self.nugget - (root**2).sum(0)
            if self.ordinary:
                variance[part] += (1 - ones @ root) ** 2 / known
        return Prediction(self.mean[points] + mean.T, self.factor * np.sqrt(np.maximum(variance, 0)))

    def rebuild(self, seen: Observed) -> Prediction:
        return self.condition(seen, np.arange(len(self.mean)))

    def _prior(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return self.covariance(first, second) + self.nugget * np.equal.outer(first, second)


def require_training(problem: Problem, method: str, *, gaps: bool = False) -> None:
    """Check that there are fields to learn from.

    Args:
        problem: see `sparse.problem`.
        method: its name, for the message.
        gaps: whether it can learn from fields that are not known everywhere.

    Raises:
        Unsuitable: there are none, or they have gaps.
    """
    if len(problem.train) < 2 or not len(problem.validation):
        raise Unsuitable(
            f"'{method}' learns from training fields and is tuned on validation fields; this data set lacks them: "
            "use nearest, linear, cubic, rbf or gaussian_process."
        )
    if not gaps and np.isnan(problem.train).any():
        raise Unsuitable(
            f"'{method}' learns from whole fields, and this series has gaps: use space_time_kriging or dineof."
        )


def tuned(
    problem: Problem, learn: Callable[[np.ndarray], Callable[..., Kriging]], grid: Grid, ends: Grid
) -> Kriging:
    """The Kriging of least mean squared error on the validation fields, weighted by area, and calibrated on them.

    With the parameters that they chose, the validation fields are then learned from, too: months are few.

    Args:
        problem: see `sparse.problem`.
        learn: from fields (F, P) to a function of the parameters in `grid`, by name.
        grid: values of each parameter, in order.
        ends: those of them beyond which there are none.
    """
    make = learn(problem.train)
    points = np.sort(np.random.default_rng(0).permutation(len(problem.position))[:PLACES])
    chosen = searched(lambda **values: _validation_error(make(**values), problem, points), grid)
    factor = spread_factor(make(**chosen), problem)
    edges = at_edge(chosen, grid, ends)
    return replace(learn(problem.known)(**chosen), chosen=chosen, at_edge=edges, factor=factor)


def at_edge(chosen: Mapping[str, float], grid: Grid, ends: Grid) -> list[str]:
    """The parameters that are the first or last of several values, and could be beyond; see `tuned`."""
    return [
        name
        for name, values in grid.items()
        if len(values) > 1
        and chosen[name] in (values[0], values[-1])
        and chosen[name] not in ends.get(name, ())
    ]


def searched(error: Callable[..., float], grid: Grid) -> dict[str, float]:
    """The parameters of least `error`.

    One is searched after the other, beginning in the middle of each list and going on as long as that helps, until
    nothing changes.
    """
    errors: dict[tuple[float, ...], float] = {}

    def of(chosen: dict[str, float]) -> float:
        key = tuple(chosen.values())
        if key not in errors:
            errors[key] = error(**chosen)
        return errors[key]

    chosen = {name: values[len(values) // 2] for name, values in grid.items()}
    for _ in range(ROUNDS):
        before = dict(chosen)
        for name, values in grid.items():
            chosen = _climbed(of, chosen, name, values)
        if chosen == before:
            break
    return chosen


def _climbed(
    error: Callable[[dict[str, float]], float], chosen: dict[str, float], name: str, values: Sequence[float]
) -> dict[str, float]:
    """One parameter moved along its values, either way, as long as the error falls."""
    place = values.index(chosen[name])
    for way in (1, -1):
        while 0 <= place + way < len(values):
            further = chosen | {name: values[place + way]}
            if error(further) >= error(chosen):
                break
            chosen, place = further, place + way
    return chosen


def _validation_error(kriging: Kriging, problem: Problem, points: np.ndarray) -> float:
    seen, truth = problem.validation_observations[:JUDGES], problem.validation[:JUDGES]
    weight = problem.weight[points]
    if (seen.index == seen.index[0]).all() and (seen.error == seen.error[0]).all():  # one solution for all
        one = replace(next(iter(seen)), values=seen.values)
        squared = (kriging.condition(one, points).mean - truth[:, points]) ** 2
    else:
        squared = np.stack(
            [
                (kriging.condition(field, points).mean - there[points]) ** 2
                for there, field in zip(truth, seen, strict=True)
            ]
        )
    return float(np.nanmean(squared * weight))


def spread_factor(method: FieldByField, problem: Problem) -> float:
    """What the method's standard deviations lack to cover 90 % of the validation fields' points that are not observed."""
    seen = problem.validation_observations[:JUDGES]
    prediction = method.reconstruct(seen)
    unseen = ~observed(seen.index, prediction.mean.shape[1]) & ~np.isnan(problem.validation[:JUDGES])
    return lacking((prediction.mean - problem.validation[:JUDGES])[unseen], prediction.known_spread[unseen])


def lacking(error: np.ndarray, spread: np.ndarray) -> float:
    """The factor that standard deviations lack to cover 90 % of the errors (N,)."""
    spread = np.maximum(spread, np.finfo(float).tiny)
    return float(np.quantile(np.abs(error) / spread, COVERED) / norm.ppf(0.5 + COVERED / 2))
