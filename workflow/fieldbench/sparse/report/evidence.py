"""What claims on rebuilt fields are judged by: the PSNR of test fields, and the diagnoses of networks."""

from fieldbench.report import evidence
from fieldbench.report.claim_kinds import Expected, Outcome, judge_all, judge_two
from fieldbench.report.evidence import Needs, NotMeasured, Regimes, Sample
from fieldbench.report.formatting import method_name
from fieldbench.report.tables import Key
from fieldbench.sparse.report.diagnosis import fault_of, measures_of


class Evidence(evidence.Evidence):
    """Decibels are over test fields that a method had not seen; of methods named by a pattern the best stands for all."""

    default_metric = "psnr_db"

    def tested(self, methods: str) -> Key:
        """The best run with PSNR of test fields whose method matches.

        Raises:
            NotMeasured: there is none.
        """
        self.require_data()
        keys = self.study.fields.matching(self.dataset, methods)
        if not keys:
            raise NotMeasured(f"no PSNR of test fields by {method_name(methods)} on {self.dataset}")
        return self.study.fields.best(keys)

    def sample(self, needs: Needs, regimes: Regimes = (None,), no_worse_than: str | None = None) -> Sample:
        if any(metric != self.default_metric for _, metric in needs):
            return super().sample(needs, regimes, no_worse_than)
        keys = [self.tested(method) for method, _ in needs]
        if len(keys) == 2:
            keys = self.study.fields.pair(self.dataset, *(key.method for key in keys))
        subject = " against ".join(method_name(key.method) for key in keys)
        return Sample(tuple(self.study.fields.psnr(key) for key in keys), f"{subject}: ")


def diagnosis(evidence: Evidence, expected: Expected, *, of: list[str]) -> Outcome:
    """The diagnosis of every method is the stated one."""
    faults = {}
    for key in map(evidence.tested, of):
        measures = measures_of(evidence.results, key)
        if measures is None:
            raise NotMeasured(f"{method_name(key.method)} was not diagnosed on {evidence.dataset}")
        faults[key] = fault_of(measures)
    text = "; ".join(f"{method_name(key.method)}: {word}. {why}" for key, (word, why) in faults.items())
    return Outcome(text, judge_all(judge_two(word == expected.word, True) for word, _ in faults.values()))


KINDS = {"diagnosis": diagnosis}
