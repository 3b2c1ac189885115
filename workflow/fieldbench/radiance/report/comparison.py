"""Radiance fields compared from the long table: at one PSNR, in times, in queries.

Comparisons are made seed by seed on a single scene, and scene by scene, each with the mean over its seeds, on several. Where
a scene was learned with one seed, PSNR can be compared test view by test view instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.report.formatting import ratio_text
from fieldbench.report.statistics import (
    UNKNOWN,
    Difference,
    Draws,
    Estimate,
    estimate,
    paired_difference,
    ratio,
)
from fieldbench.report.tables import NAMES, Key, Results

PSNR = "psnr_db"
QUERIES = "queries_per_ray_count"
DENSE = "dense_queries_per_ray_count"
TIGHT = "tight_queries_per_ray_count"
MARGIN = 0.1  # dB by which a PSNR may be lower and still count as equal
VIEW_COLUMNS = [*NAMES, "seed", "view", "psnr_db"]


class Views:
    """Look-up of the PSNR of every test view.

    Args:
        table: VIEW_COLUMNS.
    """

    def __init__(self, table: pd.DataFrame):
        each = table.assign(view="view " + table.view.astype(str))  # never to be taken for seeds
        means = each.groupby([*NAMES, "view"], sort=False).psnr_db.mean().reset_index()
        self._psnr = {Key(*names): rows.set_index("view").psnr_db for names, rows in means.groupby(NAMES)}

    def __contains__(self, key: Key) -> bool:
        return key in self._psnr

    def psnr(self, key: Key) -> pd.Series:
        """PSNR in dB by test view, the mean over seeds."""
        return self._psnr[key]


NO_VIEWS = Views(pd.DataFrame(columns=VIEW_COLUMNS))


def over(results: Results, keys: Sequence[Key], metric: str) -> Draws:
    """A metric of one method on one or several scenes: by seed on a single one, else by scene the mean over seeds."""
    if len(keys) == 1:
        return results.draws(keys[0], metric)
    return pd.Series({key.dataset: results.estimate(key, metric).mean for key in keys}, dtype=float)


def has_seeds(results: Results, key: Key, metric: str) -> bool:
    """Whether a spread over seeds is known."""
    return bool(results.has(key, metric) and results.estimate(key, metric).has_interval)


def psnr_values(results: Results, views: Views, *keys: Key) -> list[Draws]:
    """PSNR of runs to be set against one another: by seed, or where one of them has a single seed by test view."""
    if all(has_seeds(results, key, PSNR) for key in keys) or not all(key in views for key in keys):
        return [results.draws(key, PSNR) for key in keys]
    return [views.psnr(key) for key in keys]


def psnr_difference(results: Results, views: Views, key: Key, reference: Key) -> Difference:
    """By how many dB a run is above another."""
    return paired_difference(*psnr_values(results, views, key, reference))


def metric_ratio(results: Results, key: Key, reference: Key, metric: str) -> Estimate:
    """How many times smaller a metric of `key` is than that of `reference`; NaN where one was not measured."""
    if not (results.has(key, metric) and results.has(reference, metric)):
        return UNKNOWN
    return ratio(results.draws(key, metric), results.draws(reference, metric))


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
    goals = sorted(TIMES_TO, reverse=True)
    for goal in goals:
        if _reached(results, keys, goal) and _reached(results, references, goal):
            return SpeedUp(goal, _times(results, keys, references, TIMES_TO[goal], TIMES_TO[goal]))
    for goal in goals:
        if _reached(results, keys, goal) and _never(results, references, goal):
            return SpeedUp(
                goal, _times(results, keys, references, TIMES_TO[goal], "train_seconds"), "at least"
            )
        if _never(results, keys, goal) and _reached(results, references, goal):
            return SpeedUp(
                goal, _times(results, keys, references, "train_seconds", TIMES_TO[goal]), "at most"
            )
    return None


def _times(
    results: Results, keys: Sequence[Key], references: Sequence[Key], own: str, other: str
) -> Estimate:
    return ratio(over(results, keys, own), over(results, references, other))


def _never(results: Results, keys: Sequence[Key], goal: int) -> bool:
    """Whether no seed of any run did, though all were trained."""
    return all(results.has(key, "train_seconds") and not results.has(key, TIMES_TO[goal]) for key in keys)


def _reached(results: Results, keys: Sequence[Key], goal: int) -> bool:
    """Whether every seed of every run did."""
    return all(
        results.has(key, TIMES_TO[goal], PSNR)
        and np.size(results.draws(key, TIMES_TO[goal])) == np.size(results.draws(key, PSNR))
        for key in keys
    )


def level(results: Results, views: Views, key: Key, metric: str) -> Estimate:
    """A metric with its interval over seeds; of PSNR from a single seed over test views."""
    if metric == PSNR and results.has(key, PSNR):
        return estimate(*psnr_values(results, views, key))
    return results.estimate(key, metric)
