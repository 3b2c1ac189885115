"""What claims on codecs are judged by: rates at equal quality over inputs, and what happens along operating points."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import numpy as np

from fieldbench.compression.report.results import Study
from fieldbench.report import evidence
from fieldbench.report.claim_kinds import Expected, Outcome, judge_two
from fieldbench.report.evidence import Metric, Names, Needs, NotMeasured, Regimes, Sample
from fieldbench.report.formatting import gain_text, number, ratio_text
from fieldbench.report.statistics import Draws, estimate, judge, paired_difference, steps


class Evidence(evidence.Evidence):
    """Codecs are compared over all inputs that the claim's pattern matches and every one of them coded."""

    default_metric = "relative_rate_ratio"

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

    def sample(self, needs: Needs, regimes: Regimes = (None,), no_worse_than: str | None = None) -> Sample:
        """The rate of the first codec at equal PSNR in units of the second's."""
        (codec, _), (reference, _) = needs
        names = self.inputs(codec, reference)
        percent = self.rates.changes(names, codec, reference)
        if not np.any(np.isfinite(percent)):
            raise NotMeasured(f"{codec} and {reference} reach no common PSNR on {self.dataset}")
        over = f" over {len(names)} inputs" if len(names) > 1 else f" on {names[0]}"
        return Sample((1 + percent / 100, 1.0), over=over)

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        keys = [
            key for codec in methods for name in self.inputs(codec) for key in self.rates.points(name, codec)
        ]
        values = [
            float(value)
            for key in keys
            for metric in metrics
            if self.rates.has(key, metric)
            for value in np.atleast_1d(self.rates.values(key, metric))
        ]
        if not values:
            raise NotMeasured(f"no {', '.join(metrics)} of {', '.join(methods)} on {self.dataset}")
        yield from values

    def along(self, codec: str, metric: str, order: str | None) -> list[Draws]:
        """A metric at a codec's operating points over inputs or seeds, in the order of another metric or of their names.

        Raises:
            NotMeasured: fewer than two points have it.
        """
        names, rates = self.inputs(codec), self.rates
        points = {
            key.regime: key for name in names for key in rates.points(name, codec) if rates.has(key, metric)
        }
        if order is not None:
            points = {name: key for name, key in points.items() if rates.has(key, order)}
        if len(points) < 2:
            raise NotMeasured(f"{codec} has fewer than two operating points with {metric} on {self.dataset}")
        ordered = sorted(points, key=lambda name: rates.first(points[name], order) if order else name)
        return [rates.over(names, codec, point, metric) for point in ordered]


def largest_times(evidence: Evidence, expected: Expected, *, of: str, over: str) -> Outcome:
    """How many times smaller `of` is than `over` at equal PSNR, on the input where that is largest."""
    names = evidence.inputs(of, over)
    ratios = {name: evidence.rates.ratio([name], of, over) for name in names}
    known = {name: ratio for name, ratio in ratios.items() if np.isfinite(ratio.mean)}
    if not known:
        raise NotMeasured(f"{of} and {over} reach no common PSNR on {evidence.dataset}")
    most = max(known, key=lambda name: known[name].mean)
    text = f"{ratio_text(known[most])} smaller on {most}, the largest of {len(known)}"
    return Outcome(text, expected.judge(known[most]))


def trend(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, along: str | None = None
) -> Outcome:
    """A metric at the last operating point minus that at the first: its sign, or whether it lies within the limits."""
    draws = evidence.along(of, metric, along)
    change = paired_difference(draws[-1], draws[0]).absolute
    ends = [number(estimate(end).mean) for end in (draws[0], draws[-1])]
    return Outcome(f"from {ends[0]} to {ends[1]}: {gain_text(change)}", expected.judge(change))


def each_step(
    evidence: Evidence, expected: Expected, *, metric: str, of: str, along: str | None = None
) -> Outcome:
    """A metric changes in the stated sense from each operating point to the next; corrected for their number."""
    lower = expected.sign == "lower"
    differences = dict(enumerate(steps(evidence.along(of, metric, along))))
    comparisons = judge(differences, lambda step: lower).values()
    words = {"better": expected.sign, "worse": "higher" if lower else "lower", "same": "the same"}
    counts = Counter(words.get(comparison.verdict, comparison.verdict) for comparison in comparisons)
    sizes = ", ".join(gain_text(comparison.difference.absolute) for comparison in comparisons)
    text = f"{', '.join(f'{count} {word}' for word, count in counts.items())}; steps: {sizes}"
    fails = {"worse", "same"} & {comparison.verdict for comparison in comparisons}
    return Outcome(text, judge_two(set(counts) == {expected.sign}, bool(fails)))


KINDS = {"largest_times": largest_times, "trend": trend, "each_step": each_step}
