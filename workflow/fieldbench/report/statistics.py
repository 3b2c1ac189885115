"""What a few draws allow one to say: means with intervals, differences, ratios, and verdicts corrected for their number.

Draws are a Series, indexed by what they were drawn over: seeds, test fields, inputs, views, repetitions. A plain float is
known exactly, because it depends on no draw. From a single draw no interval follows.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.05  # of every test and interval: 95 % confidence

Draws = pd.Series | float
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Estimate:
    """A mean over draws.

    Attributes:
        mean: arithmetic mean; NaN without values.
        spread: standard deviation over draws (n - 1 in the denominator); NaN for one draw.
        low, high: ends of the 95 % interval of the mean by Student's t; NaN for one draw.
        count: number of draws; 0 for an exact value.
    """

    mean: float
    spread: float
    low: float
    high: float
    count: int

    @property
    def has_interval(self) -> bool:
        """Whether the spread is known, from two draws or because the value is exact."""
        return bool(np.isfinite(self.spread))


@dataclass(frozen=True)
class Difference:
    """A method minus its reference, paired over draws.

    Attributes:
        absolute: in the metric's unit.
        percent: in per cent of the reference's mean, taken as known; NaN where that is zero.
        p: two-sided p-value of the paired t-test that there is no difference; NaN for one draw.
    """

    absolute: Estimate
    percent: Estimate
    p: float


def estimate(values: Draws) -> Estimate:
    """Mean, spread and 95 % interval of `values`."""
    if not isinstance(values, pd.Series):
        return Estimate(float(values), 0.0, float(values), float(values), 0)
    sample = values.to_numpy(float)
    if len(sample) == 0:
        return Estimate(np.nan, np.nan, np.nan, np.nan, 0)
    if len(sample) == 1:
        return Estimate(sample[0], np.nan, np.nan, np.nan, 1)
    if np.ptp(sample) == 0:  # exactly, where summing would round
        return Estimate(sample[0], 0.0, sample[0], sample[0], len(sample))
    mean, spread = sample.mean(), sample.std(ddof=1)
    half = stats.t.ppf(1 - LEVEL / 2, len(sample) - 1) * spread / np.sqrt(len(sample))
    return Estimate(float(mean), float(spread), float(mean - half), float(mean + half), len(sample))


def paired_difference(values: Draws, reference: Draws) -> Difference:
    """The difference over the draws that both have; an exact value is set against each draw of the other."""
    if isinstance(values, pd.Series) and isinstance(reference, pd.Series):
        values, reference = values.align(reference, join="inner")
    absolute = estimate(values - reference)
    return Difference(absolute, _scaled(absolute, 100, abs(estimate(reference).mean)), _p_value(absolute))


def steps(values: Sequence[Draws]) -> list[Difference]:
    """Each of several values minus the one before, paired."""
    return [paired_difference(after, before) for before, after in pairwise(values)]


def means(draws: Mapping[str, Draws]) -> pd.Series:
    """The mean of each of several draws, by their names: draws themselves, of what the names stand for."""
    return pd.Series({name: estimate(values).mean for name, values in draws.items()}, dtype=float)


def _scaled(found: Estimate, factor: float, size: float) -> Estimate:
    numbers = (found.mean, found.spread, found.low, found.high)
    return Estimate(*(factor * number / size if size else np.nan for number in numbers), found.count)


def _p_value(difference: Estimate) -> float:
    if not difference.has_interval:
        return np.nan
    if difference.spread == 0:
        return float(difference.mean == 0)
    t = difference.mean / (difference.spread / np.sqrt(difference.count))
    return float(2 * stats.t.sf(abs(t), difference.count - 1))


def holm(p_values: Sequence[float]) -> np.ndarray:
    """p-values corrected for their number by Holm's step-down method; NaN stays NaN and does not count.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65.
    """
    p_values = np.asarray(p_values, float)
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected = np.full(len(p_values), np.nan)
    corrected[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return corrected


def verdict(difference: Difference, p: float | None = None, lower_is_better: bool = True) -> str:
    """`better`, `worse`, `undecided` or `same` (no difference in any draw).

    Args:
        difference: a method minus its reference.
        p: p-value corrected for the comparisons made at once; the difference's own where left out.
        lower_is_better: the metric's direction.
    """
    p = difference.p if p is None else p
    if difference.absolute.mean == 0 and difference.absolute.spread == 0:
        return "same"
    if not p < LEVEL:
        return "undecided"
    return "better" if (difference.absolute.mean < 0) == lower_is_better else "worse"


UNKNOWN = Estimate(np.nan, np.nan, np.nan, np.nan, 0)


def ratio(draws: Draws, reference: Draws) -> Estimate:
    """How many times smaller `draws` are than `reference`: geometric mean with its interval; NaN unless all are positive."""
    if min(np.min(draws), np.min(reference)) <= 0:
        return UNKNOWN
    return exponential(paired_difference(np.log(reference), np.log(draws)).absolute)


def exponential(logs: Estimate) -> Estimate:
    """A mean of logarithms as a factor, with its interval."""
    mean, low, high = (float(np.exp(value)) for value in (logs.mean, logs.low, logs.high))
    return Estimate(mean, mean * logs.spread, low, high, logs.count)


def power(sizes: Sequence[float], values: Sequence[float]) -> Estimate:
    """The power of the size that values grow with, by least squares of logarithms; interval by Student's t.

    Args:
        sizes: positive; without two that differ the power is NaN.
        values: one per size; unless all are positive the power is NaN.
    """
    count = len(sizes)
    if len(set(sizes)) < 2 or min(values) <= 0:
        return Estimate(np.nan, np.nan, np.nan, np.nan, count)
    fit = stats.linregress(np.log(sizes), np.log(values))
    slope, error = float(fit.slope), float(fit.stderr) if count > 2 else np.nan
    half = stats.t.ppf(1 - LEVEL / 2, count - 2) * error
    return Estimate(slope, error, slope - half, slope + half, count)


@dataclass(frozen=True)
class Comparison:
    """A method against a reference in one metric, with the verdict after Holm's correction."""

    difference: Difference
    verdict: str


def judge(
    differences: Mapping[Name, Difference], lower_is_better: Callable[[Name], bool] = lambda name: False
) -> dict[Name, Comparison]:
    """The verdicts on differences, of which higher is better if nothing else is said, corrected for their number."""
    corrected = holm([difference.p for difference in differences.values()])
    return {
        name: Comparison(difference, verdict(difference, p, lower_is_better(name)))
        for (name, difference), p in zip(differences.items(), corrected, strict=True)
    }
