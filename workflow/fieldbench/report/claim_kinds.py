"""How a claim is measured: one function per kind of statement, returning what was found and the verdict.

Every function takes the evidence (an area's draws on the data set asked about), the expectation, and the names that the
claim gives. Areas add kinds of their own, and say what their draws are, in `<area>/report/evidence.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from fieldbench.record import unit
from fieldbench.report.evidence import Evidence, Metric, NotMeasured, Sample, names
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
from fieldbench.report.statistics import Difference, Estimate, estimate, judge, paired_difference, ratio

SIGNS = ("lower", "higher", "not lower", "not higher")


@dataclass(frozen=True)
class Expected:
    """What a document states.

    Attributes:
        sign: of a change, one of SIGNS.
        percent: stated size of a change.
        within: largest deviation that still counts as alike, in per cent.
        value: stated value of a quantity.
        tolerance: relative half width of the band around `value`.
        at_least, at_most: limits that each value keeps, or that a level, change or ratio lies in.
        word: stated in a word.
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
        if self.value is not None:
            half = abs(self.value) * self.tolerance
            return self.value - half, self.value + half
        low = -np.inf if self.at_least is None else self.at_least
        return low, np.inf if self.at_most is None else self.at_most

    def judge(self, size: Estimate) -> str:
        """The verdict on a quantity: its sign, or whether it lies within the limits."""
        return judge_sign(self.sign, size) if self.sign else judge_band(*self.band, size)


def _value_text(value: float) -> str:
    return f"{value:.4e}" if 0 < abs(value) < 0.01 else f"{value:,.10g}"


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


def judge_two(holds: bool, fails: bool) -> str:
    """Confirmed, refuted, or undecided where neither is known."""
    return "confirmed" if holds else "refuted" if fails else "undecided"


def judge_all(verdicts: Iterable[str]) -> str:
    """A conjunction: one refuted part refutes it."""
    verdicts = list(verdicts)
    return judge_two(all(verdict == "confirmed" for verdict in verdicts), "refuted" in verdicts)


def judge_sign(sign: str, change: Estimate) -> str:
    """The verdict on a sign; an undefined interval decides nothing, since comparisons with NaN are false."""
    low, high = change.low, change.high
    return {
        "lower": judge_two(high < 0, low > 0 or low == high == 0),
        "higher": judge_two(low > 0, high < 0 or low == high == 0),
        "not lower": judge_two(low >= 0, high < 0),
        "not higher": judge_two(high <= 0, low > 0),
    }[sign]


def judge_band(low: float, high: float, size: Estimate) -> str:
    """Confirmed if the whole interval lies within the limits, refuted if all of it lies outside."""
    return judge_two(low <= size.low and size.high <= high, size.high < low or size.low > high)


def judge_values(expected: Expected, values: Sequence[float]) -> Outcome:
    """Confirmed if every single value lies within the limits."""
    low, high = expected.band
    kept = sum(low <= value <= high for value in values)
    text = f"{kept} of {len(values)} values; from {number(min(values))} to {number(max(values))}"
    return Outcome(text, "confirmed" if kept == len(values) else "refuted")


def _inside(stated: float | None, size: Estimate) -> str:
    if stated is None or not size.has_interval or not np.isfinite(size.mean):
        return ""
    return "yes" if size.low <= stated <= size.high else "no"


def _text(sample: Sample, size: str) -> str:
    return f"{sample.subject}{size}{sample.over}"


def level(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str,
    metric: Metric | None = None,
    over: str | None = None,
    regime: str | None = None,
    scale: float = 1.0,
) -> Outcome:
    """The mean of a metric, or of the sum of several, times `scale`; minus that of method `over` if given."""
    metric = metric or evidence.default_metric
    sample = evidence.sample([(method, metric) for method in (of, over) if method is not None], [regime])
    draws = sample.draws[0] if over is None else sample.draws[0] - sample.draws[1]
    size, kind = estimate(draws * scale), unit(names(metric)[0])
    # Bytes in full, like the claims'.
    text = (
        f"{level_text(size)} dB"
        if kind == "db"
        else mean_interval(size, kind if kind in ("ic2", "count") else "")
    )
    return Outcome(_text(sample, text), judge_band(*expected.band, size), _inside(expected.value, size))


def change(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str,
    over: str,
    metric: str | None = None,
    regime: str | None = None,
    over_regime: str | None = None,
) -> Outcome:
    """The change of a metric from method `over` to method `of`: in dB, or in per cent where that is known."""
    metric = metric or evidence.default_metric
    sample = evidence.sample([(of, metric), (over, metric)], [regime, over_regime or regime])
    difference = paired_difference(*sample.draws)
    if expected.within is not None:
        verdict = judge_band(-expected.within, expected.within, difference.percent)
        return Outcome(_text(sample, percent(difference.percent)), verdict)
    size, text = _size_of_change(difference, metric)
    inside = _inside(expected.percent, difference.percent)
    return Outcome(_text(sample, text), expected.judge(size), inside)


def _size_of_change(difference: Difference, metric: str) -> tuple[Estimate, str]:
    if unit(metric) == "db":
        return difference.absolute, f"{gain_text(difference.absolute)} {UNIT_TEXT['db']}"
    if np.isfinite(difference.percent.mean):
        return difference.percent, percent(difference.percent)
    return difference.absolute, f"difference {mean_interval(difference.absolute, unit(metric))}"


def times(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str,
    metric: str | None = None,
    over: str | None = None,
    over_metric: str | None = None,
    equal_to: str | None = None,
) -> Outcome:
    """How many times smaller a metric of `of` is than of `over`, or than a second metric of `of` itself.

    With `equal_to` it counts only where `of` is no worse than that method.
    """
    metric = metric or evidence.default_metric
    sample = evidence.sample([(of, metric), (over or of, over_metric or metric)], no_worse_than=equal_to)
    size = ratio(*sample.draws)
    if not np.isfinite(size.mean):
        raise NotMeasured(f"{metric} is zero for {of} or {over or of}")
    return Outcome(_text(sample, f"{ratio_text(size)} smaller"), expected.judge(size))


def best(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, among: list[str], regime: str
) -> Outcome:
    """Method `of` is better than each method of `among`, or the same; corrected for their number."""
    winner = evidence.measured(of, metric, regime)
    others = [evidence.measured(method, metric, regime) for method in among if method != of]
    comparisons = evidence.results.compare(others, winner, [metric])
    verdicts = {comparison.verdict for comparison in comparisons.values()}
    rival = min(others, key=lambda key: evidence.results.badness(key, metric))
    margin = percent(comparisons[rival, metric].difference.percent)
    text = f"closest rival {method_name(rival.method)}: {margin} against {method_name(of)}"
    return Outcome(text, judge_two(verdicts <= {"worse", "same"}, "better" in verdicts))


def undominated(
    evidence: Evidence, expected: Expected, *, metrics: list[str], of: str, among: list[str], regime: str
) -> Outcome:
    """No method of `among` is as good as `of` in every metric and better in one."""
    methods = [of, *(method for method in among if method != of)]
    for method, metric in product(methods, metrics):
        evidence.measured(method, metric, regime)
    keys = [evidence.key(method, regime) for method in methods]
    comparisons = evidence.results.compare(keys[1:], keys[0], metrics)
    verdicts = {key: {comparisons[key, metric].verdict for metric in metrics} for key in keys[1:]}
    behind = [key for key, words in verdicts.items() if "worse" in words or words == {"same"}]
    ahead = [key for key, words in verdicts.items() if "better" in words <= {"better", "same"}]
    unclear = [key for key in verdicts if key not in (*behind, *ahead)]
    listed = ", ".join(method_name(key.method) for key in ahead or unclear) or "none"
    text = f"not decided against {listed}" if unclear and not ahead else f"surpassed by {listed}"
    return Outcome(text, judge_two(len(behind) == len(verdicts), bool(ahead)))


def each(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str | list[str],
    metric: Metric | None = None,
    metrics: list[str] | None = None,
    regime: str | None = None,
) -> Outcome:
    """Every single value of the methods keeps the limits: of each of `metrics`, or of `metric`, or the sum of several."""
    asked = metrics or [metric or evidence.default_metric]
    return judge_values(expected, list(evidence.values(names(of), asked, regime)))


def every(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str | list[str],
    over: str | list[str],
    metric: str | None = None,
) -> Outcome:
    """Each method of `of` is above each of `over`; corrected for their number. One that failed confirms nothing."""
    metric = metric or evidence.default_metric
    pairs, failed = {}, set()
    for pair in product(evidence.matching(of), evidence.matching(over)):
        try:
            pairs[pair] = paired_difference(*evidence.sample([(method, metric) for method in pair]).draws)
        except NotMeasured:
            failed.add(pair[0])
    if not pairs:
        raise NotMeasured(
            f"no {metric} of {', '.join(names(of))} beside {', '.join(names(over))} on {evidence.dataset}"
        )
    verdicts = [comparison.verdict for comparison in judge(pairs).values()] + ["failed"] * len(failed)
    counts = ", ".join(f"{count} {word}" for word, count in Counter(verdicts).items())
    return Outcome(counts, judge_two(set(verdicts) == {"better"}, bool({"worse", "same"} & set(verdicts))))


def alike(evidence: Evidence, expected: Expected, *, metric: str, among: list[str], regime: str) -> Outcome:
    """The largest mean exceeds the smallest by no more than the stated percentage."""
    draws = {method: evidence.sample([(method, metric)], [regime]).draws[0] for method in among}
    order = sorted(among, key=lambda method: estimate(draws[method]).mean)
    size = paired_difference(draws[order[-1]], draws[order[0]]).percent
    text = f"{method_name(order[-1])} against {method_name(order[0])}: {percent(size)}"
    return Outcome(text, judge_two(size.high <= expected.within, size.low > expected.within))


def completed(evidence: Evidence, expected: Expected, *, of: list[str], regime: str) -> Outcome:
    """Every run of the methods ended with finite numbers."""
    faults = {method: evidence.results.failed(evidence.key(method, regime)) for method in of}
    text = "; ".join(f"{method_name(method)}: {fault}" for method, fault in faults.items() if fault)
    return Outcome(text or "every run ended", "refuted" if text else "confirmed")


KINDS: dict[str, Callable[..., Outcome]] = {
    function.__name__: function
    for function in (level, change, times, best, undominated, each, every, alike, completed)
}
PLAIN_TEXT = {  # what is expected of kinds that state no number
    "best": "the best",
    "undominated": "surpassed by none",
    "completed": "every run ends",
    "every": "each higher",
}


def measure(
    kinds: Mapping[str, Callable[..., Outcome]],
    evidence: Evidence,
    spec: Mapping[str, Any],
    expected: Mapping[str, Any],
) -> Outcome:
    """Measure one statement, given as its kind and that kind's names; `all_of` holds if each of its parts does.

    Raises:
        NotMeasured: the tables do not hold what it needs.
    """
    if spec["kind"] == "all_of":
        parts = [
            measure(kinds, evidence, part["measure"], part.get("expected", {})) for part in spec["parts"]
        ]
        return Outcome("; ".join(part.measured for part in parts), judge_all(part.verdict for part in parts))
    arguments = {key: name for key, name in spec.items() if key != "kind"}
    return kinds[spec["kind"]](evidence, Expected(**expected), **arguments)
