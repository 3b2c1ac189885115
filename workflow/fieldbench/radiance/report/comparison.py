"""Radiance fields compared from the long table in times to one PSNR, on one scene or on several.

Comparisons are made seed by seed on a single scene, and scene by scene, each with the mean over its seeds, on several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.report.formatting import ratio_text
from fieldbench.report.statistics import Draws, Estimate, means, ratio
from fieldbench.report.tables import Key, Results

PSNR = "psnr_db"
MARGIN = 0.1  # dB by which a PSNR may be lower and still count as equal
# By which seeds of each method reached a PSNR.
BOUNDS = {("all", "all"): "", ("all", "none"): "at least", ("none", "all"): "at most"}


def over(results: Results, keys: Sequence[Key], metric: str) -> Draws:
    """A metric of one method on one or several scenes: by seed on a single one, else by scene the mean over seeds."""
    if len(keys) == 1:
        return results.draws(keys[0], metric)
    return means({key.dataset: results.draws(key, metric) for key in keys})


@dataclass(frozen=True)
class SpeedUp:
    """How many times sooner one method reaches a PSNR than another.

    Attributes:
        goal: the PSNR in dB.
        ratio: of the times.
        bound: `at least` where the other never got there, so that its whole training stands for its time; `at most` where
            the first never did; empty where both did.
    """

    goal: int
    ratio: Estimate
    bound: str = ""

    @property
    def text(self) -> str:
        """The ratio with its interval and the PSNR."""
        return f"{self.bound} {ratio_text(self.ratio)} sooner at {self.goal} dB".strip()


def speed_up(results: Results, keys: Sequence[Key], references: Sequence[Key]) -> SpeedUp | None:
    """At the highest PSNR that every run of both reached; else at the highest that one of them did not; None without any.

    Args:
        results: the long table.
        keys, references: runs of two methods on the same scenes.
    """
    methods = keys, references
    reached = {
        goal: tuple(_who_reached(results, runs, goal) for runs in methods)
        for goal in sorted(TIMES_TO, reverse=True)
    }
    goals = [goal for goal in reached if reached[goal] in BOUNDS]
    if not goals:
        return None
    goal = next((goal for goal in goals if not BOUNDS[reached[goal]]), goals[0])
    times = [
        over(results, runs, TIMES_TO[goal] if who == "all" else "train_seconds")
        for runs, who in zip(methods, reached[goal], strict=True)
    ]
    return SpeedUp(goal, ratio(*times), BOUNDS[reached[goal]])


def _who_reached(results: Results, keys: Sequence[Key], goal: int) -> str:
    """Whether `all` seeds of every run reached a PSNR, `none` of any though all were trained, or `some`."""
    metric = TIMES_TO[goal]
    if all(
        results.has(key, metric, PSNR)
        and np.size(results.draws(key, metric)) == np.size(results.draws(key, PSNR))
        for key in keys
    ):
        return "all"
    if all(results.has(key, "train_seconds") and not results.has(key, metric) for key in keys):
        return "none"
    return "some"
