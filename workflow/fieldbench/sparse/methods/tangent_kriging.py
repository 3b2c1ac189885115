"""Kriging with the covariance of the training fields nearest to the field that is sought.

A family with few parameters is a curved surface in the space of fields, and the neighbours of an estimate span the
surface's tangent there. Beginning with a Gaussian mixture's mean, each round takes the estimate's nearest training
fields, and the Gaussian of their mean and covariance, conditioned on the observations, gives the next estimate.

Few neighbours follow the curvature best and many average noise best; rare fields lie near none. So several numbers
of neighbours and the mixture itself are blended by their evidence, calibrated on the validation fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.sparse.methods import gaussian_mixture
from fieldbench.sparse.methods._blend import Blended, blended
from fieldbench.sparse.methods._posterior import Posterior
from fieldbench.sparse.methods.gaussian_mixture import GaussianMixture, Gaussians
from fieldbench.sparse.problem import Observations, Problem


@dataclass(frozen=True)
class Tangents:
    """The panel: the mixture, and one kriging for each number of neighbours.

    Attributes:
        mixture: gives the first estimate.
        fields: (N, P), among which neighbours are sought.
        squares: (N,), their squared norms.
        neighbours: numbers of neighbours.
        rounds: of search and kriging.
        nugget: standard deviation of a field about its neighbours' span, in the data's unit.
    """

    mixture: GaussianMixture
    fields: np.ndarray
    squares: np.ndarray
    neighbours: tuple[int, ...]
    rounds: int
    nugget: float

    def experts(self, seen: Observations) -> list[list[Posterior]]:
        """What each expert says of each of F fields, given what is measured of them."""
        given = [(field.index, field.values) for field in seen]
        start = [self.mixture.posterior(*field) for field in given]
        columns = [start]
        for count in self.neighbours:
            posteriors = start
            for _ in range(self.rounds):
                near = self.nearest(np.stack([posterior.mean for posterior in posteriors]), count)
                posteriors = [
                    self._krige(self.fields[rows], *field) for rows, field in zip(near, given, strict=True)
                ]
            columns.append(posteriors)
        return [list(experts) for experts in zip(*columns, strict=True)]

    def nearest(self, estimates: np.ndarray, count: int) -> np.ndarray:
        """Rows (F, count) of the training fields nearest to estimates (F, P), in no order."""
        distance = self.squares - 2 * estimates.astype(self.fields.dtype) @ self.fields.T
        return np.argpartition(distance, count - 1, axis=1)[:, :count]

    def _krige(self, near: np.ndarray, index: np.ndarray, values: np.ndarray) -> Posterior:
        """The Gaussian of fields `near` (M, P), given `values` (O,) at `index` (O,)."""
        mean = near.mean(axis=0)
        factor = (near - mean).T / np.sqrt(len(near))
        tangent = Gaussians(mean[None], factor[None], np.array([self.nugget**2]))
        noise = self.mixture.noise
        (mean,), (variance,) = tangent.condition(index, values, noise)
        (evidence,) = tangent.evidence(index, values, noise)
        return Posterior(mean, variance, float(evidence))


def build(
    problem: Problem,
    neighbours: Sequence[int] = (8, 15, 30, 60),
    rounds: int = 3,
    nugget: float = 0.03,
    mixture: dict[str, Any] | None = None,
) -> Blended:
    """Learn the mixture from the training fields, and the blend from the validation fields.

    Args:
        problem: all but its test fields is used.
        neighbours: their numbers; a number beyond the training fields' means all of these.
        rounds: of search and kriging.
        nugget: standard deviation of a field about its neighbours' span, as a share of the training fields'.
        mixture: parameters of `gaussian_mixture.build`.

    Raises:
        UserError: no fields to learn from.
    """
    return blended(tangents(problem, neighbours, rounds, nugget, mixture), problem)


def tangents(
    problem: Problem, neighbours: Sequence[int], rounds: int, nugget: float, mixture: dict[str, Any] | None
) -> Tangents:
    """The experts before their blend; arguments as of `build`."""
    fields = problem.train
    return Tangents(
        gaussian_mixture.build(problem, **(mixture or {})),
        fields,
        np.einsum("np,np->n", fields, fields),
        tuple(min(count, len(fields)) for count in neighbours),
        rounds,
        nugget * float(fields.std()),
    )
