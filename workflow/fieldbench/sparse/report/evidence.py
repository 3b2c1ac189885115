"""What claims on rebuilt fields are judged by: the PSNR of test fields, and the diagnoses of networks."""

from dataclasses import replace

import numpy as np

from fieldbench.report import evidence
from fieldbench.report.claim_kinds import Expected, Outcome, judge_all, judge_band, judge_sign, judge_two
from fieldbench.report.evidence import Contrast, Metric, NotMeasured, Sample, names
from fieldbench.report.formatting import interval, method_name
from fieldbench.report.statistics import Comparison, Estimate, exact
from fieldbench.report.tables import Key
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.results import POOLED, PSNR, Study


class Evidence(evidence.Evidence):
    """Decibels are of test fields that a method had not seen; a claim that names no group is about a method's first run."""

    default_metric = PSNR
    study: Study

    def key(self, method: str, regime: str | None) -> Key:
        self.require_data()
        if regime is not None:
            return super().key(method, regime)
        planned = [key for key in self.results.select(self.dataset) if key.method == method]
        if not planned:
            raise NotMeasured(f"{method_name(method)} was not run on {self.dataset}")
        return self.study.find(self.dataset, method) or planned[0]

    def tested(self, methods: Metric) -> list[Key]:
        """The runs with PSNR of test fields whose methods match one of the patterns, best first.

        Raises:
            NotMeasured: there is none.
        """
        self.require_data()
        keys = self.study.chosen(self.dataset, names(methods))
        if not keys:
            listed = ", ".join(map(method_name, names(methods)))
            raise NotMeasured(f"no PSNR of test fields by {listed} on {self.dataset}")
        return self.study.ranked(keys)

    def sample(self, method: str, metric: Metric, regime: str | None = None) -> Sample:
        return replace(super().sample(method, metric, regime), subject=f"{method_name(method)}: ")

    def contrast(self, of: str, over: str, metric: str, **options) -> Contrast:
        pair = self.study.pair(self.dataset, of, over)
        if pair and not any(options.get("regimes", ())):
            options["regimes"] = tuple(key.regime for key in pair)
        found = super().contrast(of, over, metric, **options)
        return replace(found, subject=f"{method_name(of)} against {method_name(over)}: ")


def highest(evidence: Evidence, expected: Expected, *, of: Metric) -> Outcome:
    """The PSNR of the best of several methods; see `Study.highest`."""
    keys = evidence.tested(of)
    size = evidence.study.highest(keys, evidence.family or 1)
    text = f"{method_name(keys[0].method)} of {len(keys)}: {interval(size)} dB"
    return Outcome(text, judge_band(*expected.band, size))


def surpass(evidence: Evidence, expected: Expected, *, of: Metric, over: Metric) -> Outcome:
    """Some method of `of` is above every method of `over`, all of which must have been run.

    To confirm it, comparisons are corrected for the number of `of`, one of which was picked, and not for that of `over`, all
    of which must be below; to refute it, the other way round.
    """
    ours = evidence.tested(of)
    others = evidence.study.ranked(evidence.measured(name, PSNR, None) for name in evidence.matching(over))
    table = [[evidence.study.comparison(key, other, PSNR) for other in others] for key in ours]

    def ends(name: str, family: int) -> np.ndarray:
        def end(comparison: Comparison) -> float:
            return getattr(comparison.among(family * (evidence.family or 1)).change, name)

        return np.array([[end(comparison) for comparison in row] for row in table])

    low, high = ends("low", len(ours)).min(1).max(), ends("high", len(others)).max(0).min()
    size = Estimate(table[0][0].mean, np.nan, float(low), float(high), len(ours))
    text = f"{method_name(ours[0].method)} against {method_name(others[0].method)}: {interval(size, '+')} dB"
    return Outcome(text, judge_sign(str(expected.sign), size))


def diagnosis(evidence: Evidence, expected: Expected, *, of: list[str], regime: str | None = None) -> Outcome:
    """The diagnosis of every method, in a group if one is named, is the stated one."""
    faults = {}
    for key in (evidence.key(method, regime) for method in of):
        measures = measures_of(evidence.results, key)
        if measures is None:
            raise NotMeasured(f"{method_name(key.method)} was not diagnosed on {evidence.dataset}")
        faults[key] = fault_of(measures)
    text = "; ".join(f"{method_name(key.method)}: {word}. {why}" for key, (word, why) in faults.items())
    return Outcome(text, judge_all(judge_two(word == expected.word, True) for word, _ in faults.values()))


def arithmetic(evidence: Evidence, expected: Expected, *, error: float, of: str) -> Outcome:
    """The PSNR that an rms error of a task's fields amounts to, by its scale: that of any method with both numbers."""
    key = evidence.measured(of, [POOLED, "rmse_data"], None)
    pooled, rms = (evidence.results.estimate(key, metric).mean for metric in (POOLED, "rmse_data"))
    level = pooled + 20 * np.log10(rms / error)
    return Outcome(f"{level:.2f} dB", judge_band(*expected.band, exact(level)))


KINDS = {function.__name__: function for function in (highest, surpass, diagnosis, arithmetic)}
