"""What claims on codecs are judged by: rates at equal quality over inputs, and what happens along operating points."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import numpy as np

from fieldbench.compression.report.along import (
    Counts,
    against_first,
    counts,
    counts_text,
    halves,
    log_odds,
    share_text,
    throughout,
)
from fieldbench.compression.report.along import each_step as steps_of
from fieldbench.compression.report.results import Study
from fieldbench.record import unit
from fieldbench.report import evidence
from fieldbench.report.claim_kinds import Expected, Outcome, judge_band, judge_sign, judge_two
from fieldbench.report.evidence import Contrast, Metric, Names, NotMeasured, names
from fieldbench.report.formatting import change_text, number, ratio_text, spread
from fieldbench.report.metrics import METRICS, UNIT_TEXT, scale
from fieldbench.report.statistics import FEWEST, Comparison, Draws, Scale, estimate, shares


class Evidence(evidence.Evidence):
    """Codecs are compared over all inputs that the claim's pattern matches and every one of them coded."""

    default_metric = "relative_rate_ratio"
    study: Study

    def __init__(self, study: Study, dataset: str):
        super().__init__(study, dataset)
        self.rates = study.rates

    def inputs(self, *codecs: str) -> list[str]:
        """The inputs that match, on which every one of the codecs was measured.

        Raises:
            NotMeasured: there are none.
        """
        matching = [name for name in self.results.datasets if fnmatchcase(name, self.dataset)]
        names = self.rates.inputs(matching, *codecs)
        if not names:
            raise NotMeasured(f"no file by {' and '.join(codecs)} of an input {self.dataset}")
        return names

    def contrast(self, of: str, over: str, metric: str, **how: Any) -> Contrast:
        """The rate of a codec against another's at equal PSNR, as in the tables of the page.

        Raises:
            NotMeasured: they reach no common PSNR, or another metric is asked for.
        """
        if metric != self.default_metric:
            raise NotMeasured(f"codecs are compared by their rates at equal PSNR, not by {metric}")
        names = self.inputs(of, over)
        change = self.study.change(names, of, over)
        if change is None:
            raise NotMeasured(f"{of} and {over} reach no common PSNR on {self.dataset}")
        draws, _ = self.rates.draws(names, of, over)
        on = draws.index.unique("input")
        where = f" over {len(on)} inputs" if len(on) > 1 else f" on {on[0]}"
        if not change.change.has_interval and len(draws) > 1:
            where += f" (ratios {'; '.join(number(ratio) for ratio in np.exp(draws))})"
        return self.as_part(change, over=where)

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        for codec, metric in product(methods, metrics):
            yield from np.sum([self.runs(codec, name) for name in names(metric)], axis=0).tolist()

    def runs(self, codec: str, metric: str, *others: str) -> list[float]:
        """A metric of every training of a codec, on the inputs on which some others were measured too.

        Raises:
            NotMeasured: there is no such training.
        """
        names = self.inputs(codec, *others)
        found = self.rates.runs(names, codec, self.point_names(codec, names), metric)
        if not found:
            raise NotMeasured(f"no {metric} of {codec} on {self.dataset}")
        return found

    def point_names(self, codec: str, inputs: Sequence[str]) -> list[str]:
        """The operating points of a codec on some inputs, the lowest rate first."""
        return list(dict.fromkeys(key.regime for name in inputs for key in self.rates.points(name, codec)))

    def points(self, codec: str, metric: str, order: str | None) -> list[str]:
        """A codec's operating points that have a metric, in the order of another metric or of their names.

        Raises:
            NotMeasured: there are fewer than two.
        """
        asked = [metric] if order is None else [metric, order]
        points = {
            key.regime: key
            for name in self.inputs(codec)
            for key in self.rates.points(name, codec)
            if all(self.rates.has(key, one) for one in asked)
        }
        if len(points) < 2:
            raise NotMeasured(f"{codec} has fewer than two operating points with {metric} on {self.dataset}")
        return sorted(points, key=lambda name: self.rates.first(points[name], order) if order else name)

    def along(self, codec: str, metric: str, order: str | None) -> list[Draws]:
        """A metric at a codec's operating points in their order, on the inputs on which each has it.

        Raises:
            NotMeasured: there are fewer than two points, or no input has all.
        """
        points, names = self.points(codec, metric, order), self.inputs(codec)
        if not self.rates.complete(names, codec, points, metric):
            raise NotMeasured(f"no input {self.dataset} has {metric} at every operating point of {codec}")
        return self.rates.along(names, codec, points, metric)


def largest_times(evidence: Evidence, expected: Expected, *, of: str, over: str) -> Outcome:
    """On one input `of` is at least so many times smaller than `over` at equal PSNR.

    To confirm it, one input must, corrected for their number; to refute it none may, for which none need be corrected.
    """
    names = evidence.inputs(of, over)
    found = {name: evidence.study.change([name], of, over) for name in names}
    known = {name: change for name, change in found.items() if change}
    if not known:
        raise NotMeasured(f"{of} and {over} reach no common PSNR on {evidence.dataset}")
    alone, corrected = (
        {name: change.among((evidence.family or 1) * count).times_smaller for name, change in known.items()}
        for count in (1, len(known))
    )
    low, _ = expected.band
    most = max(corrected, key=lambda name: corrected[name].mean)
    text = f"{ratio_text(corrected[most])} smaller on {most}, the largest of {len(known)}"
    reached = any(ratio.low >= low for ratio in corrected.values())
    return Outcome(text, judge_two(reached, all(ratio.high < low for ratio in alone.values())))


def trend(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, along: str | None = None
) -> Outcome:
    """A metric at the last operating point against that at the first: its sign, or whether it lies within the limits.

    What happened or not is counted, in the last half of the points against the first half.
    """
    if METRICS[metric].flag:
        points = evidence.points(of, metric, along)
        first, last = (
            counts(evidence.rates.runs(evidence.inputs(of), of, half, metric)) for half in halves(points)
        )
        return _rarer(evidence, expected, last, first)
    draws = evidence.along(of, metric, along)
    change = evidence.as_part(against_first(draws, metric)[-1]).comparison
    size = change.difference if change.scale is Scale.DIFFERENCE else change.percent
    ends = (estimate(end, scale(metric)) for end in (draws[0], draws[-1]))
    began, ended = (number(end.mean) if size.has_interval else spread(end) for end in ends)
    text = f"from {began} to {ended}: {_change_text(change, metric)}"
    return Outcome(
        text, judge_sign(expected.sign, size) if expected.sign else judge_band(*expected.band, size)
    )


def rarer(evidence: Evidence, expected: Expected, *, metric: str, of: str, over: str) -> Outcome:
    """How often something happens in the runs of a codec, against those of another on the same inputs."""
    found = (counts(evidence.runs(*pair)) for pair in ((of, metric, over), (over, metric, of)))
    return _rarer(evidence, expected, *found)


def share(evidence: Evidence, expected: Expected, *, metric: str, of: str) -> Outcome:
    """The share of a codec's runs in which something happens lies within the limits."""
    found = counts(evidence.runs(of, metric))
    verdict = judge_band(*expected.band, shares(*found)) if found[1] >= FEWEST else "undecided"
    return Outcome(share_text(found), verdict)


def _rarer(evidence: Evidence, expected: Expected, of: Counts, over: Counts) -> Outcome:
    """The verdict of the exact test on the odds."""
    odds = log_odds(of, over, evidence.family or 1)
    verdict = judge_sign(expected.sign, odds) if expected.sign else "undecided"
    return Outcome(f"{counts_text(of)}, against {counts_text(over)}", verdict)


def each_step(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, along: str | None = None
) -> Outcome:
    """A metric changes in the stated sense from each operating point to the next.

    To confirm it none need be corrected; a step that refutes it is corrected for their number (intersection-union test).
    """
    found = steps_of(evidence.along(of, metric, along), metric)
    steps = [step.among((evidence.family or 1) * step.family) for step in found]
    lower = expected.sign == "lower"
    stated, other = ("better", "worse") if lower == METRICS[metric].lower_is_better else ("worse", "better")
    words = {stated: expected.sign, other: "higher" if lower else "lower", "same": "the same"}
    holds = throughout(steps) == stated
    shown = [step.among(1) for step in steps] if holds else steps
    counted = Counter(words.get(step.verdict, step.verdict or "without interval") for step in shown)
    sizes = ", ".join(_change_text(step, metric) for step in shown)
    text = f"{', '.join(f'{count} {word}' for word, count in counted.items())}; steps: {sizes}"
    return Outcome(text, judge_two(holds, bool({other, "same"} & {step.verdict for step in steps})))


def _change_text(change: Comparison, metric: str) -> str:
    return change_text(change, UNIT_TEXT[unit(metric)])


KINDS = {function.__name__: function for function in (largest_times, trend, each_step, rarer, share)}
