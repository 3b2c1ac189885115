"""The tables of the page on what every method reaches: against the bar, and in the data's unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fieldbench.report.formatting import ABSENT, decibels, method_name, number, table, verdict_text
from fieldbench.report.metrics import heading
from fieldbench.report.parts import Columns, cell, key_table, metric_columns, name_cell
from fieldbench.report.tables import Key
from fieldbench.sparse.report.cells import caption, head, milliseconds, psnr_text
from fieldbench.sparse.report.results import LINES, POOLED, PSNR, Study

ERRORS = (
    "rmse_data",
    "rmse_area_weighted_data",
    "rmse_below_60_degrees_data",
    "mae_data",
    "crps_data",
    "coverage68_fraction",
    "coverage90_fraction",
)
SPLITS = "{train:,} / {validation:,} / {test:,}"


def task_table(study: Study) -> str:
    """What each task is."""
    facts = {name: study.facts[name] for name in study.facts if name in study.results.datasets}
    columns = {
        "Task": lambda name: f"[{name}](#{name})",
        "Fields": lambda name: facts[name]["title"],
        "Kind": lambda name: facts[name]["kind"],
        "Points observed": lambda name: observed_text(facts[name]),
        "Noise": lambda name: f"{facts[name]['noise']:g}",
        "Train / validation / test fields": lambda name: SPLITS.format(**facts[name]),
    }
    return key_table(facts, columns, left=4)


def observed_text(facts: Mapping[str, Any]) -> str:
    """How many points of a field are observed, and in which pattern."""
    least, most = min(facts["observed"]), max(facts["observed"])
    count = f"{most:,}" if least == most else f"{least:,} to {most:,}"
    return f"{count} of {facts['points']:,}, {facts['mask']}"


def overview(study: Study) -> str:
    """Per task: the bar, the best network, their difference, and the limit."""
    tasks = [task for task in study.results.datasets if study.candidates(task)]
    rows = [
        [task, *_summary(study, task), *(decibels(study.line(task, name)) for name in LINES)]
        for task in tasks
    ]
    reached = ["PSNR (dB) [95 %]", "ms per field"]
    headers = ["Task", "Bar", *reached, "Best network", *reached, "Network against bar (dB) [95 %]"]
    headers += ["Constant mean (dB)", "Independent draw (dB)", "Cramér-Rao limit (dB)"]
    return table(headers, rows) if rows else ""


def _summary(study: Study, task: str) -> list[str]:
    """The bar and the best network, each with what it reaches, and their difference as in the task's own table."""
    network, bar = study.network(task), study.bar(task)
    gain = study.comparison(network, bar, PSNR) if network and bar else None
    return [*_reached(study, bar), *_reached(study, network), verdict_text(gain)]


def _reached(study: Study, key: Key | None) -> list[str]:
    return [name_cell(key), psnr_text(study, key), milliseconds(study, key)] if key else [ABSENT] * 3


def bar_table(study: Study, task: str) -> str:
    """All methods of a task, best first, each against the bar."""
    keys, bar, gains = study.compared(task), study.bar(task), study.behind_the_bar(task)
    columns = {
        "Method": lambda key: name_cell(key) + (" (oracle)" if key.method in study.about["oracles"] else ""),
        "Group": lambda key: key.regime,
        head("Mean PSNR", study, keys): lambda key: psnr_text(study, key),
        "Against the bar (dB) [95 %]": lambda key: "the bar" if key == bar else verdict_text(gains.get(key)),
    }
    return key_table(keys, {**columns, **_level_columns(study), **_cost_columns(study)}, left=2)


def bar_caption(study: Study, task: str) -> str:
    """How many comparisons the table makes at once."""
    return caption(study.behind_the_bar(task), "with the bar")


def choice_lines(study: Study, task: str) -> list[str]:
    """What validation fields chose for each method, and a warning where that lies at the edge of what was tried."""
    return [_choice_line(key, found) for key, found in study.choices(task).items()]


def _choice_line(key: Key, found: Mapping[str, Any]) -> str:
    chosen = ", ".join(f"{name} {value}" for name, value in found["chosen"].items())
    text = f"Chosen on the validation fields for {method_name(key.method)}: {chosen}."
    if not found["at_edge"]:
        return text
    edges = " and ".join(found["at_edge"])
    return f"{text} **At the edge of what was tried: {edges}; a wider list may do better.**"


def _level_columns(study: Study) -> Columns:
    """What intervals do not tell: other means of the PSNR, and the distances to the reference lines."""

    def level(key: Key, metric: str) -> float:
        return study.results.estimate(key, metric).mean

    return {
        "Median (dB)": lambda key: decibels(level(key, "psnr_median_db")),
        "Pooled (dB)": lambda key: decibels(level(key, POOLED)),
        "Minimum (dB)": lambda key: decibels(level(key, "psnr_minimum_db")),
        "Above the constant mean (dB)": lambda key: decibels(
            level(key, POOLED) - study.line(key.dataset, "constant-mean")
        ),
        "Below the limit (dB)": lambda key: decibels(study.below_limit(key)),
    }


def _cost_columns(study: Study) -> Columns:
    return {
        "ms per field": lambda key: milliseconds(study, key),
        "Training (s)": lambda key: number(study.results.estimate(key, "train_seconds").mean),
        "Parameters": lambda key: cell(study.results, key, "parameter_count"),
    }


def lines_text(study: Study, task: str) -> str:
    """The reference lines of a task, in words."""
    levels = {text: study.line(task, name) for name, text in LINES.items()}
    return ", ".join(f"{text} {level:.1f} dB" for text, level in levels.items() if np.isfinite(level))


def error_table(study: Study, task: str) -> str:
    """Errors in the data's unit, coverage and CRPS, best first; empty without runs."""
    results, unit = study.results, study.facts[task]["unit"]
    errors = {key: results.estimate(key, "rmse_data").mean for key in study.compared(task)}
    keys = sorted(errors, key=errors.__getitem__)
    shown = results.measured(keys, ERRORS)

    def above(key: Key) -> str:
        return ABSENT if key == keys[0] else f"{100 * (errors[key] / errors[keys[0]] - 1):+.1f} %"

    columns = {"Method": name_cell, "Group": lambda key: key.regime}
    columns |= metric_columns(results, shown, title=lambda metric: heading(metric, unit))
    columns["Rms error above the least"] = above
    columns["ms per field"] = lambda key: milliseconds(study, key)
    return key_table(keys, columns, left=2)
