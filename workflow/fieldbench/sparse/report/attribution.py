"""Where the decibels are: what each factor, each fix and each technique is worth, paired over test fields.

`about` is what the configuration and the area say of the designs:
    backbones: their names, the one that the versions use first.
    factors: name -> `meaning`, and `of_flow` for a factor that makes a difference for a flow only.
    versions: name -> its techniques.
    base: the method that versions add their techniques to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from fieldbench.report.statistics import Comparison, Estimate, judge, paired_difference
from fieldbench.report.tables import Key
from fieldbench.sparse.report.per_field import Fields, compare

About = Mapping[str, Any]


@dataclass(frozen=True)
class Worth:
    """What one factor is worth, in dB.

    Attributes:
        name: of the factor.
        meaning: what is right about it.
        from_original: what it brings when it alone is put right.
        from_right: what it costs when it alone is as the document has it.
    """

    name: str
    meaning: str
    from_original: Comparison | None
    from_right: Comparison | None


def worths(fields: Fields, about: About, task: str, backbone: str) -> list[Worth]:
    """Every factor that was measured, the largest first; verdicts are corrected for all of them.

    A factor of flows only is set wrong in the design that is all right but a flow.
    """
    ends = {}
    for name, factor in about["factors"].items():
        right = "right-but-objective" if factor["of_flow"] else "right"
        ends[name, "original"] = (f"{backbone}-original-but-{name}", f"{backbone}-original")
        ends[name, "right"] = (f"{backbone}-{right}", f"{backbone}-right-but-{name}")
    pairs = {end: fields.pair(task, *methods) for end, methods in ends.items()}
    found = compare(fields, {end: pair for end, pair in pairs.items() if pair})
    made = [
        Worth(name, factor["meaning"], found.get((name, "original")), found.get((name, "right")))
        for name, factor in about["factors"].items()
    ]
    measured = [worth for worth in made if worth.from_original or worth.from_right]
    return sorted(measured, key=_size, reverse=True)


def _size(worth: Worth) -> float:
    known = [end for end in (worth.from_original, worth.from_right) if end]
    return max(end.difference.absolute.mean for end in known)


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


def versions(fields: Fields, about: About, task: str) -> list[Version]:
    """All versions that were measured, best first; verdicts are corrected for all of them."""
    keys = {name: fields.find(task, name) for name in about["versions"]}
    keys = {name: key for name, key in keys.items() if key}
    pairs = {name: fields.pair(task, name, about["base"]) for name in keys}
    gains = compare(fields, {name: pair for name, pair in pairs.items() if pair})
    made = [
        Version(key, tuple(about["versions"][name]), fields.level(key), gains.get(name))
        for name, key in keys.items()
    ]
    return sorted(made, key=lambda version: version.level.mean, reverse=True)


def interactions(fields: Fields, about: About, task: str) -> dict[tuple[str, str], Comparison]:
    """By how many dB two techniques together exceed the sum of their gains alone: `better` where they help one another."""
    by_set = {
        frozenset(techniques): fields.find(task, name) for name, techniques in about["versions"].items()
    }
    base = fields.find(task, about["base"])
    singles = [next(iter(chosen)) for chosen, key in by_set.items() if len(chosen) == 1 and key]
    differences = {}
    for one, other in combinations(singles, 2):
        together = by_set.get(frozenset((one, other)))
        if together and base:
            first, second = by_set[frozenset((one,))], by_set[frozenset((other,))]
            series = fields.psnr(together) - fields.psnr(first) - fields.psnr(second) + fields.psnr(base)
            differences[one, other] = paired_difference(series.dropna(), 0.0)
    return judge(differences)
