"""What a few draws allow one to say: levels and comparisons with intervals, and verdicts that come from the same intervals.

Draws are a Series whose index says what they were drawn over: `seed`, and beside it perhaps what a score is a mean of:
`field`, `view`, `block`, `input`, `scene`, `repetition`, or `time` for a series in time. A plain float is known exactly,
because it depends on no draw. What holds of a comparison, and why, is told in docs/statistics.md:

- Seeds of trainings are independent (Welch); all that two methods share, such as a test field, is paired.
- Where draws are nested (seeds x fields) both variances enter, with Satterthwaite's degrees of freedom.
- Comparisons made at once, a family, have simultaneous intervals by Sidak's inequality; a verdict is read off its interval.
- From fewer than three draws no interval follows.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

LEVEL = 0.05  # of every family of intervals: 95 % confidence
FEWEST = 3  # draws that an interval needs
SEED = "seed"  # draws of which two methods share none
SERIAL = ("time",)  # draws that are correlated with their neighbours

Draws: TypeAlias = "pd.Series | float"
Name = TypeVar("Name", bound=Hashable)


class Scale(Enum):
    """On what a quantity is compared."""

    DIFFERENCE = "difference"  # decibels, shares, scores
    RATIO = "ratio"  # positive quantities, by the logarithm of their means
    LOGARITHM = "logarithm"  # draws that are logarithms already, such as those of rates at equal quality


@dataclass(frozen=True)
class Estimate:
    """A mean over draws with its interval.

    Attributes:
        mean: of the draws, a geometric one over seeds on the scale of ratios; NaN without values.
        spread: standard deviation over seeds (n - 1 in the denominator); NaN for one, and where nothing depends on it.
        low, high: ends of the interval; NaN for fewer than three draws.
        count: number of draws, 0 for an exact value.
        over: what the interval is over, as (draw, number); empty without one.
        values: the draws themselves where they are too few for an interval.
    """

    mean: float
    spread: float
    low: float
    high: float
    count: int
    over: tuple[tuple[str, int], ...] = ()
    values: tuple[float, ...] = ()

    @property
    def has_interval(self) -> bool:
        """Whether an interval is known, from at least three draws or because the value is exact."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def map(self, function: Callable[[float], float]) -> "Estimate":
        """The same of an increasing function of the quantity; its spread is not carried over."""
        mean, low, high = (float(function(end)) for end in (self.mean, self.low, self.high))
        return replace(self, mean=mean, low=low, high=high, spread=0.0 if self.spread == 0 else np.nan)

    @property
    def negative(self) -> "Estimate":
        """The same with the opposite sign."""
        return replace(self, mean=-self.mean, low=-self.high, high=-self.low)


UNKNOWN = Estimate(np.nan, np.nan, np.nan, np.nan, 0)


def exact(value: float) -> Estimate:
    """What depends on no draw."""
    return Estimate(float(value), 0.0, float(value), float(value), 0)


@dataclass(frozen=True)
class Part:
    """A variance of a mean, with the degrees of freedom that it is known with, and what it was drawn over."""

    variance: float
    freedom: float
    over: tuple[str, int]


@dataclass(frozen=True)
class _Sample:
    """One method's draws on a scale.

    Attributes:
        mean: of all of them.
        seeds: mean of each seed on the scale; empty where nothing depends on it.
        units: mean over seeds of what each unit (a field, a view) adds, by unit; empty without.
        residual: variance of the mean by what seeds and units leave unexplained, which both of their variances hold.
    """

    mean: float
    seeds: np.ndarray
    units: pd.Series
    residual: float = 0.0


def _sample(draws: Draws, scale: Scale) -> _Sample:
    if not isinstance(draws, pd.Series):
        return _Sample(float(_onto(scale, draws)), np.array([]), pd.Series(dtype=float))
    table = _by_seed_and_unit(draws)
    means = table.mean(axis=1)
    seeds = _onto(scale, means.to_numpy(float))
    if table.shape[1] == 1 and table.columns.name is None:
        return _Sample(float(np.mean(seeds)), seeds, pd.Series(dtype=float))
    # Of a logarithm of a mean, a unit's share is its value in units of that mean (delta method).
    added = table.div(means, axis=0) if scale is Scale.RATIO else table.sub(means, axis=0)
    units = added.mean(axis=0).dropna()
    seeds = seeds if SEED in draws.index.names else np.array([])
    return _Sample(float(np.mean(_onto(scale, means))), seeds, units, _residual(added, units))


def _by_seed_and_unit(draws: pd.Series) -> pd.DataFrame:
    """(seed, unit); a single row or a single column where draws are over one of them only."""
    if isinstance(draws.index, pd.MultiIndex):
        (unit,) = (name for name in draws.index.names if name != SEED)
        return draws.unstack(unit)
    if draws.index.name == SEED:
        return draws.to_frame()
    return draws.to_frame().T.rename_axis(columns=draws.index.name or "draw")


def _residual(added: pd.DataFrame, units: pd.Series) -> float:
    seeds, count = added.shape
    if seeds < 2 or count < 2:
        return 0.0
    squares = float(np.nansum(added.sub(units, axis=1).to_numpy() ** 2))
    return squares / ((seeds - 1) * (count - 1)) / (seeds * count)


def _onto(scale: Scale, values):
    if scale is not Scale.RATIO:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(values, float) > 0, np.log(values), np.nan)


def _from(scale: Scale) -> Callable[[float], float]:
    return (lambda value: value) if scale is Scale.DIFFERENCE else np.exp


def _seed_part(sample: _Sample) -> list[Part]:
    count = len(sample.seeds)
    if count < FEWEST:
        return []
    return [Part(sample.seeds.var(ddof=1) / count, count - 1, (SEED, count))]


def _unit_part(units: pd.Series) -> list[Part]:
    if len(units) < FEWEST:
        return []
    count = effective_count(units) if units.index.name in SERIAL else len(units)
    return [Part(units.var(ddof=1) / count, count - 1, (str(units.index.name), len(units)))]


def effective_count(series: pd.Series) -> float:
    """Independent draws that tell as much about the mean as these, which follow one another in time; at least two.

    By the correlation of neighbours, corrected for what an estimated mean takes from it.

    Source: Marriott and Pope 1954, Biometrika 41, 390; Bartlett 1946, J. R. Stat. Soc. Suppl. 8, 27.
    """
    values, count = series.to_numpy(float), len(series)
    centred = values - values.mean()
    if not np.any(centred):
        return float(count)
    lag = float((centred[1:] * centred[:-1]).sum() / (centred**2).sum())
    correlation = np.clip((count * lag + 1) / (count - 4) if count > 4 else lag, 0.0, 0.95)
    inflation = (1 + correlation) / (1 - correlation)
    # Correlated draws also spread less about their own mean than about the true one.
    return float(np.clip(count / inflation * (count - inflation) / (count - 1), 2.0, count))


def _estimate(mean: float, parts: Sequence[Part], shared: float, level: float) -> Estimate:
    """A mean with its interval from the variances of its parts.

    Source: Satterthwaite 1946, Biometrics Bulletin 2, 110.
    """
    over = tuple(dict.fromkeys(part.over for part in parts))
    count = max((number for _, number in over), default=0)
    if not parts:
        return Estimate(mean, np.nan, np.nan, np.nan, count)
    variances = np.array([part.variance for part in parts])
    variance = max(variances.sum() - shared, variances.max())
    if variance == 0:
        return Estimate(mean, 0.0, mean, mean, count, over)
    freedom = variances.sum() ** 2 / sum(part.variance**2 / part.freedom for part in parts)
    half = stats.t.ppf(1 - level / 2, freedom) * np.sqrt(variance)
    return Estimate(mean, np.nan, mean - half, mean + half, count, over)


def estimate(draws: Draws, scale: Scale = Scale.DIFFERENCE) -> Estimate:
    """Mean, spread and 95 % interval of draws; on the scale of ratios an interval that stays positive."""
    if not isinstance(draws, pd.Series):
        return exact(draws)
    if draws.empty:
        return UNKNOWN
    if scale is Scale.RATIO and _by_seed_and_unit(draws).mean(axis=1).min() <= 0:
        scale = Scale.DIFFERENCE  # zero has no logarithm
    sample = _sample(draws, scale)
    parts = [*_seed_part(sample), *_unit_part(sample.units)]
    shared = sample.residual if len(parts) == 2 else 0.0
    seeded = SEED in draws.index.names
    each = _by_seed_and_unit(draws).mean(axis=1) if seeded else draws
    return replace(
        _estimate(sample.mean, parts, shared, LEVEL).map(_from(scale)),
        spread=float(each.std(ddof=1)) if seeded and len(each) > 1 else np.nan,
        count=len(each),
        values=() if parts else tuple(map(float, each)),
    )


@dataclass(frozen=True)
class Comparison:
    """A method against a reference in one metric.

    Attributes:
        mean: change on the scale, a difference or the logarithm of a ratio; NaN where a ratio has no logarithm.
        parts: variances of it; none where it is exact or how it varies is not known.
        shared: variance that two of them both count.
        exact: whether it depends on no draw.
        scale: what it was made on.
        lower_is_better: the metric's direction.
        family: number of comparisons that its interval is simultaneous for.
    """

    mean: float
    parts: tuple[Part, ...]
    shared: float
    exact: bool
    scale: Scale
    lower_is_better: bool = False
    family: int = 1

    @cached_property
    def change(self) -> Estimate:
        """On the scale, with the simultaneous interval."""
        if self.exact and np.isfinite(self.mean):
            return exact(self.mean)
        return _estimate(self.mean, self.parts, self.shared, 1 - (1 - LEVEL) ** (1 / self.family))

    def among(self, family: int) -> "Comparison":
        """The same as one of a number of comparisons."""
        return replace(self, family=family)

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `undecided` where the interval holds zero, `same`; empty without an interval."""
        change = self.change
        if not change.has_interval:
            return ""
        if change.low <= 0 <= change.high:
            return "same" if change.low == change.high else "undecided"
        return "better" if (change.mean < 0) == self.lower_is_better else "worse"

    @property
    def times_as_many(self) -> float:
        """How many times as many draws would decide an undecided change, were it as it seems; NaN for any other."""
        change = self.change
        if self.verdict != "undecided" or change.mean == 0:
            return float("nan")
        return max(((change.high - change.low) / 2 / change.mean) ** 2, 1.1)

    @property
    def worse_by(self) -> Estimate:
        """How much worse than the reference: in per cent, or in the unit of what is compared by differences."""
        change = self.change if self.lower_is_better else self.change.negative
        if self.scale is Scale.DIFFERENCE:
            return change
        return change.map(lambda logarithm: 100 * np.expm1(logarithm))

    @property
    def difference(self) -> Estimate:
        """In the metric's unit: of what is compared by differences."""
        return self.change if self.scale is Scale.DIFFERENCE else UNKNOWN

    @property
    def factor(self) -> Estimate:
        """The method's value over the reference's: of what is compared by ratios."""
        return UNKNOWN if self.scale is Scale.DIFFERENCE else self.change.map(np.exp)

    @property
    def times_smaller(self) -> Estimate:
        """The reference's value over the method's."""
        return UNKNOWN if self.scale is Scale.DIFFERENCE else self.change.negative.map(np.exp)

    @property
    def percent(self) -> Estimate:
        """The change in per cent of the reference, of what is compared by ratios; never below -100 %."""
        return self.factor.map(lambda factor: 100 * (factor - 1))


def compare(
    pairs: Mapping[Name, tuple[Draws, Draws]], scale: Scale, lower_is_better: bool = False
) -> dict[Name, Comparison]:
    """The first of each pair of draws against the second, as one family: those of which an interval is known."""
    made = {name: compare_two(*pair, scale, lower_is_better) for name, pair in pairs.items()}
    family = max(1, sum(bool(comparison.parts) for comparison in made.values()))
    return {name: comparison.among(family) for name, comparison in made.items()}


def compare_two(of: Draws, over: Draws, scale: Scale, lower_is_better: bool = False) -> Comparison:
    """Draws of a method against those of a reference, as a family of one."""
    samples = _sample(of, scale), _sample(over, scale)
    parts, shared = _parts(*samples)
    exactly = not any(isinstance(draws, pd.Series) for draws in (of, over))
    return Comparison(
        samples[0].mean - samples[1].mean, tuple(parts), shared, exactly, scale, lower_is_better
    )


def _parts(of: _Sample, over: _Sample) -> tuple[list[Part], float]:
    """What a difference of two varies by: the seeds of each, and the units, which are paired; and what both count."""
    seeds = [_seed_part(sample) for sample in (of, over)]
    units = _unit_part(_paired(of.units, over.units))
    if not units and any(len(sample.seeds) in range(1, FEWEST) for sample in (of, over)):
        return [], 0.0  # how one of them varies is not known
    shared = sum(sample.residual for sample, part in zip((of, over), seeds, strict=True) if part and units)
    return [*seeds[0], *seeds[1], *units], shared


def _paired(of: pd.Series, over: pd.Series) -> pd.Series:
    if of.empty or over.empty:
        return of if over.empty else -over
    of, over = of.align(over, join="inner")
    return of - over


def near(comparisons: Mapping[Name, Comparison], margin: float) -> list[Name]:
    """Those that are worse than the reference of all by no more than a margin that matters, in per cent or the unit."""
    return [name for name, comparison in comparisons.items() if comparison.worse_by.mean <= margin]


def steps(values: Sequence[Draws], scale: Scale, lower_is_better: bool = False) -> list[Comparison]:
    """Each of several values against the one before, as one family."""
    pairs = dict(enumerate((after, before) for before, after in pairwise(values)))
    return list(compare(pairs, scale, lower_is_better).values())


def shares(successes: int, trials: int) -> Estimate:
    """A share of successes with its exact interval.

    Source: Clopper and Pearson 1934, Biometrika 26, 404.
    """
    low, high = stats.binomtest(successes, trials).proportion_ci(1 - LEVEL, method="exact")
    return Estimate(successes / trials, np.nan, float(low), float(high), trials, (("trial", trials),))


def odds(of: tuple[int, int], over: tuple[int, int], family: int = 1) -> Estimate:
    """The odds of success of a method over those of a reference, both as (successes, trials), with the exact interval.

    Source: Fisher 1935, J. R. Stat. Soc. 98, 39; the interval inverts his test.
    """
    table = [[of[0], of[1] - of[0]], [over[0], over[1] - over[0]]]
    ratio = stats.contingency.odds_ratio(table, kind="conditional")
    low, high = ratio.confidence_interval((1 - LEVEL) ** (1 / family))
    return Estimate(float(ratio.statistic), np.nan, float(low), float(high), min(of[1], over[1]))


def power(sizes: Sequence[float], values: Sequence[float]) -> Estimate:
    """The power of the size that values grow with, by least squares of logarithms; interval by Student's t.

    Args:
        sizes: positive; without two that differ the power is NaN.
        values: one per size; unless all are positive the power is NaN.
    """
    count = len(sizes)
    if len(set(sizes)) < 2 or min(values) <= 0:
        return UNKNOWN
    fit = stats.linregress(np.log(sizes), np.log(values))
    if count < FEWEST:
        return Estimate(float(fit.slope), np.nan, np.nan, np.nan, count)
    half = stats.t.ppf(1 - LEVEL / 2, count - 2) * fit.stderr
    return Estimate(fit.slope, fit.stderr, fit.slope - half, fit.slope + half, count, (("size", count),))
