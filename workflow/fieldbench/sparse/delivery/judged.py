"""How well methods predict observations that were left out, and which of them is recommended."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fieldbench.errors import UserError
from fieldbench.report import statistics
from fieldbench.report.statistics import Comparison, Estimate, Scale
from fieldbench.sparse import held_out
from fieldbench.sparse.delivery.asked import Asked
from fieldbench.sparse.delivery.methods import METHODS, Done, Method
from fieldbench.sparse.held_out import Calibration, Errors

MARGIN = 2.0  # per cent of the error that are no difference in practice, as `margins.misfit_percent`


@dataclass(frozen=True)
class Judged:
    """A method at left-out observations.

    Attributes:
        method: that learned from all of them.
        errors: of predictions from those that stayed.
        rmse: with its interval over regions, in the unit of the observations.
        against: its mean squared error against the best method's, by the same regions; None for the best.
        coverage: of intervals that were calibrated without the fold that they are judged on.
        seconds: that it took.
    """

    method: Method
    errors: Errors
    rmse: Estimate
    against: Comparison | None
    coverage: tuple[float, ...]
    seconds: float

    @property
    def calibration(self) -> Calibration:
        """Of its standard deviations, from all left-out observations."""
        return Calibration.of(self.errors)


@dataclass(frozen=True)
class Trial:
    """How observations are left out.

    Attributes:
        fold: (O,) see `held_out.folds`.
        size: observations of a block, at most.
    """

    fold: np.ndarray
    size: int

    @property
    def count(self) -> int:
        """How many observations are left out, in turns."""
        return int((self.fold != held_out.NOT_LEFT_OUT).sum())


def trial(asked: Asked) -> Trial:
    """Blocks of observations as far from the others as cells of the map are from the next observation."""
    return Trial(*held_out.folds(asked.places[asked.seen.index], asked.places[asked.cells]))


def judge(
    asked: Asked, design: Trial, names: Sequence[str], show: Callable[[str], Done]
) -> dict[str, Judged]:
    """Every method, by name.

    Args:
        asked: the question.
        design: see `trial`.
        names: keys of `METHODS`.
        show: told which method begins; gives what is told of its progress.
    """
    timed = {name: _timed(asked, design, name, show(METHODS[name].description)) for name in names}
    squared = {name: _squared(asked, errors) for name, (_, errors, _) in timed.items()}
    best = min(squared, key=lambda name: squared[name].mean())
    pairs = {name: (draws, squared[best]) for name, draws in squared.items() if name != best}
    against = statistics.compare(pairs, Scale.RATIO, lower_is_better=True)
    return {
        name: Judged(
            method,
            errors,
            statistics.estimate(squared[name], Scale.RATIO).map(np.sqrt),
            against.get(name),
            held_out.covered(errors, held_out.unseen_scale(errors)),
            seconds,
        )
        for name, (method, errors, seconds) in timed.items()
    }


def recommended(judged: Mapping[str, Judged]) -> str:
    """The first, cheapest, of the methods whose error exceeds the least by no more than the margin."""
    least = min(each.rmse.mean for each in judged.values())
    return next(
        name for name in METHODS if name in judged and judged[name].rmse.mean <= least * (1 + MARGIN / 100)
    )


def require_known(names: Sequence[str], *, history: bool) -> None:
    """Check names of methods.

    Raises:
        UserError: unknown, or in need of a history that is not given.
    """
    for name in names:
        if name not in METHODS:
            raise UserError(f"Unknown method '{name}'; known: {', '.join(METHODS)}.")
        if METHODS[name].of_history and not history:
            raise UserError(
                f"Method '{name}' learns from a history; give --history, or leave the method out."
            )


def _timed(asked: Asked, design: Trial, name: str, done: Done) -> tuple[Method, Errors, float]:
    start = time.perf_counter()
    method = METHODS[name].learn(asked)
    parts = []
    for turn in range(held_out.FOLDS):
        out = np.flatnonzero(design.fold == turn)
        if not out.size:
            continue
        seen = asked.seen
        made = method.predict(seen.take(np.flatnonzero(design.fold != turn)), seen.index[out], done)
        places, error = asked.places[seen.index[out]], made.mean - seen.values[out]
        parts.append(Errors(places, np.full(out.size, turn), error, made.known_spread, seen.error[out]))
    return method, held_out.joined(parts), time.perf_counter() - start


def _squared(asked: Asked, errors: Errors) -> pd.Series:
    """Mean squared error of every region."""
    region = pd.Series(held_out.regions(errors.places), name="block")
    return pd.Series(errors.error**2).groupby(region).mean()
