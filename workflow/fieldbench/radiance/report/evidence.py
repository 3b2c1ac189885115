"""What claims on radiance fields are judged by: scenes on which one experiment holds every method that is named."""

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import wraps
from itertools import product

from fieldbench.radiance.report.comparison import PSNR, SpeedUp, compare, over_scenes, speed_up
from fieldbench.radiance.report.results import Study
from fieldbench.report import claim_kinds, evidence
from fieldbench.report.claim_kinds import Expected, Outcome
from fieldbench.report.evidence import Contrast, Metric, Names, NotMeasured, Sample, names
from fieldbench.report.metrics import METRICS, scale
from fieldbench.report.statistics import Comparison
from fieldbench.report.tables import Key

GPU = ["cuda"]  # what a record calls it


class Evidence(evidence.Evidence):
    """Methods are compared over all scenes that the claim's pattern matches."""

    default_metric = PSNR
    study: Study

    def runs(self, *needs: tuple[str, str]) -> list[list[Key]]:
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

    def sample(self, method: str, metric: Metric, regime: str | None = None) -> Sample:
        parts = names(metric)
        runs = self.runs(*((method, name) for name in parts))[0]
        if len(runs) == 1:
            return Sample(self.total(runs[0], metric), scale(parts[0]))
        draws = sum(over_scenes(self.results, runs, name) for name in parts)
        exact = all(METRICS[name].exact for name in parts)
        return Sample(float(draws.mean()) if exact else draws, scale(parts[0]))

    def contrast(
        self,
        of: str,
        over: str,
        metric: str,
        *,
        regimes: tuple[str | None, str | None] = (None, None),
        over_metric: str | None = None,
        no_worse_than: str | None = None,
    ) -> Contrast:
        needs = [(of, metric), (over, over_metric or metric)]
        qualities = [(of, PSNR), (no_worse_than, PSNR)] if no_worse_than else []
        runs = self.runs(*needs, *qualities)
        on = on_text(runs[0])
        if no_worse_than:
            short = self._compare(runs[3], runs[0], PSNR).mean
            if not short <= self.study.margin:
                raise NotMeasured(f"the PSNR of {of} is {short:.2f} dB below that of {no_worse_than}, {on}")
        return self.as_part(self._compare(runs[0], runs[1], metric, over_metric), over=f" {on}")

    def _compare(
        self, keys: Sequence[Key], references: Sequence[Key], metric: str, other: str | None = None
    ) -> Comparison:
        if len(keys) == 1 and other is None:
            return self.study.comparison(keys[0], references[0], metric)
        return compare(self.results, keys, references, metric, other or "")

    def sooner(self, of: str, over: str) -> tuple[SpeedUp, str]:
        """How many times sooner a method reaches a PSNR than another, and on which scenes.

        Raises:
            NotMeasured: no time of theirs can be compared.
        """
        keys, references = self.runs((of, PSNR), (over, PSNR))
        one = len(keys) == 1
        found = self.study.sooner(keys[0], references[0]) if one else speed_up(self.results, keys, references)
        if found is None:
            raise NotMeasured(f"{of} and {over} have no time to a PSNR in common, {on_text(keys)}")
        return found.among(self.family or found.comparison.family), f" {on_text(keys)}"

    def values(self, methods: Names, metrics: Sequence[Metric], regime: str | None) -> Iterator[float]:
        for method, metric in product(methods, metrics):
            runs = self.runs(*((method, name) for name in names(metric)))
            for run in runs[0]:
                yield from map(float, sum(self.results.by_seed(run, name) for name in names(metric)))


def on_text(keys: Sequence[Key]) -> str:
    """Over which scenes."""
    return f"over {len(keys)} scenes" if len(keys) > 1 else f"on {keys[0].dataset}"


def sooner(evidence: Evidence, expected: Expected, *, of: str, over: str) -> Outcome:
    """How many times sooner `of` reaches a PSNR than `over`: the highest whose times are known, or of which a bound is."""
    found, on = evidence.sooner(of, over)
    contrast = Contrast(found.comparison, over=on)
    return claim_kinds.judge_change(contrast, expected, found.ratio, found.text, neutral=1.0)


def on_gpu(kind: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """The same kind for what a document says of GPUs: it is measured where every run was on one."""

    @wraps(kind)
    def judged(evidence: Evidence, expected: Expected, **named: str) -> Outcome:
        devices = evidence.results.environment.get("device", [])
        if devices != GPU:
            ran = " and ".join(devices) or "an unknown device"
            raise NotMeasured(f"the sentence is about a GPU, and this was measured on {ran}", why="device")
        return kind(evidence, expected, **named)

    return judged


KINDS = {
    "sooner": sooner,
    "change_on_gpu": on_gpu(claim_kinds.change),
    "times_on_gpu": on_gpu(claim_kinds.times),
}
