"""Parts of every area's page: tables of runs, and what failed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fieldbench.record import unit
from fieldbench.report.formatting import ABSENT, method_name, number, spread, table
from fieldbench.report.metrics import heading
from fieldbench.report.tables import Key, Results

Columns = Mapping[str, Callable[[Any], str]]  # heading -> the text of a cell, of a run or another subject


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
    results: Results,
    metrics: Iterable[str],
    title: Callable[[str], str] = heading,
    text: Callable[[Results, Key, str], str] = cell,
) -> Columns:
    """A column for each metric: its heading, and of every run mean ± spread or another text."""

    def column(metric: str) -> Callable[[Any], str]:
        return lambda key: text(results, key, metric)

    return {title(metric): column(metric) for metric in metrics}


def key_table(keys: Iterable[Any], columns: Columns, left: int = 1) -> str:
    """A table with a row for each run, or whatever else its columns tell of; empty without any."""
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
