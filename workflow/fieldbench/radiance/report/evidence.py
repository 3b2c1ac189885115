"""What claims on radiance fields are judged by: scenes on which one experiment holds every method that is named."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import product

import numpy as np

from fieldbench.radiance.report import comparison
from fieldbench.radiance.report.comparison import MARGIN, PSNR
from fieldbench.report import evidence
from fieldbench.report.claim_kinds import Expected, Outcome, judge_two
from fieldbench.report.evidence import Metric, Names, Needs, NotMeasured, Regimes, Sample, names
from fieldbench.report.statistics import paired_difference
from fieldbench.report.tables import Key


class Evidence(evidence.Evidence):
    """Methods are compared over all scenes that the claim's pattern matches."""

    default_metric = PSNR

    def keys(self, *needs: tuple[str, str]) -> list[list[Key]]:
        """For every method and metric the runs on all scenes, each in the first experiment that holds all of them.

        Raises:
            NotMeasured: there are none.
        """
        scenes = [scene for scene in self.results.datasets if fnmatchcase(scene, self.dataset)]
        together = [keys for scene in scenes if (keys := self._on(scene, needs))]
        if not together:
            wanted = " and ".join(dict.fromkeys(f"{metric} of {method}" for method, metric in needs))
            raise NotMeasured(f"no experiment on a scene {self.dataset} holds {wanted}{self._faults(needs)}")
        return [list(keys) for keys in zip(*together, strict=True)]

    def _on(self, scene: str, needs: Sequence[tuple[str, str]]) -> list[Key]:
        for experiment in dict.fromkeys(key.regime for key in self.results.select(scene)):
            keys = [Key(scene, experiment, method) for method, _ in needs]
            if all(self.results.has(key, metric) for key, (_, metric) in zip(keys, needs, strict=True)):
                return keys
        return []

    def _faults(self, needs: Sequence[tuple[str, str]]) -> str:
        """Why runs of the methods are missing, where they failed."""
        methods = {method for method, _ in needs}
        reasons = [self.results.failed(key) for key in self.results.keys if key.method in methods]
        listed = "; ".join(dict.fromkeys(filter(None, reasons)))
        return f" ({listed})" if listed else ""

    def sample(self, needs: Needs, regimes: Regimes = (None,), no_worse_than: str | None = None) -> Sample:
        qualities = [(needs[0][0], PSNR), (no_worse_than, PSNR)] if no_worse_than else []
        wanted = [*needs, *qualities]
        keys = self.keys(*wanted)
        draws = [
            comparison.over(self.results, runs, metric)
            for runs, (_, metric) in zip(keys, wanted, strict=True)
        ]
        over = f" {on_text(keys[0])}"
        if no_worse_than:
            short = paired_difference(draws[-1], draws[-2]).absolute.mean
            if not short <= MARGIN:
                worse = f"the PSNR of {needs[0][0]} is {short:.2f} dB below that of {no_worse_than}"
                raise NotMeasured(f"{worse},{over}")
        return Sample(tuple(draws[: len(needs)]), over=over)

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        for method, metric in product(methods, metrics):
            keys = self.keys(*((method, name) for name in names(metric)))
            for run in keys[0]:
                yield from map(float, np.atleast_1d(self.total(run, metric)))


def on_text(keys: Sequence[Key]) -> str:
    """Over which scenes."""
    return f"over {len(keys)} scenes" if len(keys) > 1 else f"on {keys[0].dataset}"


def sooner(evidence: Evidence, expected: Expected, *, of: str, over: str) -> Outcome:
    """How many times sooner `of` reaches a PSNR than `over`: the highest that both reach, or a bound where one does not."""
    keys = evidence.keys((of, PSNR), (over, PSNR))
    speed_up = comparison.speed_up(evidence.results, *keys)
    if speed_up is None:
        raise NotMeasured(f"{of} and {over} have no time to a PSNR in common, {on_text(keys[0])}")
    text = f"{speed_up.text} {on_text(keys[0])}"
    low, high = expected.band
    ratio = speed_up.ratio
    if speed_up.bound == "at least":
        return Outcome(text, judge_two(ratio.low >= low and np.isinf(high), ratio.low > high))
    if speed_up.bound == "at most":
        return Outcome(text, judge_two(ratio.high <= high and np.isinf(low), ratio.high < low))
    return Outcome(text, expected.judge(ratio))


KINDS = {"sooner": sooner}
