"""How a claim is measured: one function per kind of statement, returning what was found and the verdict.

Every function takes the evidence (an area's draws on the data set asked about), the expectation, and the names that the
claim gives. Areas add kinds of their own, and say what their draws are, in `<area>/report/evidence.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from fieldbench.record import unit
from fieldbench.report.evidence import Contrast, Evidence, Metric, NotMeasured, names
from fieldbench.report.formatting import (
    ABSENT,
    change_text,
    draws_needed,
    interval,
    method_name,
    number,
    ratio_text,
)
from fieldbench.report.metrics import METRICS, UNIT_TEXT
from fieldbench.report.statistics import FEWEST, Estimate, Scale, compare_two, estimate

SIGNS = ("lower", "higher", "not lower", "not higher")
NEAR = 0.25  # of a stated size: how near the whole interval must be to confirm it


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


def _value_text(value: float) -> str:
    return f"{value:.4e}" if 0 < abs(value) < 0.01 else f"{value:,.10g}"


@dataclass(frozen=True)
class Outcome:
    """What was found.

    Attributes:
        measured: the number with its interval, as text.
        verdict: on the statement's sign, or on the statement itself: confirmed, refuted or undecided.
        size: on the size that it states; empty where it states none.
        why: the class of reasons for which there is no verdict, where the runs tell it; see `claims.CLASSES`.
    """

    measured: str
    verdict: str
    size: str = ""
    why: str = ""


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


def judge_size(stated: float | None, size: Estimate) -> str:
    """Refuted where the interval leaves the stated size out, confirmed where it lies near enough; else undecided."""
    if stated is None or not size.has_interval:
        return ""
    half = NEAR * abs(stated)
    near = stated - half <= size.low and size.high <= stated + half
    return judge_two(near and size.low <= stated <= size.high, not size.low <= stated <= size.high)


def judge_values(expected: Expected, values: Sequence[float]) -> Outcome:
    """Refuted if one value lies outside the limits, confirmed if each of at least three lies within."""
    low, high = expected.band
    kept = sum(low <= value <= high for value in values)
    text = f"{kept} of {len(values)} values; from {number(min(values))} to {number(max(values))}"
    return Outcome(text, judge_two(kept == len(values) >= FEWEST, kept < len(values)))


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
    sample = evidence.sample(of, metric, regime)
    if over is None:
        size = estimate(sample.draws * scale, sample.scale)
    else:
        other = evidence.sample(over, metric, regime)
        size = compare_two(sample.draws * scale, other.draws * scale, Scale.DIFFERENCE).change
    kind = unit(names(metric)[0])
    # Bytes in full, like the claims'.
    text = interval(size, unit=kind if kind in ("ic2", "count") else "") + (" dB" if kind == "db" else "")
    return Outcome(f"{sample.subject}{text}", judge_band(*expected.band, size))


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
    """The change of a metric from method `over` to method `of`: in dB, or in per cent."""
    metric = metric or evidence.default_metric
    found = evidence.contrast(of, over, metric, regimes=(regime, over_regime or regime))
    kind = unit(metric)
    text = change_text(found.comparison, UNIT_TEXT[kind] if kind == "db" else "")
    if text == ABSENT:
        raise NotMeasured(f"{metric} is zero for {of} or {over}, so that there is no ratio")
    differs = found.comparison.scale is Scale.DIFFERENCE
    size = found.comparison.difference if differs else found.comparison.percent
    return judge_change(found, expected, size, text, neutral=0.0)


def times(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str,
    metric: str | None = None,
    over: str | None = None,
    over_metric: str | None = None,
    equal_to: str | None = None,
    regime: str | None = None,
) -> Outcome:
    """How many times smaller a metric of `of` is than of `over`, or than a second metric of `of` itself.

    With `equal_to` it counts only where `of` is no worse than that method.
    """
    metric = metric or evidence.default_metric
    found = evidence.contrast(
        of, over or of, metric, regimes=(regime, regime), over_metric=over_metric, no_worse_than=equal_to
    )
    size = found.comparison.times_smaller
    if not np.isfinite(size.mean):
        raise NotMeasured(f"{metric} is zero for {of} or {over or of}")
    return judge_change(found, expected, size, f"{ratio_text(size)} smaller", neutral=1.0)


def judge_change(found: Contrast, expected: Expected, size: Estimate, text: str, neutral: float) -> Outcome:
    """The verdicts on a change: on its sign, and on its size where one is stated.

    Args:
        size: on the scale that the claim speaks of.
        neutral: its value without any change.
    """
    text = f"{found.subject}{text}{found.over}"
    shifted = size.map(lambda value: value - neutral)
    if expected.within is not None:
        verdict = judge_band(-expected.within, expected.within, size)
        return Outcome(text, verdict)
    sign, sized = expected.sign or _sign_of(expected.band, neutral), judge_size(expected.percent, size)
    if expected.percent is None and expected.sign is None:
        sized = judge_band(*expected.band, size)
    if sign is None:
        return Outcome(text, sized)
    verdict = judge_sign(sign, shifted)
    needed = draws_needed(found.comparison) if verdict == "undecided" else ""
    return Outcome(text + (f" ({needed})" if needed else ""), verdict, sized)


def _sign_of(band: tuple[float, float], neutral: float) -> str | None:
    """The sign that limits speak of; None where they hold what is no change."""
    low, high = band
    return "higher" if low > neutral else "lower" if high < neutral else None


def best(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, among: list[str], regime: str
) -> Outcome:
    """Method `of` is better than each method of `among`, or the same.

    To confirm it every comparison must favour it, for which none need be corrected; to refute it one of them must not,
    corrected for their number (intersection-union test, Berger 1982, Technometrics 24, 295).
    """
    others = [method for method in among if method != of]
    alone, corrected = (
        {
            method: evidence.among(family).contrast(method, of, metric, regimes=(regime, regime)).comparison
            for method in others
        }
        for family in (1, len(others))
    )
    holds = all(comparison.verdict in ("worse", "same") for comparison in alone.values())
    fails = any(comparison.verdict == "better" for comparison in corrected.values())
    shown = alone if holds else corrected
    sign = -1 if METRICS[metric].lower_is_better else 1
    rival = max(shown, key=lambda method: sign * shown[method].mean)
    text = f"closest rival {method_name(rival)}: {change_text(shown[rival])} against {method_name(of)}"
    return Outcome(text, judge_two(holds, fails))


def undominated(
    evidence: Evidence, expected: Expected, *, metrics: list[str], of: str, among: list[str], regime: str
) -> Outcome:
    """No method of `among` is as good as `of` in every metric and better in one.

    Each rival must be worse in one of the metrics, corrected for their number; one that is better in one and no worse in the
    others, corrected for the number of rivals, refutes it.
    """
    others = [method for method in among if method != of]

    def verdicts(method: str, family: int) -> set[str]:
        part = evidence.among(family)
        found = (part.contrast(method, of, metric, regimes=(regime, regime)) for metric in metrics)
        return {each.comparison.verdict for each in found}

    behind = [
        method
        for method in others
        if "worse" in (words := verdicts(method, len(metrics))) or words == {"same"}
    ]
    ahead = [
        method
        for method in others
        if "better" in (words := verdicts(method, len(others) * len(metrics))) <= {"better", "same"}
    ]
    unclear = [method for method in others if method not in (*behind, *ahead)]
    listed = ", ".join(map(method_name, ahead or unclear)) or "none"
    text = f"not decided against {listed}" if unclear and not ahead else f"surpassed by {listed}"
    return Outcome(text, judge_two(len(behind) == len(others), bool(ahead)))


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
    asked: Sequence[Metric] = metrics or [metric or evidence.default_metric]
    return judge_values(expected, list(evidence.values(names(of), asked, regime)))


def every(
    evidence: Evidence,
    expected: Expected,
    *,
    of: str | list[str],
    over: str | list[str],
    metric: str | None = None,
) -> Outcome:
    """Each method of `of` is above each of `over`: confirmed as by `best`. One that failed confirms nothing."""
    metric = metric or evidence.default_metric
    pairs, failed = [], set()
    for pair in product(evidence.matching(of), evidence.matching(over)):
        try:
            pairs.append((pair, evidence.contrast(*pair, metric).comparison))
        except NotMeasured:
            failed.add(pair[0])
    if not pairs:
        raise NotMeasured(
            f"no {metric} of {', '.join(names(of))} beside {', '.join(names(over))} on {evidence.dataset}"
        )
    alone = {comparison.among(1).verdict for _, comparison in pairs}
    corrected = [comparison.among(len(pairs)).verdict or "without interval" for _, comparison in pairs]
    counts = "; ".join(
        f"{count} {word}" for word, count in Counter(corrected + ["failed"] * len(failed)).items()
    )
    return Outcome(
        counts, judge_two(alone == {"better"} and not failed, bool({"worse", "same"} & set(corrected)))
    )


def alike(evidence: Evidence, expected: Expected, *, metric: str, among: list[str], regime: str) -> Outcome:
    """Every two of the methods differ by no more than the stated percentage: an equivalence test of each pair.

    Source: Schuirmann 1987, J. Pharmacokin. Biopharm. 15, 657; with 95 % intervals.
    """
    pairs = list(combinations(among, 2))

    def changes(family: int) -> dict[tuple[str, str], Estimate]:
        part = evidence.among(family)
        return {
            pair: part.contrast(*pair, metric, regimes=(regime, regime)).comparison.percent for pair in pairs
        }

    margin = _margin(expected.within or 0.0)
    alone = judge_all(judge_band(*margin, size) for size in changes(1).values())
    corrected = changes(len(pairs))
    refuted = any(judge_band(*margin, size) == "refuted" for size in corrected.values())
    widest = max(corrected, key=lambda pair: abs(np.log1p(corrected[pair].mean / 100)))
    shown = changes(1)[widest] if alone == "confirmed" else corrected[widest]
    text = f"{method_name(widest[0])} against {method_name(widest[1])}: {interval(shown, '+')} %"
    return Outcome(text, judge_two(alone == "confirmed", refuted))


def _margin(within: float) -> tuple[float, float]:
    """A margin in per cent, as far below as above on the scale of ratios."""
    return 100 * (1 / (1 + within / 100) - 1), within


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
    """Measure one statement, given as its kind and that kind's names.

    `all_of` holds if each of its parts does, uncorrected, and fails if one does after correction for their number.

    Raises:
        NotMeasured: the tables do not hold what it needs.
    """
    if spec["kind"] != "all_of":
        arguments = {key: name for key, name in spec.items() if key != "kind"}
        return kinds[spec["kind"]](evidence, Expected(**expected), **arguments)
    alone, corrected = (
        [
            measure(kinds, evidence.among(family), part["measure"], part.get("expected", {}))
            for part in spec["parts"]
        ]
        for family in (1, len(spec["parts"]))
    )
    holds = all(part.verdict == "confirmed" for part in alone)
    fails = any(part.verdict == "refuted" for part in corrected)
    shown = alone if holds else corrected
    return Outcome("; ".join(part.measured for part in shown), judge_two(holds, fails))
