"""The tables of the page on fields rebuilt from a few of their points."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.report.formatting import (
    ABSENT,
    factor,
    gain_text,
    gain_verdict,
    level_text,
    method_name,
    number,
    percent,
    table,
)
from fieldbench.report.metrics import heading
from fieldbench.report.parts import cell
from fieldbench.report.statistics import Comparison, Estimate
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report.attribution import interactions, versions, worths
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.per_field import Fields, compare

LIMITS = "limits"
LINES = {
    "constant-mean": "the constant mean",
    "independent-draw": "an independent draw",
    "cramer-rao": "the Cramér-Rao limit",
}
BLIND = ("constant-mean", "independent-draw")
LIMIT = "cramer-rao"
ORIGINAL = "original"
CONFIGURATIONS = {  # what the document expects of each, in dB
    "Before fixes": (ORIGINAL, (5.0, 7.0)),
    "After Fix 1": ("fixes-1", (25.0, 30.0)),
    "After Fix 1+2": ("fixes-1-2", (27.0, 33.0)),
    "After Fix 1+2+3": ("fixes-1-2-3", (28.0, 35.0)),
}
BEST_TECHNIQUES = (40.0, 50.0)
FIXES = {  # the design with a fix, the one without it, and what the document expects of it, in dB
    "Fix 1, random queries": ("fixes-1-2", ORIGINAL, (20.0, 25.0)),
    "Fix 2, clamping to [0, 1]": ("fixes-1-2", "fixes-1", (2.0, 3.0)),
    "Fix 3, learnable frequencies": ("fixes-1-2-3", "fixes-1-2", (1.0, 2.0)),
}
ERRORS = (
    "rmse_data",
    "rmse_area_weighted_data",
    "rmse_below_60_degrees_data",
    "mae_data",
    "crps_data",
    "coverage90_fraction",
)
SEEDS = 3  # from which on a spread over seeds is shown
Columns = Mapping[str, Callable[[Key], str]]


@dataclass(frozen=True)
class Study:
    """All that the page rests on.

    Attributes:
        results: the area's long table.
        fields: PSNR of every test field.
        config: see `reconstruction.page`.
        facts: per task, from `reconstruction.task_facts`.
    """

    results: Results
    fields: Fields
    config: Mapping[str, Any]
    facts: Mapping[str, Mapping[str, Any]]

    def candidates(self, task: str) -> list[Key]:
        """The runs that a recommendation may name, best first: no oracle, and none with a failed seed."""
        oracles = self.config.get("oracles", {})
        keys = [
            key
            for key in self.fields.keys(task)
            if key.method not in oracles and not self.results.failed(key)
        ]
        return sorted(keys, key=lambda key: self.fields.level(key).mean, reverse=True)

    def compared(self, task: str) -> list[Key]:
        """The runs that are compared with the bar, best first."""
        keys = [key for key in self.fields.keys(task) if key.regime not in self.config["variants"]]
        return sorted(keys, key=lambda key: self.fields.level(key).mean, reverse=True)

    def backbones(self, task: str) -> list[str]:
        """Those that were run with the document's method."""
        return [name for name in self.config["backbones"] if self.fields.find(task, f"{name}-{ORIGINAL}")]

    def bar(self, task: str) -> Key | None:
        """The best method without training in steps."""
        return next((key for key in self.candidates(task) if not self.results.trained(key)), None)

    def network(self, task: str) -> Key | None:
        """The best method that is trained in steps."""
        return next((key for key in self.candidates(task) if self.results.trained(key)), None)

    def line(self, task: str, name: str) -> float:
        """One of LINES in dB; NaN where it was not computed."""
        return line(self.results, task, name)

    def below_limit(self, key: Key) -> float:
        """By how many dB a run is below the limit, both of the mean squared error; NaN without a limit."""
        known = Key(key.dataset, LIMITS, LIMIT)
        for metric in ("psnr_pooled_db", "psnr_mean_db"):
            if self.results.has(known, metric):
                return self.results.estimate(known, metric).mean - self.results.estimate(key, metric).mean
        return float("nan")


def line(results: Results, task: str, name: str) -> float:
    """The PSNR of a reference line, of the mean squared error if that is known; NaN where it was not computed."""
    key = Key(task, LIMITS, name)
    found = [results.estimate(key, metric).mean for metric in ("psnr_pooled_db", "psnr_mean_db")]
    return next((value for value in found if np.isfinite(value)), float("nan"))


def decibels(value: float) -> str:
    """A PSNR to a tenth."""
    return f"{value:.1f}" if np.isfinite(value) else ABSENT


def name_of(key: Key) -> str:
    """A method as it is printed in tables."""
    return f"**{method_name(key.method)}**"


def psnr_text(study: Study, key: Key) -> str:
    """Mean PSNR with its interval over test fields, and with the spread over seeds where there are enough."""
    over_seeds = study.results.estimate(key, "psnr_mean_db")
    more = f" ± {over_seeds.spread:.2f}" if over_seeds.count >= SEEDS else ""
    return level_text(study.fields.level(key)) + more


def milliseconds(study: Study, key: Key) -> str:
    """Time per test field."""
    return number(1000 * study.results.estimate(key, "field_seconds").mean)


def rows_of(keys: Sequence[Key], columns: Columns, left: int = 1) -> str:
    """A table with one row per run; empty without runs."""
    rows = [[text(key) for text in columns.values()] for key in keys]
    return table(list(columns), rows, left=left) if rows else ""


def task_table(study: Study) -> str:
    """What each task is."""
    rows = [
        [
            f"[{name}](#{name})",
            facts["title"],
            facts["kind"],
            f"{facts['observed']:,} of {facts['points']:,}, {facts['mask']}",
            f"{facts['noise']:g}",
            f"{facts['train']:,} / {facts['validation']:,} / {facts['test']:,}",
        ]
        for name, facts in study.facts.items()
        if name in study.results.datasets
    ]
    headers = ["Task", "Fields", "Kind", "Points observed", "Noise", "Train / validation / test fields"]
    return table(headers, rows, left=4)


def overview(study: Study) -> str:
    """Per task: the bar, the best network, their difference, and the limit."""
    tasks = [task for task in study.results.datasets if study.candidates(task)]
    pairs = {task: (study.network(task), study.bar(task)) for task in tasks}
    found = compare(study.fields, {task: pair for task, pair in pairs.items() if all(pair)})

    def best(task: str, key: Key | None) -> list[str]:
        return [name_of(key), psnr_text(study, key), milliseconds(study, key)] if key else [ABSENT] * 3

    rows = [
        [
            task,
            *best(task, bar),
            *best(task, network),
            gain_verdict(found.get(task)),
            *(decibels(study.line(task, name)) for name in LINES),
        ]
        for task, (network, bar) in pairs.items()
    ]
    psnr, time = "PSNR (dB) [95 %]", "ms per field"
    headers = ["Task", "Bar", psnr, time, "Best network", psnr, time, "Network against bar (dB) [95 %]"]
    headers += ["Constant mean (dB)", "Independent draw (dB)", "Cramér-Rao limit (dB)"]
    return table(headers, rows) if rows else ""


def bar_table(study: Study, task: str) -> str:
    """All methods of a task, best first, each against the bar."""
    results = study.results
    keys = study.compared(task)
    bar = study.bar(task)
    pairs = {key: (key, bar) for key in keys if bar and key != bar}
    found = compare(study.fields, pairs)
    oracles = study.config.get("oracles", {})

    def versus(key: Key) -> str:
        return "the bar" if key == bar else gain_verdict(found.get(key))

    columns: dict[str, Callable[[Key], str]] = {
        "Method": lambda key: name_of(key) + (" (oracle)" if key.method in oracles else ""),
        "Group": lambda key: key.regime,
        "Mean PSNR (dB) [95 %]": lambda key: psnr_text(study, key),
        "Against the bar (dB) [95 %]": versus,
    }
    columns |= {
        f"{name.capitalize()} (dB)": lambda key, name=name: decibels(
            results.estimate(key, f"psnr_{name}_db").mean
        )
        for name in ("median", "pooled", "minimum")
    }
    columns["Above the constant mean (dB)"] = lambda key: decibels(
        results.estimate(key, "psnr_pooled_db").mean - study.line(task, "constant-mean")
    )
    columns["Below the limit (dB)"] = lambda key: decibels(study.below_limit(key))
    columns["ms per field"] = lambda key: milliseconds(study, key)
    columns["Training (s)"] = lambda key: number(results.estimate(key, "train_seconds").mean)
    columns["Parameters"] = lambda key: cell(results, key, "parameter_count")
    return rows_of(keys, columns, left=2)


def lines_text(study: Study, task: str) -> str:
    """The reference lines of a task, in words."""
    known = {text: study.line(task, name) for name, text in LINES.items()}
    return ", ".join(f"{text} {value:.1f} dB" for text, value in known.items() if np.isfinite(value))


def status(level: Estimate, band: tuple[float, float]) -> str:
    """How a level compares with what was expected: `as expected`, `below`, `above` or `undecided`."""
    low, high = band
    if level.high < low:
        return "below"
    if level.low > high:
        return "above"
    return "as expected" if low <= level.low and level.high <= high else "undecided"


def _band_text(band: tuple[float, float], sign: str = "") -> str:
    return f"{band[0]:{sign}g} to {band[1]:{sign}g}"


def configuration_table(study: Study, task: str) -> str:
    """The document's table of expected results, with what was measured for each backbone; empty without runs."""
    backbones = study.backbones(task)
    if not backbones:
        return ""
    headers = ["Configuration", "Expected (dB)"]
    for name in backbones:
        headers += [f"{name}: PSNR (dB) [95 %]", "status"]
    rows = [
        [
            label,
            _band_text(band),
            *(
                text
                for name in backbones
                for text in _against(study, study.fields.find(task, f"{name}-{design}"), band)
            ),
        ]
        for label, (design, band) in CONFIGURATIONS.items()
    ]
    if found := versions(study.fields, study.config, task):
        first = study.config["backbones"][0]  # which the versions use
        best = _against(study, found[0].key, BEST_TECHNIQUES)
        cells = [text for name in backbones for text in (best if name == first else [ABSENT] * 2)]
        label = f"With the best techniques ({method_name(found[0].key.method)} of {len(found)} versions)"
        rows.append([label, _band_text(BEST_TECHNIQUES), *cells])
    return table(headers, rows)


def _against(study: Study, key: Key | None, band: tuple[float, float]) -> list[str]:
    return [psnr_text(study, key), status(study.fields.level(key), band)] if key else [ABSENT, ABSENT]


def fix_table(study: Study, task: str) -> str:
    """What each of the document's fixes is worth beside the others; empty without runs."""
    pairs = {
        (label, name): study.fields.pair(task, f"{name}-{of}", f"{name}-{over}")
        for label, (of, over, _) in FIXES.items()
        for name in study.backbones(task)
    }
    found = compare(study.fields, {end: pair for end, pair in pairs.items() if pair})
    rows = [
        [
            label,
            _band_text(band, "+"),
            *(
                text
                for name in study.backbones(task)
                for text in _gain_against(found.get((label, name)), band)
            ),
        ]
        for label, (*_, band) in FIXES.items()
    ]
    headers = ["Fix", "Expected (dB)"]
    for name in study.backbones(task):
        headers += [f"{name}: measured (dB) [95 %]", "status"]
    return table(headers, rows) if found else ""


def _gain_against(found: Comparison | None, band: tuple[float, float]) -> list[str]:
    return [gain_verdict(found), status(found.difference.absolute, band)] if found else [ABSENT, ABSENT]


def attribution_table(study: Study, task: str, backbone: str) -> str:
    """Every factor's worth from both ends, the largest first; empty without runs."""
    rows = [
        [
            worth.name,
            worth.meaning,
            gain_verdict(worth.from_original),
            gain_verdict(worth.from_right),
        ]
        for worth in worths(study.fields, study.config, task, backbone)
    ]
    headers = [
        "Factor",
        "Put right",
        "From everything original (dB) [95 %]",
        "Up to everything right (dB) [95 %]",
    ]
    return table(headers, rows, left=2) if rows else ""


def whole_gain(study: Study, task: str, backbone: str) -> str:
    """A sentence: all factors together, beside the sum of each alone."""
    pair = study.fields.pair(task, f"{backbone}-right", f"{backbone}-{ORIGINAL}")
    found = worths(study.fields, study.config, task, backbone)
    if pair is None or not found:
        return ""
    total = gain_text(study.fields.difference(*pair).absolute)
    sums = [
        sum(end.difference.absolute.mean for worth in found if (end := getattr(worth, side)))
        for side in ("from_original", "from_right")
    ]
    return (
        f"All factors together: {total} dB, from {decibels(study.fields.level(pair[1]).mean)} to "
        f"{decibels(study.fields.level(pair[0]).mean)} dB. Each alone, added up: {sums[0]:+.1f} dB from everything "
        f"original, {sums[1]:+.1f} dB up to everything right. What these differ by is joint."
    )


def version_table(study: Study, task: str) -> str:
    """The document's versions, best first; empty without runs."""
    rows = [
        [
            f"**{method_name(version.key.method)}**",
            ", ".join(version.techniques),
            psnr_text(study, version.key),
            gain_verdict(version.gain),
            number(study.results.estimate(version.key, "train_seconds").mean),
        ]
        for version in versions(study.fields, study.config, task)
    ]
    headers = ["Version", "Techniques", "PSNR (dB) [95 %]", "Against the base (dB) [95 %]", "Training (s)"]
    return table(headers, rows, left=2) if rows else ""


def interaction_table(study: Study, task: str, shown: int = 10) -> str:
    """The pairs that help or hinder one another, strongest first; empty where none is decided."""
    found = interactions(study.fields, study.config, task)
    decided = {pair: one for pair, one in found.items() if one.verdict in ("better", "worse")}
    order = sorted(decided, key=lambda pair: -abs(decided[pair].difference.absolute.mean))
    words = {"better": "help one another", "worse": "hinder one another"}
    rows = [
        [
            " + ".join(pair),
            words[decided[pair].verdict],
            gain_text(decided[pair].difference.absolute),
        ]
        for pair in order[:shown]
    ]
    return table(["Pair", "Together they", "Beyond the sum (dB) [95 %]"], rows, left=2) if rows else ""


def error_table(study: Study, task: str) -> str:
    """Errors in the data's unit, coverage and CRPS, best first."""
    results, unit = study.results, study.facts[task]["unit"]
    keys = sorted(study.compared(task), key=lambda key: results.estimate(key, "rmse_data").mean)
    shown = [metric for metric in ERRORS if any(results.has(key, metric) for key in keys)]
    best = results.estimate(keys[0], "rmse_data").mean if keys else float("nan")

    def above(key: Key) -> str:
        excess = results.estimate(key, "rmse_data").mean / best - 1
        return ABSENT if key == keys[0] else f"{100 * excess:+.1f} %"

    columns: dict[str, Callable[[Key], str]] = {"Method": name_of, "Group": lambda key: key.regime}
    columns |= {
        heading(metric, unit): lambda key, metric=metric: cell(results, key, metric) for metric in shown
    }
    columns["Rms error above the least"] = above
    columns["ms per field"] = lambda key: milliseconds(study, key)
    return rows_of(keys, columns, left=2)


def diagnosis_table(study: Study, task: str, groups: Sequence[str]) -> str:
    """What ails every network of some groups: numbers, verdict and why; empty without runs."""
    results = study.results
    measures = {key: measures_of(results, key) for key in results.select(task, groups)}
    rows = [
        [
            name_of(key),
            key.regime,
            decibels(found["psnr_db"]),
            decibels(found["swap_drop_db"]),
            factor(found["loss_over_blind_ratio"]),
            decibels(found["trained_db"]),
            decibels(found["untrained_db"]),
            f"**{fault_of(found)[0]}**",
            fault_of(found)[1],
        ]
        for key, found in measures.items()
        if found
    ]
    headers = [
        "Method",
        "Group",
        "PSNR (dB)",
        "Another field's observations cost (dB)",
        "Loss over the blind floor",
    ]
    headers += ["PSNR at trained points (dB)", "Elsewhere (dB)", "Verdict", "Why"]
    return table(headers, rows, left=2) if rows else ""


def overfit_groups(study: Study, task: str) -> list[str]:
    """The overfit cases of a task that were run."""
    return [name for name in study.config["overfits"] if study.results.select(task, [name])]


def time_text(study: Study, key: Key, reference: Key) -> str:
    """Time per field over that of a reference."""
    ratio = (
        study.results.estimate(key, "field_seconds").mean
        / study.results.estimate(reference, "field_seconds").mean
    )
    return factor(ratio)


def relative_error(study: Study, key: Key, reference: Key) -> str:
    """Rms error against a reference's, in per cent."""
    first, second = (study.results.estimate(one, "rmse_data").mean for one in (key, reference))
    change = 100 * (first / second - 1)
    return percent(Estimate(change, np.nan, np.nan, np.nan, 1))
