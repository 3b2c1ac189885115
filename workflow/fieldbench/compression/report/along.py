"""What changes from one operating point of a codec to the next: by how much, and how often something happens."""

from collections.abc import Iterable, Sequence

import numpy as np

from fieldbench.report import statistics
from fieldbench.report.metrics import METRICS, scale
from fieldbench.report.statistics import FEWEST, Comparison, Draws, Estimate, odds, shares

Counts = tuple[int, int]  # runs in which something happened, and all runs


def against_first(draws: Sequence[Draws], metric: str) -> list[Comparison]:
    """A metric at every operating point but the first against that at the first, as one family."""
    pairs = {place: (each, draws[0]) for place, each in enumerate(draws[1:])}
    return list(statistics.compare(pairs, scale(metric), METRICS[metric].lower_is_better).values())


def each_step(draws: Sequence[Draws], metric: str) -> list[Comparison]:
    """A metric at every operating point against that at the one before, as one family."""
    return statistics.steps(draws, scale(metric), METRICS[metric].lower_is_better)


def throughout(steps: Sequence[Comparison]) -> str:
    """The verdict that each step has, none of them corrected (intersection-union test); empty where they differ."""
    alone = {step.among(1).verdict for step in steps}
    return alone.pop() if len(alone) == 1 else ""


def halves(points: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The first half of the operating points and the last; the middle one of an odd number is in neither."""
    half = len(points) // 2
    return points[:half], points[len(points) - half :]


def counts(flags: Iterable[float]) -> Counts:
    """In how many runs something happened, of how many."""
    flags = list(flags)
    return int(np.count_nonzero(flags)), len(flags)


def log_odds(of: Counts, over: Counts, family: int = 1) -> Estimate:
    """The logarithm of the odds of `of` over those of `over`, with the exact interval; below 0 where it is rarer."""
    with np.errstate(divide="ignore"):
        return odds(of, over, family).map(np.log)


def counts_text(found: Counts) -> str:
    """Counts in words."""
    return f"{found[0]} of {found[1]} runs"


def share_text(found: Counts) -> str:
    """Counts with the exact interval of the share; without it from fewer than three runs."""
    if found[1] < FEWEST:
        return counts_text(found)
    share = shares(*found)
    return f"{counts_text(found)} [{100 * share.low:.0f} %, {100 * share.high:.0f} %]"


def odds_text(of: Counts, over: Counts) -> str:
    """How often something happens in some runs and in others, with the exact test's verdict."""
    change = log_odds(of, over)
    word = "rarer" if change.high < 0 else "more frequent" if change.low > 0 else "undecided"
    return f"{counts_text(of)} against {counts_text(over)}: {word}"
