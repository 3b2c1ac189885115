"""The document's versions: what each set of techniques brings over the base, and which techniques help one another."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from fieldbench.report.formatting import ABSENT, change_text, table, verdict_text
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


def base_of(study: Study, task: str) -> Key | None:
    """The run that versions are compared with: of their group if there is one; None without."""
    pairs = study.resolved(task, families.versions(study.about)).values()
    return next((base for _, base in pairs), None)


def interactions(study: Study, task: str) -> dict[tuple[str, str], Comparison]:
    """By how many dB two techniques together exceed the sum of their gains alone: `better` where they help one another.

    Trainings of one seed stand side by side in the sum; being independent, they may stand in any order.
    """
    runs: dict[frozenset[str], Key | None] = {frozenset(): base_of(study, task)}
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


def alone_table(study: Study, task: str) -> str:
    """The base and each technique alone with its number, in the document's order; empty without versions."""
    numbers = numbers_of(study)
    found = {
        version.techniques[0]: version for version in versions(study, task) if len(version.techniques) == 1
    }
    alone = [found[name] for name in numbers if name in found]
    base = base_of(study, task)
    rows = [Version(base, (), study.level(base), None), *alone] if base else alone
    columns = {
        "Version": lambda version: name_cell(version.key),
        "Technique": lambda version: (
            ", ".join(f"{numbers[name]} {name}" for name in version.techniques) or "none"
        ),
        **_columns(study, alone),
    }
    return key_table(rows, columns, left=2) if versions(study, task) else ""


def pair_matrix(study: Study, task: str) -> str:
    """Gains of the pairs in dB: row and column are techniques, the diagonal is each alone; empty without pairs."""
    numbers = numbers_of(study)
    gains = {
        frozenset(version.techniques): version.gain
        for version in versions(study, task)
        if version.gain and len(version.techniques) <= 2
    }
    if not any(len(pair) == 2 for pair in gains):
        return ""
    names = [name for name in numbers if any(name in pair for pair in gains)]
    rows = [
        [
            f"{numbers[row]} {row}",
            *(_gain(gains.get(frozenset((row, column)))) for column in names[: place + 1]),
        ]
        for place, row in enumerate(names)
    ]
    rows = [row + [""] * (len(names) + 1 - len(row)) for row in rows]
    return table(["", *(str(numbers[name]) for name in names)], rows)


def larger_table(study: Study, task: str) -> str:
    """Versions of three and more techniques, best first, with these as numbers; empty without any."""
    numbers = numbers_of(study)
    larger = [version for version in versions(study, task) if len(version.techniques) > 2]
    columns = {
        "Version": lambda version: name_cell(version.key),
        "Techniques": lambda version: "+".join(str(numbers[name]) for name in version.techniques),
        **_columns(study, larger),
    }
    return key_table(larger, columns, left=2)


def numbers_of(study: Study) -> dict[str, int]:
    """Technique -> its number in the document, which is the order in which versions first name them."""
    names = dict.fromkeys(name for chosen in study.about["versions"].values() for name in chosen)
    return {name: number for number, name in enumerate(names, 1)}


def _columns(study: Study, shown: list[Version]) -> dict[str, Callable[[Version], str]]:
    keys = [version.key for version in shown]
    return {
        head("PSNR", study, keys): lambda version: psnr_text(study, version.key),
        "Against the base (dB) [95 %]": lambda version: verdict_text(version.gain),
        "Training (s)": lambda version: mean_cell(study.results, version.key, "train_seconds"),
    }


def _gain(gain: Comparison | None) -> str:
    """A gain in dB, bold where it is decided; a dash where it was not measured."""
    if gain is None:
        return ABSENT
    text = f"{gain.mean:+.1f}"
    return f"**{text}**" if gain.verdict in TOGETHER else text


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
