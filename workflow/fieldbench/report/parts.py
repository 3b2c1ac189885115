"""Parts of every area's page: tables of runs, and what failed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from fieldbench.record import unit
from fieldbench.report import claims
from fieldbench.report.formatting import ABSENT, method_name, number, spread, table
from fieldbench.report.metrics import heading
from fieldbench.report.results import Study
from fieldbench.report.tables import Key, Results

STATED = ("area", "seeds", "training")  # by the configuration
Columns = Mapping[str, Callable[[Key], str]]  # heading -> the text of a run's cell


def name_cell(key: Key) -> str:
    """A method as it is printed in tables."""
    return f"**{method_name(key.method)}**"


def cell(results: Results, key: Key, metric: str) -> str:
    """Mean ± spread of a metric, without its unit; a dash where it was not measured."""
    return spread(results.estimate(key, metric), unit(metric)) if results.has(key, metric) else ABSENT


def mean_cell(results: Results, key: Key, metric: str) -> str:
    """The mean of a metric alone, without its unit but for a size; a dash where it was not measured."""
    return number(results.estimate(key, metric).mean, unit(metric))


def metric_columns(
    results: Results, metrics: Iterable[str], title: Callable[[str], str] = heading
) -> Columns:
    """A column for each metric: its heading, and mean ± spread of every run."""
    return {title(metric): lambda key, metric=metric: cell(results, key, metric) for metric in metrics}


def key_table(keys: Sequence[Key], columns: Columns, left: int = 1) -> str:
    """A table with a row for each run; empty without runs."""
    rows = [[text(key) for text in columns.values()] for key in keys]
    return table(list(columns), rows, left=left) if rows else ""


def failure_table(results: Results, dataset: str) -> str:
    """Runs that failed or were skipped, with seeds and reason; empty where there are none."""
    bad = results.failures(dataset)
    rows = [
        [regime, method_name(method), ", ".join(map(str, sorted(rows.seed))), status, reason]
        for (regime, method, status, reason), rows in bad.groupby(
            ["regime", "method", "status", "reason"], sort=False
        )
    ]
    return table(["Regime", "Version", "Seeds", "Status", "Reason"], rows, left=5) if rows else ""


def failures(results: Results) -> str:
    """Runs that failed or were skipped, per data set."""
    parts = {name: failure_table(results, name) for name in results.datasets}
    return "\n\n".join(f"{name}:\n\n{text}" for name, text in parts.items() if text)


def common(study: Study, judged: pd.DataFrame) -> dict[str, Any]:
    """What `base.md.j2` says of any area; figures are those of the configuration, if anything was measured.

    Args:
        study: the area's results.
        judged: the claims' verdicts.
    """
    return {
        **{name: study.about[name] for name in STATED if name in study.about},
        "environment": study.results.environment,
        "figures": list(study.about["figures"]) if study.results.datasets else [],
        "failures": failures(study.results),
        "absent": study.results.absent,
        "claims": claims.listings(judged),
    }
