"""The document's versions: what each set of techniques brings over the base, and which techniques help one another."""

from dataclasses import dataclass
from itertools import combinations

from fieldbench.report.formatting import gain_text, gain_verdict
from fieldbench.report.parts import key_table, mean_cell, name_cell
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
    columns = {
        "Version": lambda version: name_cell(version.key),
        "Techniques": lambda version: ", ".join(version.techniques),
        "PSNR (dB) [95 %]": lambda version: psnr_text(study, version.key),
        "Against the base (dB) [95 %]": lambda version: gain_verdict(version.gain),
        "Training (s)": lambda version: mean_cell(study.results, version.key, "train_seconds"),
    }
    return key_table(versions(study, task), columns, left=2)


def interaction_table(study: Study, task: str) -> str:
    """The pairs that help or hinder one another, strongest first; empty where none is decided."""
    found = interactions(study, task)
    decided = [pair for pair in found if found[pair].verdict in TOGETHER]
    decided.sort(key=lambda pair: -abs(found[pair].difference.absolute.mean))
    columns = {
        "Pair": " + ".join,
        "Together they": lambda pair: TOGETHER[found[pair].verdict],
        "Beyond the sum (dB) [95 %]": lambda pair: gain_text(found[pair].difference.absolute),
    }
    return key_table(decided[:STRONGEST], columns, left=2)
