"""Two methods compared in a metric, or in the time to one PSNR, on one scene or over several.

On a single scene draws are those of the table: seeds, and views where a metric is a mean over them. Over several they are
the means of seeds on scenes, positive quantities as logarithms, so that every scene counts alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fieldbench.radiance.report.metrics import TIMES_BY, TIMES_TO
from fieldbench.report.formatting import ratio_text
from fieldbench.report.metrics import METRICS, scale
from fieldbench.report.statistics import Comparison, Draws, Estimate, Scale, compare_two
from fieldbench.report.tables import Key, Results

PSNR = "psnr_db"
WHOLE = "train_seconds"
# What is known of the time to a PSNR: itself, that it is before the first evaluation, that the training ended without it.
KNOWN, BEFORE, NEVER = "known", "before", "never"
# Of the times of both methods follow the ratio, or what it is at least or at most.
BOUNDS = {
    (KNOWN, KNOWN): "",
    **dict.fromkeys([(KNOWN, NEVER), (BEFORE, KNOWN), (BEFORE, NEVER)], "at least"),
    **dict.fromkeys([(NEVER, KNOWN), (KNOWN, BEFORE), (NEVER, BEFORE)], "at most"),
}


def over_scenes(results: Results, keys: Sequence[Key], metric: str) -> pd.Series:
    """A metric of one method on several scenes: over seed and scene, over scene alone where it depends on no seed."""
    if METRICS[metric].exact:
        return pd.Series({key.dataset: results.draws(key, metric) for key in keys}).rename_axis("scene")
    return pd.concat({key.dataset: results.by_seed(key, metric) for key in keys}, names=["scene", "seed"])


def compare(
    results: Results, keys: Sequence[Key], references: Sequence[Key], metric: str, other: str = ""
) -> Comparison:
    """A method's runs against those of another on the same scenes, in a metric; or it against the other's `other`."""
    sides = ((keys, metric), (references, other or metric))
    on, lower_is_better = scale(metric), METRICS[metric].lower_is_better
    if len(keys) == 1:
        of, over = (results.draws(runs[0], name) for runs, name in sides)
        return compare_two(of, over, on, lower_is_better)
    of, over = (over_scenes(results, runs, name) for runs, name in sides)
    if on is Scale.RATIO:
        on, of, over = Scale.LOGARITHM, _logarithms(of), _logarithms(over)
    if all(METRICS[name].exact for _, name in sides):
        of, over = float(np.mean(of)), float(np.mean(over))  # known exactly, on whatever scenes
    return compare_two(of, over, on, lower_is_better)


def _logarithms(draws: pd.Series) -> Draws:
    return np.log(draws) if (draws > 0).all() else np.nan


@dataclass(frozen=True)
class SpeedUp:
    """How many times sooner one method reaches a PSNR than another.

    Attributes:
        goal: the PSNR in dB.
        comparison: of the times, or of bounds of them.
        bound: `at least` or `at most` where only bounds are known: that the first evaluation had reached the PSNR, or that
            the whole training had not; empty where both times are known.
    """

    goal: int
    comparison: Comparison
    bound: str = ""

    @property
    def ratio(self) -> Estimate:
        """Of the times; where only a bound is known, with an end that is open."""
        ratio = self.comparison.times_smaller
        if self.bound == "at least":
            return replace(ratio, high=np.inf)
        return replace(ratio, low=-np.inf) if self.bound == "at most" else ratio

    @property
    def text(self) -> str:
        """The ratio with its interval and the PSNR."""
        ratio = ratio_text(self.comparison.times_smaller)
        return f"{self.bound} {ratio} sooner at {self.goal} dB".strip()

    def among(self, family: int) -> "SpeedUp":
        """The same as one of a number of comparisons."""
        return replace(self, comparison=self.comparison.among(family))


def speed_up(results: Results, keys: Sequence[Key], references: Sequence[Key]) -> SpeedUp | None:
    """At the highest PSNR whose times are known of both; else at the highest of which a bound is; None without any.

    Args:
        keys, references: runs of two methods on the same scenes.
    """
    known = {
        goal: (reached(results, keys, goal), reached(results, references, goal))
        for goal in sorted(TIMES_TO, reverse=True)
    }
    goals = [goal for goal in known if known[goal] in BOUNDS]
    if not goals:
        return None
    goal = next((goal for goal in goals if not BOUNDS[known[goal]]), goals[0])
    metrics = (_metric(what, goal) for what in known[goal])
    return SpeedUp(goal, compare(results, keys, references, *metrics), BOUNDS[known[goal]])


def reached(results: Results, keys: Sequence[Key], goal: int) -> str:
    """What is known of the time to a PSNR of all seeds of runs: KNOWN, BEFORE, NEVER; empty where seeds differ in it."""
    for what in (KNOWN, BEFORE):
        if all(_every_seed(results, key, _metric(what, goal)) for key in keys):
            return what
    trained = all(results.has(key, WHOLE) and not results.has(key, TIMES_BY[goal]) for key in keys)
    return NEVER if trained else ""


def _metric(what: str, goal: int) -> str:
    return {KNOWN: TIMES_TO[goal], BEFORE: TIMES_BY[goal], NEVER: WHOLE}[what]


def _every_seed(results: Results, key: Key, metric: str) -> bool:
    return 0 < len(results.seeds(key, metric)) == len(results.seeds(key, PSNR))
