"""The document's method: what it expects of its configurations and fixes, and what was measured of them."""

from collections.abc import Callable, Container, Hashable, Mapping
from typing import Any

import numpy as np

from fieldbench.report.claim_kinds import judge_band
from fieldbench.report.formatting import ABSENT, decibels, interval, method_name, table, verdict_text
from fieldbench.report.statistics import Estimate
from fieldbench.report.tables import Key
from fieldbench.sparse.report import families
from fieldbench.sparse.report.cells import caption, head, psnr_text
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.families import FIXED, FIXES, ORIGINAL, Family, designed
from fieldbench.sparse.report.results import BLIND, LINES, POOLED, Study
from fieldbench.sparse.report.techniques import versions

Band = tuple[float, float]  # of decibels
About = Mapping[str, Any]
# Each with its design, and what the document expects of it.
CONFIGURATIONS: dict[str, tuple[str, Band]] = {
    "Before fixes": (ORIGINAL, (5.0, 7.0)),
    "After Fix 1": ("fixes-1", (25.0, 30.0)),
    "After Fix 1+2": ("fixes-1-2", (27.0, 33.0)),
    "After Fix 1+2+3": (FIXED, (28.0, 35.0)),
}
BEST_TECHNIQUES: Band = (40.0, 50.0)
OF_FIXES: tuple[Band, ...] = ((20.0, 25.0), (2.0, 3.0), (1.0, 2.0))  # what it expects of each of FIXES


def status(level: Estimate, band: Band) -> str:
    """How a level compares with what was expected: `as expected`, `below`, `above` or `undecided`."""
    verdict = judge_band(*band, level)
    if verdict == "refuted":
        return "below" if level.high < band[0] else "above"
    return "as expected" if verdict == "confirmed" else verdict


def _band_text(band: Band, sign: str = "") -> str:
    return f"{band[0]:{sign}g} to {band[1]:{sign}g}"


def _tried(study: Study, task: str) -> list[str]:
    """The backbones that were run with the document's method."""
    names = study.about["backbones"]
    return [name for name in names if study.find(task, designed(name, ORIGINAL))]


def configuration_table(study: Study, task: str) -> str:
    """The document's table of expected results, with what was measured for each backbone; empty without runs."""
    backbones = _tried(study, task)
    if not backbones:
        return ""
    runs = {
        name: {
            label: study.find(task, designed(name, design)) for label, (design, _) in CONFIGURATIONS.items()
        }
        for name in backbones
    }
    rows = [
        [
            label,
            _band_text(band),
            *(cell for name in backbones for cell in _level(study, runs[name][label], band)),
        ]
        for label, (_, band) in CONFIGURATIONS.items()
    ]
    if ranked := versions(study, task):
        keys = [version.key for version in ranked]
        label = f"With the best techniques ({method_name(keys[0].method)} of {len(keys)} versions)"
        best = study.highest(keys)
        shown = {study.about["versions_on"]: [interval(best), status(best, BEST_TECHNIQUES)]}
        cells = [cell for name in backbones for cell in shown.get(name, [ABSENT] * 2)]
        rows.append([label, _band_text(BEST_TECHNIQUES), *cells])
    measured = {name: [key for key in runs[name].values() if key] for name in backbones}
    return table(_headers("Configuration", "PSNR", study, measured), rows)


def _headers(first: str, measured: str, study: Study, runs: dict[str, list[Key]]) -> list[str]:
    """Two columns for each backbone with its runs."""
    headers = [first, "Expected (dB)"]
    for name, keys in runs.items():
        headers += [head(f"{name}: {measured}", study, keys), "status"]
    return headers


def _level(study: Study, key: Key | None, band: Band) -> list[str]:
    """A run's PSNR, and how that compares with what was expected."""
    return [psnr_text(study, key), status(study.level(key), band)] if key else [ABSENT] * 2


def fix_table(study: Study, task: str) -> str:
    """What each of the document's fixes is worth beside the others, a family for each backbone; empty without runs."""
    pairs = {name: study.resolved(task, families.fixes(study.about, name)) for name in _tried(study, task)}
    gains = {name: study.gains(task, families.fixes(study.about, name)) for name in pairs}
    if not any(gains.values()):
        return ""
    rows = []
    for label, band in zip(FIXES, OF_FIXES, strict=True):
        row = [label, _band_text(band, "+")]
        for found in gains.values():
            gain = found.get(label)
            row += [verdict_text(gain), status(gain.difference, band)] if gain else [ABSENT] * 2
        rows.append(row)
    keys = {name: [key for pair in found.values() for key in pair] for name, found in pairs.items()}
    return table(_headers("Fix", "measured", study, keys), rows)


def fix_caption(study: Study, task: str) -> str:
    """How many comparisons a column of the table of fixes makes at once."""
    columns = [study.gains(task, families.fixes(study.about, name)) for name in _tried(study, task)]
    return caption(max(columns, key=len, default={}), "of a backbone")


# What the method gains besides: a title, the first column's heading, the family, and which of its members are shown.
GAINS: tuple[tuple[str, str, Callable[[About, str], Family], Container[Hashable] | None], ...] = (
    ("Every set of fixes against none", "Fixes", families.fixes, families.FIX_SETS),
    (
        "What only some of the document's programs do, against its method before the fixes",
        "Programs",
        families.programs,
        None,
    ),
    ("What the document says to try after its fixes, against all fixes", "Advice", families.advice, None),
)


def gain_tables(study: Study, task: str) -> list[dict[str, str]]:
    """`title`, `table` and `caption` of each of GAINS that was run."""
    made = [
        {"title": title, **_gain_table(study, task, first, family_of, shown)}
        for title, first, family_of, shown in GAINS
    ]
    return [part for part in made if part["table"]]


def _gain_table(
    study: Study,
    task: str,
    first: str,
    family_of: Callable[[About, str], Family],
    shown: Container[Hashable] | None,
) -> dict[str, str]:
    """A row for each shown member of the family, alike for all backbones, and a column for each backbone."""
    family = {name: family_of(study.about, name) for name in study.about["backbones"]}
    gains = {name: study.gains(task, pairs) for name, pairs in family.items()}
    gains = {name: found for name, found in gains.items() if found}
    labels = dict.fromkeys(label for found in gains.values() for label in found)
    rows = [
        [str(label), *(verdict_text(found.get(label)) for found in gains.values())]
        for label in labels
        if shown is None or label in shown
    ]
    runs = {name: study.resolved(task, family[name]).values() for name in gains}
    heads = [head(f"{name}: gain", study, {key for pair in runs[name] for key in pair}) for name in gains]
    return {
        "table": table([first, *heads], rows) if rows else "",
        "caption": caption(max(gains.values(), key=len, default={}), "of a backbone"),
    }


def method_lines(study: Study, task: str) -> list[str]:
    """What the document's 6 dB are: a sentence for each backbone that was run with its method."""
    originals = {name: study.find(task, designed(name, ORIGINAL)) for name in _tried(study, task)}
    return [_method_line(study, task, name, key) for name, key in originals.items() if key]


def _method_line(study: Study, task: str, backbone: str, key: Key) -> str:
    text = f"**The document's method ({method_name(key.method)}) on {task}: {psnr_text(study, key)} dB**"
    if guess := _nearest_guess(study, key):
        text += f", nearest to {guess}"
    measures = measures_of(study.results, key)
    text += ". Verdict: {}. {}".format(*fault_of(measures)) if measures else "."
    others = {
        "with its three fixes": study.find(task, designed(backbone, FIXED)),
        "with every factor right": study.find(task, designed(backbone, "right")),
        "the bar": study.bar(task),
    }
    levels = [
        f"{label} ({method_name(other.method)}) {decibels(study.level(other).mean)} dB"
        for label, other in others.items()
        if other
    ]
    return text + (f" For comparison: {', '.join(levels)}." if levels else "")


def _nearest_guess(study: Study, key: Key) -> str:
    """Which blind guess a run's pooled PSNR is nearest to."""
    pooled = study.results.estimate(key, POOLED).mean
    guesses = {LINES[name]: study.line(key.dataset, name) for name in BLIND}
    distances = {text: abs(level - pooled) for text, level in guesses.items() if np.isfinite(level - pooled)}
    if not distances:
        return ""
    nearest = min(distances, key=distances.__getitem__)
    others = [f"; {text} has {guesses[text]:.1f} dB" for text in distances if text != nearest]
    return f"{nearest} ({guesses[nearest]:.1f} dB{''.join(others)}; pooled {pooled:.1f} dB)"
