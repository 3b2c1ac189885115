"""The strongest classical stack: a Gaussian mixture, tangent kriging and a line-spectrum fit, blended by evidence.

Fields that are sums of waves are left to the fit, others to kriging; which is which the evidence tells, calibrated
on the validation fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fieldbench.sparse.methods import line_spectrum
from fieldbench.sparse.methods._blend import Blended, blended
from fieldbench.sparse.methods._posterior import Posterior
from fieldbench.sparse.methods.line_spectrum import LineSpectrum
from fieldbench.sparse.methods.tangent_kriging import Tangents, tangents
from fieldbench.sparse.problem import Observations, Problem


@dataclass(frozen=True)
class Stack:
    """The panel: the mixture, kriging for each number of neighbours, and the line-spectrum fit."""

    tangents: Tangents
    waves: LineSpectrum

    def experts(self, seen: Observations) -> list[list[Posterior]]:
        """What each expert says of each of F fields, given what is measured of them."""
        fits = [self.waves.posterior(field.index, field.values) for field in seen]
        return [[*krigings, fit] for krigings, fit in zip(self.tangents.experts(seen), fits, strict=True)]


def build(
    problem: Problem,
    neighbours: Sequence[int] = (8, 15, 30, 60),
    rounds: int = 3,
    nugget: float = 0.03,
    mixture: dict[str, Any] | None = None,
    waves: dict[str, Any] | None = None,
) -> Blended:
    """Learn the experts from the training fields, and their blend from the validation fields.

    Args:
        problem: all but its test fields is used.
        neighbours, rounds, nugget, mixture: see `tangent_kriging.build`.
        waves: parameters of `line_spectrum.build`.

    Raises:
        UserError: no fields to learn from.
    """
    kriging = tangents(problem, neighbours, rounds, nugget, mixture)
    return blended(Stack(kriging, line_spectrum.build(problem, **(waves or {}))), problem)
