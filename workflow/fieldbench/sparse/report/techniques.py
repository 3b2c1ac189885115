"""The document's versions: what each set of techniques brings over the base, and which techniques help one another."""

from dataclasses import dataclass
from itertools import combinations

from fieldbench.report.formatting import gain_text, gain_verdict, number, table
from fieldbench.report.parts import name_cell
from fieldbench.report.statistics import Comparison, Estimate, judge, paired_difference
from fieldbench.report.tables import Key
from fieldbench.sparse.report.cells import psnr_text
from fieldbench.sparse.report.results import PSNR, Study

TOGETHER = {"better": "help one another", "worse": "hinder one another"}
STRONGEST = 10  # pairs that are listed


@dataclass(frozen=True)
class Version:
    """One of the document's versions.

    Attributes:
        key: its run.
        techniques: that it has.
        level: mean PSNR.
        gain: against the base; None where that was not run.
    """

    key: Key
    techniques: tuple[str, ...]
    level: Estimate
    gain: Comparison | None


def versions(study: Study, task: str) -> list[Version]:
    """All versions that were measured, best first; verdicts are corrected for all of them."""
    runs = {name: study.fields.find(task, name) for name in study.about["versions"]}
    gains = study.gains(task, {name: (name, study.about["base"]) for name in runs})
    made = [
        Version(key, tuple(study.about["versions"][name]), study.fields.level(key), gains.get(name))
        for name, key in runs.items()
        if key
    ]
    return sorted(made, key=lambda version: version.level.mean, reverse=True)


def interactions(study: Study, task: str) -> dict[tuple[str, str], Comparison]:
    """By how many dB two techniques together exceed the sum of their gains alone: `better` where they help one another."""
    runs = {frozenset(): study.fields.find(task, study.about["base"])}
    runs |= {
        frozenset(techniques): study.fields.find(task, name)
        for name, techniques in study.about["versions"].items()
    }
    psnr = {techniques: study.draws(key, PSNR) for techniques, key in runs.items() if key}
    singles = [next(iter(techniques)) for techniques in psnr if len(techniques) == 1]
    differences = {}
    for pair in combinations(singles, 2):
        if frozenset(pair) in psnr and frozenset() in psnr:
            first, second = (psnr[frozenset((technique,))] for technique in pair)
            beyond = psnr[frozenset(pair)] - first - second + psnr[frozenset()]
            differences[pair] = paired_difference(beyond.dropna(), 0.0)
    return judge(differences)


def version_table(study: Study, task: str) -> str:
    """The document's versions, best first; empty without runs."""
    rows = [
        [
            name_cell(version.key),
            ", ".join(version.techniques),
            psnr_text(study, version.key),
            gain_verdict(version.gain),
            number(study.results.estimate(version.key, "train_seconds").mean),
        ]
        for version in versions(study, task)
    ]
    headers = ["Version", "Techniques", "PSNR (dB) [95 %]", "Against the base (dB) [95 %]", "Training (s)"]
    return table(headers, rows, left=2) if rows else ""


def interaction_table(study: Study, task: str) -> str:
    """The pairs that help or hinder one another, strongest first; empty where none is decided."""
    decided = {
        pair: comparison
        for pair, comparison in interactions(study, task).items()
        if comparison.verdict in TOGETHER
    }
    order = sorted(decided, key=lambda pair: -abs(decided[pair].difference.absolute.mean))
    rows = [
        [" + ".join(pair), TOGETHER[decided[pair].verdict], gain_text(decided[pair].difference.absolute)]
        for pair in order[:STRONGEST]
    ]
    return table(["Pair", "Together they", "Beyond the sum (dB) [95 %]"], rows, left=2) if rows else ""
