"""How a claim is measured: one function per kind of statement, returning what was found and the verdict.

Every function takes the context (results of all runs and the data set asked about), the expectation, and the
names that the claim gives. The 95 % interval of the paired change over seeds decides the sign of a change. Decibels
(`level`, `gain`, `every_gain`, `above`) have their intervals over test fields, and need no group: a method is looked up
wherever it was tested on fields that it had not seen; where names are patterns, the best that match stand for all.
Codecs (`size_ratio`, `rate_change`, `trend`, `each_step`, `each_run`) are compared over all inputs that a data set's name,
read as a shell pattern, matches. So are radiance fields (`times`, `difference`, `sooner`, `every_run`), over all scenes on
which an experiment holds every method that is named.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from fieldbench.compression.report.rates import PSNR, Rates, steps
from fieldbench.inversion.report import grid as grids
from fieldbench.radiance.report import comparison as scenes
from fieldbench.record import unit
from fieldbench.report.formatting import (
    gain_text,
    level_text,
    mean_interval,
    method_name,
    number,
    percent,
    ratio_text,
)
from fieldbench.report.metrics import UNIT_TEXT
from fieldbench.report.statistics import Draws, Estimate, estimate, judge, paired_difference, ratio
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.per_field import NO_FIELDS, Fields
from fieldbench.sparse.report.per_field import compare as compare_fields

SIGNS = ("lower", "higher", "not lower", "not higher")


class NotMeasured(Exception):
    """The tables do not hold what a claim needs; the message says what is missing."""


@dataclass(frozen=True)
class Expected:
    """What a document states.

    Attributes:
        sign: of a change, one of SIGNS.
        percent: stated size of a change.
        within: largest deviation that still counts as alike, in per cent.
        value: stated value of a quantity.
        tolerance: relative half width of the band around `value`.
        at_least, at_most: limits that each run keeps, or that a level or gain in dB lies in.
        word: of a diagnosis.
    """

    sign: str | None = None
    percent: float | None = None
    within: float | None = None
    value: float | None = None
    tolerance: float = 0.0
    at_least: float | None = None
    at_most: float | None = None
    word: str | None = None

    def __post_init__(self):
        if self.sign not in (None, *SIGNS):
            raise ValueError(f"sign '{self.sign}' is not one of {', '.join(SIGNS)}")

    def text(self) -> str:
        """The expectation as a reader sees it."""
        limits = [
            self.sign or "",
            "" if self.percent is None else f"{self.percent:+g} %",
            "" if self.within is None else f"alike within {self.within:g} %",
            "" if self.value is None else _value_text(self.value),
            f"± {100 * self.tolerance:g} %" if self.tolerance else "",
            "" if self.at_least is None else f"at least {self.at_least:g}",
            "" if self.at_most is None else f"at most {self.at_most:g}",
            self.word or "",
        ]
        return ", ".join(filter(None, limits))

    @property
    def band(self) -> tuple[float, float]:
        """Both limits, infinite where there is none."""
        low = -np.inf if self.at_least is None else self.at_least
        return low, np.inf if self.at_most is None else self.at_most


def _value_text(value: float) -> str:
    return f"{value:.4e}" if 0 < abs(value) < 0.01 else f"{value:,.10g}"


@dataclass(frozen=True)
class Context:
    """Where a claim is looked up: the results, the data set, the grid of each regime, and the PSNR of test fields."""

    results: Results
    dataset: str
    regimes: Mapping[str, Mapping[str, Any]]
    fields: Fields = NO_FIELDS

    def key(self, regime: str, method: str) -> Key:
        """The run asked for.

        Raises:
            NotMeasured: it was not planned, or the data set was skipped.
        """
        if reason := self.results.absent.get(self.dataset):
            raise NotMeasured(f"{self.dataset}: {reason}")
        key = Key(self.dataset, regime, method)
        if key not in self.results.keys:
            raise NotMeasured(f"{method_name(method)} was not run in regime {regime} on {self.dataset}")
        return key

    def tested(self, methods: str | list[str]) -> list[Key]:
        """The runs with PSNR of test fields whose methods match.

        Raises:
            NotMeasured: there are none.
        """
        if reason := self.results.absent.get(self.dataset):
            raise NotMeasured(f"{self.dataset}: {reason}")
        found = self.fields.matching(self.dataset, methods)
        if not found:
            wanted = methods if isinstance(methods, str) else ", ".join(methods)
            raise NotMeasured(f"no PSNR of test fields by {method_name(wanted)} on {self.dataset}")
        return found

    def coded(self, rates: Rates, *codecs: str) -> list[str]:
        """The inputs that match, on which every one of the codecs was measured.

        Raises:
            NotMeasured: there are none.
        """
        matching = [name for name in self.results.datasets if fnmatchcase(name, self.dataset)]
        found = rates.inputs(matching, *codecs)
        if not found:
            raise NotMeasured(f"no file by {' and '.join(codecs)} of an input {self.dataset}")
        return found

    def values(self, regime: str, method: str, *metrics: str) -> Draws:
        """The sum of `metrics` per seed.

        Raises:
            NotMeasured: one of them is missing.
        """
        key = self.key(regime, method)
        for metric in metrics:
            self.require(key, metric)
        return sum(self.results.draws(key, metric) for metric in metrics)

    def require(self, key: Key, metric: str) -> None:
        """Check that `metric` was measured.

        Raises:
            NotMeasured: it was not; with the reason where the run failed.
        """
        if not self.results.has(key, metric):
            reason = self.results.failed(key) or f"no {metric} on {key.dataset}"
            raise NotMeasured(f"{method_name(key.method)} ({key.regime}): {reason}")


@dataclass(frozen=True)
class Outcome:
    """What was found.

    Attributes:
        measured: the number with its interval, as text.
        verdict: confirmed, refuted or undecided.
        stated_inside: whether the stated size lies inside the interval; empty where none is stated or known.
    """

    measured: str
    verdict: str
    stated_inside: str = ""


def _judge(holds: bool, fails: bool) -> str:
    return "confirmed" if holds else "refuted" if fails else "undecided"


def _judge_all(verdicts: Sequence[str]) -> str:
    """A conjunction: one refuted part refutes it."""
    return _judge(all(verdict == "confirmed" for verdict in verdicts), "refuted" in verdicts)


def _judge_sign(sign: str, change: Estimate) -> str:
    """The verdict on a sign; an undefined interval decides nothing, since comparisons with NaN are false."""
    low, high = change.low, change.high
    return {
        "lower": _judge(high < 0, low > 0 or low == high == 0),
        "higher": _judge(low > 0, high < 0 or low == high == 0),
        "not lower": _judge(low >= 0, high < 0),
        "not higher": _judge(high <= 0, low > 0),
    }[sign]


def change(
    context: Context,
    expected: Expected,
    *,
    metric: str,
    of: str,
    over: str,
    regime: str,
    over_regime: str | None = None,
) -> Outcome:
    """The change of a metric from method `over` to method `of`."""
    values = context.values(regime, of, metric)
    reference = context.values(over_regime or regime, over, metric)
    found = paired_difference(values, reference)
    known = np.isfinite(found.percent.mean)
    size = found.percent if known else found.absolute
    text = percent(size) if known else f"difference {mean_interval(found.absolute, unit(metric))}"
    if expected.within is not None:
        return Outcome(text, _judge_band(-expected.within, expected.within, found.percent))
    return Outcome(text, _judge_sign(expected.sign, size), _inside(expected.percent, found.percent))


def _judge_band(low: float, high: float, found: Estimate) -> str:
    """Confirmed if the whole interval lies within the limits, refuted if all of it lies outside."""
    return _judge(low <= found.low and found.high <= high, found.high < low or found.low > high)


def _inside(stated: float | None, found: Estimate) -> str:
    if stated is None or not found.has_interval or not np.isfinite(found.mean):
        return ""
    return "yes" if found.low <= stated <= found.high else "no"


def value(
    context: Context,
    expected: Expected,
    *,
    metric: str | list[str],
    of: str,
    regime: str,
    over: str | None = None,
    scale: float = 1.0,
) -> Outcome:
    """The value of a metric, or the sum of several, times `scale`; minus that of method `over` if given."""
    metrics = [metric] if isinstance(metric, str) else metric
    values = context.values(regime, of, *metrics)
    if over is not None:
        values = values - context.values(regime, over, *metrics)
    found = estimate(values * scale)
    kind = unit(metrics[0]) if unit(metrics[0]) in ("ic2", "count") else ""  # bytes in full, like the claim's
    return Outcome(mean_interval(found, kind), _judge_value(expected, found), _inside(expected.value, found))


def _judge_value(expected: Expected, found: Estimate) -> str:
    half = abs(expected.value) * expected.tolerance
    return _judge_band(expected.value - half, expected.value + half, found)


def best(
    context: Context, expected: Expected, *, metric: str, of: str, among: list[str], regime: str
) -> Outcome:
    """Method `of` is better than each method of `among`, or the same; corrected for their number."""
    winner = context.key(regime, of)
    others = [context.key(regime, method) for method in among if method != of]
    for key in (winner, *others):
        context.require(key, metric)
    found = context.results.compare(others, winner, [metric])
    verdicts = {key: found[key, metric].verdict for key in others}
    rival = min(others, key=lambda key: context.results.badness(key, metric))
    margin = percent(found[rival, metric].difference.percent)
    text = f"closest rival {method_name(rival.method)}: {margin} against {method_name(of)}"
    holds = all(verdict in ("worse", "same") for verdict in verdicts.values())
    return Outcome(text, _judge(holds, "better" in verdicts.values()))


def undominated(
    context: Context, expected: Expected, *, metrics: list[str], of: str, among: list[str], regime: str
) -> Outcome:
    """No method of `among` is as good as `of` in every metric and better in one."""
    key = context.key(regime, of)
    others = [context.key(regime, method) for method in among if method != of]
    for run in (key, *others):
        for metric in metrics:
            context.require(run, metric)
    found = context.results.compare(others, key, metrics)
    verdicts = {other: {found[other, metric].verdict for metric in metrics} for other in others}
    behind = [other for other in others if "worse" in verdicts[other] or verdicts[other] == {"same"}]
    above = [other for other in others if "better" in verdicts[other] <= {"better", "same"}]
    unclear = [other for other in others if other not in (*behind, *above)]
    names = ", ".join(method_name(other.method) for other in above or unclear) or "none"
    text = f"not decided against {names}" if unclear and not above else f"surpassed by {names}"
    return Outcome(text, _judge(len(behind) == len(others), bool(above)))


def each(context: Context, expected: Expected, *, metrics: list[str], of: list[str], regime: str) -> Outcome:
    """Every run of the methods keeps the limits in every metric."""
    sample = [value for method in of for value in _runs(context, regime, method, metrics)]
    return _judge_sample(expected, sample, "values")


def _judge_sample(expected: Expected, sample: Sequence[float], noun: str) -> Outcome:
    """Confirmed if every single value lies within the limits."""
    low, high = expected.band
    kept = sum(low <= value <= high for value in sample)
    text = f"{kept} of {len(sample)} {noun}; from {number(min(sample))} to {number(max(sample))}"
    return Outcome(text, "confirmed" if kept == len(sample) else "refuted")


def _runs(context: Context, regime: str, method: str, metrics: list[str]) -> list[float]:
    found = [context.values(regime, method, metric) for metric in metrics]
    return [float(value) for values in found for value in np.atleast_1d(values)]


def alike(context: Context, expected: Expected, *, metric: str, among: list[str], regime: str) -> Outcome:
    """The largest mean exceeds the smallest by no more than the stated percentage."""
    values = {method: context.values(regime, method, metric) for method in among}
    order = sorted(among, key=lambda method: estimate(values[method]).mean)
    ratio = paired_difference(values[order[-1]], values[order[0]]).percent
    text = f"{method_name(order[-1])} against {method_name(order[0])}: {percent(ratio)}"
    return Outcome(text, _judge(ratio.high <= expected.within, ratio.low > expected.within))


def completed(context: Context, expected: Expected, *, of: list[str], regime: str) -> Outcome:
    """Every run of the methods ended with finite numbers."""
    faults = {method: context.results.failed(context.key(regime, method)) for method in of}
    faults = {method_name(method): fault for method, fault in faults.items() if fault}
    text = "; ".join(f"{method}: {fault}" for method, fault in faults.items()) or "every run ended"
    return Outcome(text, "refuted" if faults else "confirmed")


def level(context: Context, expected: Expected, *, of: str | list[str]) -> Outcome:
    """The mean PSNR over test fields, of the best method that matches, lies within the limits."""
    best_key = context.fields.best(context.tested(of))
    found = context.fields.level(best_key)
    text = f"{method_name(best_key.method)}: {level_text(found)} dB"
    return Outcome(text, _judge_band(*expected.band, found))


def gain(context: Context, expected: Expected, *, of: str | list[str], over: str | list[str]) -> Outcome:
    """By how many dB the best of `of` is above the best of `over`: its sign, or whether it lies within the limits."""
    first, second = (context.fields.best(context.tested(methods)) for methods in (of, over))
    pair = context.fields.pair(context.dataset, first.method, second.method)
    found = context.fields.difference(*pair).absolute
    names = [method_name(key.method) for key in pair]
    text = f"{names[0]} against {names[1]}: {gain_text(found)} dB"
    sign = _judge_sign(expected.sign, found) if expected.sign else _judge_band(*expected.band, found)
    return Outcome(text, sign)


def every_gain(context: Context, expected: Expected, *, of: str | list[str], over: str) -> Outcome:
    """Each method that matches is above `over`; corrected for their number. One that failed confirms nothing."""
    reference, tested = context.tested(over)[0], context.tested(of)
    found = compare_fields(context.fields, {key: (key, reference) for key in tested})
    verdicts = [one.verdict for one in found.values()]
    patterns = [of] if isinstance(of, str) else of
    planned = {
        key.method
        for key in context.results.select(context.dataset)
        if any(fnmatchcase(key.method, pattern) for pattern in patterns)
    }
    verdicts += ["failed"] * len(planned - {key.method for key in tested})
    counts = ", ".join(f"{count} {word}" for word, count in Counter(verdicts).items())
    return Outcome(counts, _judge(set(verdicts) == {"better"}, bool({"worse", "same"} & set(verdicts))))


def above(context: Context, expected: Expected, *, of: list[str], among: list[str]) -> Outcome:
    """Each of `of` is above each of `among`; corrected for their number."""
    named, others = ([context.tested(method)[0] for method in methods] for methods in (of, among))
    found = compare_fields(context.fields, {pair: pair for pair in product(named, others)})
    verdicts = [one.verdict for one in found.values()]
    order = sorted([*named, *others], key=lambda key: -context.fields.level(key).mean)
    text = "in order of PSNR: " + ", ".join(method_name(key.method) for key in order)
    return Outcome(text, _judge(set(verdicts) == {"better"}, "worse" in verdicts))


def diagnosis(context: Context, expected: Expected, *, of: list[str]) -> Outcome:
    """The diagnosis of every method is the stated one."""
    found = {}
    for key in [context.tested(method)[0] for method in of]:
        measures = measures_of(context.results, key)
        if measures is None:
            raise NotMeasured(f"{method_name(key.method)} was not diagnosed on {context.dataset}")
        found[key] = fault_of(measures)
    text = "; ".join(f"{method_name(key.method)}: {word}. {why}" for key, (word, why) in found.items())
    return Outcome(text, _judge_all([_judge(word == expected.word, True) for word, _ in found.values()]))


def size_ratio(context: Context, expected: Expected, *, of: str, over: str, largest: bool = False) -> Outcome:
    """How many times smaller `of` is than `over` at equal PSNR: on average over inputs, or where that is largest."""
    rates = Rates(context.results)
    inputs = context.coded(rates, of, over)
    ratios = {name: rates.ratio([name], of, over) for name in inputs}
    known = {name: ratio for name, ratio in ratios.items() if np.isfinite(ratio.mean)}
    if not known:
        raise NotMeasured(f"{of} and {over} reach no common PSNR on {context.dataset}")
    most = max(known, key=lambda name: known[name].mean)
    found = known[most] if largest else rates.ratio(inputs, of, over)
    where = f"on {most}, the largest of {len(known)}" if largest else _over(inputs)
    return Outcome(f"{ratio_text(found)} smaller {where}", _judge_band(*expected.band, found))


def _over(inputs: Sequence[str]) -> str:
    return f"over {len(inputs)} inputs" if len(inputs) > 1 else f"on {inputs[0]}"


def rate_change(context: Context, expected: Expected, *, of: str, over: str, metric: str = PSNR) -> Outcome:
    """By how many per cent the rate of `of` differs from that of `over` at equal quality."""
    rates = Rates(context.results)
    inputs = context.coded(rates, of, over)
    found = rates.change(inputs, of, over, metric).absolute
    if not np.isfinite(found.mean):
        raise NotMeasured(f"{of} and {over} reach no common quality on {context.dataset}")
    return Outcome(
        f"{percent(found)} {_over(inputs)}",
        _judge_sign(expected.sign, found),
        _inside(expected.percent, found),
    )


def _along(context: Context, of: str, metric: str, along: str | None) -> list[Draws]:
    """A metric of a codec at its operating points over inputs or seeds, in the order of `along`, or of their names."""
    rates = Rates(context.results)
    inputs = context.coded(rates, of)
    points = {key.regime: key for name in inputs for key in rates.points(name, of) if rates.has(key, metric)}
    if along is not None:
        points = {name: key for name, key in points.items() if rates.has(key, along)}
    if len(points) < 2:
        raise NotMeasured(f"{of} has fewer than two operating points with {metric} on {context.dataset}")
    order = sorted(points, key=lambda name: rates.first(points[name], along) if along else name)
    return [rates.over(inputs, of, point, metric) for point in order]


def trend(context: Context, expected: Expected, *, metric: str, of: str, along: str | None = None) -> Outcome:
    """A metric at the last operating point minus that at the first: its sign, or whether it lies within the limits."""
    values = _along(context, of, metric, along)
    found = paired_difference(values[-1], values[0]).absolute
    text = (
        f"from {number(estimate(values[0]).mean)} to {number(estimate(values[-1]).mean)}: {gain_text(found)}"
    )
    sign = _judge_sign(expected.sign, found) if expected.sign else _judge_band(*expected.band, found)
    return Outcome(text, sign)


def each_step(
    context: Context, expected: Expected, *, metric: str, of: str, along: str | None = None
) -> Outcome:
    """A metric changes in the stated sense from each operating point to the next; corrected for their number."""
    lower = expected.sign == "lower"
    differences = dict(enumerate(steps(_along(context, of, metric, along))))
    found = judge(differences, lambda step: lower)
    words = {"better": expected.sign, "worse": "higher" if lower else "lower", "same": "the same"}
    counts = Counter(words.get(one.verdict, one.verdict) for one in found.values())
    sizes = ", ".join(gain_text(one.difference.absolute) for one in found.values())
    text = f"{', '.join(f'{count} {word}' for word, count in counts.items())}; steps: {sizes}"
    fails = {"worse", "same"} & {one.verdict for one in found.values()}
    return Outcome(text, _judge(set(counts) == {expected.sign}, bool(fails)))


def each_run(context: Context, expected: Expected, *, metric: str, of: str) -> Outcome:
    """Every file of a codec keeps the limits, whatever the input, operating point and seed."""
    rates = Rates(context.results)
    inputs = context.coded(rates, of)
    keys = [key for name in inputs for key in rates.points(name, of)]
    sample = [
        float(value)
        for key in keys
        if rates.has(key, metric)
        for value in np.atleast_1d(rates.values(key, metric))
    ]
    if not sample:
        raise NotMeasured(f"no {metric} of {of} on {context.dataset}")
    return _judge_sample(expected, sample, "files")


def _on_scenes(context: Context, *needs: tuple[str, str]) -> list[list[Key]]:
    """For every method and metric the runs on all scenes that match, each in the first experiment that holds all of them.

    Raises:
        NotMeasured: there are none.
    """
    found = []
    for scene in context.results.datasets:
        if not fnmatchcase(scene, context.dataset):
            continue
        for experiment in dict.fromkeys(key.regime for key in context.results.select(scene)):
            keys = [Key(scene, experiment, method) for method, _ in needs]
            if all(context.results.has(key, metric) for key, (_, metric) in zip(keys, needs, strict=True)):
                found.append(keys)
                break
    if not found:
        wanted = " and ".join(dict.fromkeys(f"{metric} of {method}" for method, metric in needs))
        raise NotMeasured(
            f"no experiment on a scene {context.dataset} holds {wanted}{_faults(context, needs)}"
        )
    return [list(keys) for keys in zip(*found, strict=True)]


def _faults(context: Context, needs: Sequence[tuple[str, str]]) -> str:
    """Why runs of the methods are missing, where they failed."""
    keys = [key for key in context.results.keys if key.method in {method for method, _ in needs}]
    reasons = dict.fromkeys(filter(None, map(context.results.failed, keys)))
    return f" ({'; '.join(reasons)})" if reasons else ""


def _on_text(keys: Sequence[Key]) -> str:
    return f"over {len(keys)} scenes" if len(keys) > 1 else f"on {keys[0].dataset}"


def times(
    context: Context,
    expected: Expected,
    *,
    metric: str | list[str],
    of: str,
    over: str | None = None,
    equal_to: str | None = None,
) -> Outcome:
    """How many times smaller a metric of `of` is than of `over`, or than a second metric of `of` itself.

    With `equal_to` it counts only where the PSNR of `of` is no more than `scenes.MARGIN` below that method's.
    """
    first, *rest = [metric] if isinstance(metric, str) else metric
    needs = [(of, first), (over or of, rest[0] if rest else first)]
    if equal_to is not None:
        needs += [(of, PSNR), (equal_to, PSNR)]
    keys = _on_scenes(context, *needs)
    values = [scenes.over(context.results, own, name) for own, (_, name) in zip(keys, needs, strict=True)]
    if equal_to is not None:
        short = paired_difference(values[3], values[2]).absolute.mean
        if not short <= scenes.MARGIN:
            raise NotMeasured(
                f"the PSNR of {of} is {short:.2f} dB below that of {equal_to}, {_on_text(keys[0])}"
            )
    found = ratio(values[0], values[1])
    if not np.isfinite(found.mean):
        raise NotMeasured(f"{first} is zero for {of} or {over or of}")
    return Outcome(f"{ratio_text(found)} smaller {_on_text(keys[0])}", _judge_band(*expected.band, found))


def difference(context: Context, expected: Expected, *, metric: str, of: str, over: str) -> Outcome:
    """A metric of `of` minus that of `over`: its sign, or whether it lies within the limits."""
    keys = _on_scenes(context, (of, metric), (over, metric))
    found = paired_difference(*(scenes.over(context.results, own, metric) for own in keys)).absolute
    sign = _judge_sign(expected.sign, found) if expected.sign else _judge_band(*expected.band, found)
    return Outcome(
        f"{gain_text(found)} {UNIT_TEXT[unit(metric)]} {_on_text(keys[0])}".replace("  ", " "), sign
    )


def sooner(context: Context, expected: Expected, *, of: str, over: str) -> Outcome:
    """How many times sooner `of` reaches a PSNR than `over`: the highest that both reach, or a bound where one does not."""
    keys = _on_scenes(context, (of, PSNR), (over, PSNR))
    found = scenes.speed_up(context.results, *keys)
    if found is None:
        raise NotMeasured(f"{of} and {over} have no time to a PSNR in common, {_on_text(keys[0])}")
    text = f"{found.text} {_on_text(keys[0])}"
    if not found.bound:
        return Outcome(text, _judge_band(*expected.band, found.ratio))
    low, high = expected.band
    if found.bound == "at least":
        word = _judge(found.ratio.low >= low and np.isinf(high), found.ratio.low > high)
    else:
        word = _judge(found.ratio.high <= high and np.isinf(low), found.ratio.high < low)
    return Outcome(text, word)


def every_run(context: Context, expected: Expected, *, metric: str | list[str], of: str) -> Outcome:
    """The sum of the metrics keeps the limits in every run of a method on every scene."""
    metrics = [metric] if isinstance(metric, str) else metric
    keys = _on_scenes(context, *((of, name) for name in metrics))
    totals = [sum(context.results.draws(key, name) for key, name in zip(own, metrics, strict=True))
              for own in zip(*keys, strict=True)]  # fmt: skip
    sample = [float(value) for total in totals for value in np.atleast_1d(total)]
    return _judge_sample(expected, sample, "values")


def grid(context: Context, expected: Expected, *, quantity: str, regime: str) -> Outcome:
    """What follows from the regime's grid by arithmetic."""
    if regime not in context.regimes:
        raise NotMeasured(f"the configuration has no regime {regime}")
    found = grids.QUANTITIES[quantity](context.regimes[regime])
    if not np.isfinite(found):
        raise NotMeasured(f"regime {regime} has no such level")
    if expected.value is not None:
        return Outcome(number(found, "count"), _judge_value(expected, estimate(found)))
    return Outcome(number(found, "count"), _judge_band(expected.at_least, np.inf, estimate(found)))


def all_of(context: Context, expected: Expected, *, parts: list[dict[str, Any]]) -> Outcome:
    """Every part holds."""
    found = [measure(context, part["measure"], part.get("expected", {})) for part in parts]
    return Outcome("; ".join(part.measured for part in found), _judge_all([part.verdict for part in found]))


KINDS: dict[str, Callable[..., Outcome]] = {
    function.__name__: function
    for function in (
        *(change, value, best, undominated, each, alike, completed, grid, all_of),
        *(level, gain, every_gain, above, diagnosis),
        *(size_ratio, rate_change, trend, each_step, each_run),
        *(times, difference, sooner, every_run),
    )
}


def measure(context: Context, spec: Mapping[str, Any], expected: Mapping[str, Any]) -> Outcome:
    """Measure one statement, given as its kind and that kind's names.

    Raises:
        NotMeasured: the tables do not hold what it needs.
    """
    names = {key: name for key, name in spec.items() if key != "kind"}
    return KINDS[spec["kind"]](context, Expected(**expected), **names)


def on_each(
    results: Results,
    regimes: Mapping[str, Any],
    spec: Mapping[str, Any],
    expected: Mapping[str, Any],
    fields: Fields = NO_FIELDS,
) -> Outcome:
    """Measure one statement on every data set that holds what it needs; it must hold on all of them.

    Raises:
        NotMeasured: no data set does.
    """
    found: dict[str, Outcome] = {}
    for dataset in results.datasets:
        try:
            found[dataset] = measure(Context(results, dataset, regimes, fields), spec, expected)
        except NotMeasured:
            continue
    if not found:
        raise NotMeasured("no data set holds what it needs")
    verdicts = pd.Series({dataset: outcome.verdict for dataset, outcome in found.items()})
    counts = ", ".join(f"{verdict} on {count}" for verdict, count in verdicts.value_counts().items())
    against = "; ".join(
        f"{name}: {outcome.measured}" for name, outcome in found.items() if outcome.verdict == "refuted"
    )
    return Outcome(
        f"{counts} of {len(found)} data sets" + (f" ({against})" if against else ""),
        _judge_all(list(verdicts)),
    )
