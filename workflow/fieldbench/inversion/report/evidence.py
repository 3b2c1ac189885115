"""What claims on inverted fields are judged by: runs of a regime, and what follows from its grid by arithmetic."""

import numpy as np

from fieldbench.inversion.report.grid import QUANTITIES
from fieldbench.report.claim_kinds import Expected, Outcome, judge_band
from fieldbench.report.evidence import Evidence, NotMeasured
from fieldbench.report.formatting import number
from fieldbench.report.statistics import estimate

__all__ = ["KINDS", "Evidence"]


def arithmetic(evidence: Evidence, expected: Expected, *, quantity: str, regime: str) -> Outcome:
    """What follows from the regime's grid by arithmetic."""
    regimes = evidence.study.about["regimes"]
    if regime not in regimes:
        raise NotMeasured(f"the configuration has no regime {regime}")
    count = QUANTITIES[quantity](regimes[regime])
    if not np.isfinite(count):
        raise NotMeasured(f"regime {regime} has no such level")
    return Outcome(number(count, "count"), judge_band(*expected.band, estimate(count)))


KINDS = {"arithmetic": arithmetic}
