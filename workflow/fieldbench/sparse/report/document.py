"""What the Implementation Summary expects of its configurations and fixes, beside what was measured of them."""

from collections.abc import Iterable, Sequence

import numpy as np

from fieldbench.report.formatting import ABSENT, decibels, gain_verdict, method_name, table
from fieldbench.report.statistics import Estimate
from fieldbench.report.tables import Key
from fieldbench.sparse.report.cells import psnr_text
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.results import BLIND, LINES, Study, designed
from fieldbench.sparse.report.techniques import versions

Band = tuple[float, float]  # of decibels
ORIGINAL = "original"
# Each with its design, and what the document expects of it.
CONFIGURATIONS: dict[str, tuple[str, Band]] = {
    "Before fixes": (ORIGINAL, (5.0, 7.0)),
    "After Fix 1": ("fixes-1", (25.0, 30.0)),
    "After Fix 1+2": ("fixes-1-2", (27.0, 33.0)),
    "After Fix 1+2+3": ("fixes-1-2-3", (28.0, 35.0)),
}
BEST_TECHNIQUES: Band = (40.0, 50.0)
# Each with the design that has it, the one without it, and what the document expects of it.
FIXES: dict[str, tuple[str, str, Band]] = {
    "Fix 1, random queries": ("fixes-1-2", ORIGINAL, (20.0, 25.0)),
    "Fix 2, clamping to [0, 1]": ("fixes-1-2", "fixes-1", (2.0, 3.0)),
    "Fix 3, learnable frequencies": ("fixes-1-2-3", "fixes-1-2", (1.0, 2.0)),
}


def status(level: Estimate, band: Band) -> str:
    """How a level compares with what was expected: `as expected`, `below`, `above` or `undecided`."""
    low, high = band
    if level.high < low:
        return "below"
    if level.low > high:
        return "above"
    return "as expected" if low <= level.low and level.high <= high else "undecided"


def _band_text(band: Band, sign: str = "") -> str:
    return f"{band[0]:{sign}g} to {band[1]:{sign}g}"


def _tried(study: Study, task: str) -> list[str]:
    """The backbones that were run with the document's method."""
    names = study.about["backbones"]
    return [name for name in names if study.fields.find(task, designed(name, ORIGINAL))]


def configuration_table(study: Study, task: str) -> str:
    """The document's table of expected results, with what was measured for each backbone; empty without runs."""
    backbones = _tried(study, task)
    if not backbones:
        return ""
    rows = []
    for label, (design, band) in CONFIGURATIONS.items():
        keys = [study.fields.find(task, designed(name, design)) for name in backbones]
        rows.append([label, _band_text(band), *_levels(study, keys, band)])
    if ranked := versions(study, task):
        best = ranked[0].key
        keys = [best if name == study.about["versions_on"] else None for name in backbones]
        label = f"With the best techniques ({method_name(best.method)} of {len(ranked)} versions)"
        rows.append([label, _band_text(BEST_TECHNIQUES), *_levels(study, keys, BEST_TECHNIQUES)])
    return table(_headers("Configuration", backbones, "PSNR"), rows)


def _headers(first: str, backbones: Sequence[str], measured: str) -> list[str]:
    headers = [first, "Expected (dB)"]
    for name in backbones:
        headers += [f"{name}: {measured} (dB) [95 %]", "status"]
    return headers


def _levels(study: Study, keys: Iterable[Key | None], band: Band) -> list[str]:
    """Two cells for each run: its PSNR, and how that compares with what was expected."""
    cells = []
    for key in keys:
        cells += [psnr_text(study, key), status(study.fields.level(key), band)] if key else [ABSENT] * 2
    return cells


def fix_table(study: Study, task: str) -> str:
    """What each of the document's fixes is worth beside the others; empty without runs."""
    backbones = _tried(study, task)
    pairs = {}
    for label, (of, over, _) in FIXES.items():
        pairs |= {(label, name): (designed(name, of), designed(name, over)) for name in backbones}
    gains = study.gains(task, pairs)
    rows = []
    for label, (_, _, band) in FIXES.items():
        row = [label, _band_text(band, "+")]
        for name in backbones:
            gain = gains.get((label, name))
            row += [gain_verdict(gain), status(gain.difference.absolute, band) if gain else ABSENT]
        rows.append(row)
    return table(_headers("Fix", backbones, "measured"), rows) if gains else ""


def method_lines(study: Study, task: str) -> list[str]:
    """What the document's 6 dB are: a sentence for each backbone that was run with its method."""
    return [_method_line(study, task, name) for name in _tried(study, task)]


def _method_line(study: Study, task: str, backbone: str) -> str:
    key = study.fields.find(task, designed(backbone, ORIGINAL))
    text = f"**The document's method ({method_name(key.method)}) on {task}: {psnr_text(study, key)} dB**"
    if guess := _nearest_guess(study, key):
        text += f", nearest to {guess}"
    measures = measures_of(study.results, key)
    text += ". Verdict: {}. {}".format(*fault_of(measures)) if measures else "."
    others = {
        "with its three fixes": study.fields.find(task, designed(backbone, "fixes-1-2-3")),
        "with every factor right": study.fields.find(task, designed(backbone, "right")),
        "the bar": study.bar(task),
    }
    levels = [
        f"{label} ({method_name(other.method)}) {decibels(study.fields.level(other).mean)} dB"
        for label, other in others.items()
        if other
    ]
    return text + (f" For comparison: {', '.join(levels)}." if levels else "")


def _nearest_guess(study: Study, key: Key) -> str:
    """Which blind guess a run's pooled PSNR is nearest to."""
    pooled = study.results.estimate(key, "psnr_pooled_db").mean
    guesses = {LINES[name]: study.line(key.dataset, name) for name in BLIND}
    distances = {text: abs(level - pooled) for text, level in guesses.items() if np.isfinite(level - pooled)}
    if not distances:
        return ""
    nearest = min(distances, key=distances.get)
    others = [f"; {text} has {guesses[text]:.1f} dB" for text in distances if text != nearest]
    return f"{nearest} ({guesses[nearest]:.1f} dB{''.join(others)}; pooled {pooled:.1f} dB)"
