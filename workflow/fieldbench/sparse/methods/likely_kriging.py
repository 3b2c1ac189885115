"""Ordinary kriging with the covariance of distance that each field's own observations make most likely.

Kernel, length, variance and nugget are those of greatest restricted likelihood (`sparse.stationary`); a field with many
observations is rebuilt from those near each of its parts (`sparse.neighbourhoods`), in bounded memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldbench.errors import UserError
from fieldbench.sparse import neighbourhoods, stationary
from fieldbench.sparse.kriging import Kriging, spread_factor
from fieldbench.sparse.prediction import FieldByField, Prediction
from fieldbench.sparse.problem import Observed, Problem
from fieldbench.sparse.stationary import KERNELS


@dataclass(frozen=True)
class LikelyKriging(FieldByField):
    """Fitted to every field anew.

    Attributes:
        places: (P, D), coordinates.
        kernels: that are tried.
        stretch: whether the last axis may have another length than the others.
        factor: that standard deviations are multiplied by.
    """

    places: np.ndarray
    kernels: Sequence[str]
    stretch: bool
    factor: float = 1.0

    def rebuild(self, seen: Observed) -> Prediction:
        seen = replace(seen, values=seen.values.astype(float), error=seen.error.astype(float))
        given = self.places[seen.index], seen.values, seen.error
        model = stationary.most_likely(*given, self.kernels)
        if self.stretch:
            model = stationary.stretched(model, *given)
        prior = Kriging.stationary(model, self.places, np.zeros(len(self.places)))
        near, everywhere = model.stretched(self.places), np.arange(len(self.places))
        found = neighbourhoods.condition(prior, near, seen, everywhere)
        return Prediction(found.mean, self.factor * found.known_spread)


def build(problem: Problem, kernels: Sequence[str] = KERNELS, stretch: bool = False) -> LikelyKriging:
    """Nothing is learned but, where there are validation fields, the factor on the standard deviations.

    Args:
        problem: see `sparse.problem`.
        kernels: among which the likelihood chooses: rbf, matern12, matern32, matern52.
        stretch: whether it also chooses how much the last axis counts: on the sphere that of the Earth, on a plane x.

    Raises:
        UserError: unknown kernel, or none.
    """
    if not kernels or (unknown := [kernel for kernel in kernels if kernel not in KERNELS]):
        wrong = f"unknown: {', '.join(unknown)}" if kernels else "none is given"
        raise UserError(f"`kernels` of likely_kriging: {wrong}; known: {', '.join(KERNELS)}.")
    method = LikelyKriging(problem.coordinates, kernels, stretch)
    if not len(problem.validation):
        return method
    return replace(method, factor=spread_factor(method, problem))
