"""The document's versions: what each set of techniques brings over the base, and which techniques help one another."""

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from fieldbench.report.formatting import change_text, verdict_text
from fieldbench.report.parts import key_table, mean_cell, name_cell
from fieldbench.report.statistics import Comparison, Estimate, Scale, compare
from fieldbench.report.tables import Key
from fieldbench.sparse.report import families
from fieldbench.sparse.report.cells import caption, head, psnr_text
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
    """All versions that were measured, best first; those against the base are one family."""
    runs = {name: study.find(task, name) for name in study.about["versions"]}
    gains = study.gains(task, families.versions(study.about))
    made = [
        Version(key, tuple(study.about["versions"][name]), study.level(key), gains.get(name))
        for name, key in runs.items()
        if key
    ]
    return sorted(made, key=lambda version: version.level.mean, reverse=True)


def interactions(study: Study, task: str) -> dict[tuple[str, str], Comparison]:
    """By how many dB two techniques together exceed the sum of their gains alone: `better` where they help one another.

    Trainings of one seed stand side by side in the sum; being independent, they may stand in any order.
    """
    runs: dict[frozenset[str], Key | None] = {frozenset(): study.find(task, study.about["base"])}
    runs |= {
        frozenset(techniques): study.find(task, name) for name, techniques in study.about["versions"].items()
    }
    psnr = {techniques: study.results.draws(key, PSNR) for techniques, key in runs.items() if key}
    singles = [next(iter(techniques)) for techniques in psnr if len(techniques) == 1]
    beyond = {}
    for pair in combinations(singles, 2):
        if frozenset(pair) in psnr and frozenset() in psnr:
            first, second = (psnr[frozenset((technique,))] for technique in pair)
            rest = pd.Series(psnr[frozenset(pair)] - first - second + psnr[frozenset()])
            beyond[pair] = (rest.dropna(), 0.0)
    return compare(beyond, Scale.DIFFERENCE)


def version_table(study: Study, task: str) -> str:
    """The document's versions, best first; empty without runs."""
    ranked = versions(study, task)
    keys = [version.key for version in ranked]
    columns = {
        "Version": lambda version: name_cell(version.key),
        "Techniques": lambda version: ", ".join(version.techniques),
        head("PSNR", study, keys): lambda version: psnr_text(study, version.key),
        "Against the base (dB) [95 %]": lambda version: verdict_text(version.gain),
        "Training (s)": lambda version: mean_cell(study.results, version.key, "train_seconds"),
    }
    return key_table(ranked, columns, left=2)


def version_caption(study: Study, task: str) -> str:
    """How many comparisons the table makes at once."""
    return caption(study.gains(task, families.versions(study.about)), "with the base")


def interaction_table(study: Study, task: str) -> str:
    """The pairs that help or hinder one another, strongest first; empty where none is decided."""
    found = interactions(study, task)
    decided = [pair for pair in found if found[pair].verdict in TOGETHER]
    decided.sort(key=lambda pair: -abs(found[pair].mean))
    columns = {
        "Pair": " + ".join,
        "Together they": lambda pair: TOGETHER[found[pair].verdict],
        f"Beyond the sum (dB) [95 %, {len(found)} pairs at once]": lambda pair: change_text(found[pair]),
    }
    return key_table(decided[:STRONGEST], columns, left=2)
