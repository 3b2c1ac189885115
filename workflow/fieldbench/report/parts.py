"""Parts of every area's page: cells of its tables, and what failed."""

from fieldbench.record import unit
from fieldbench.report.formatting import ABSENT, method_name, number, spread, table
from fieldbench.report.tables import Key, Results


def cell(results: Results, key: Key, metric: str) -> str:
    """Mean ± spread of a metric, without its unit; a dash where it was not measured."""
    return spread(results.estimate(key, metric), unit(metric)) if results.has(key, metric) else ABSENT


def mean_cell(results: Results, key: Key, metric: str) -> str:
    """The mean of a metric alone, without its unit but for a size; a dash where it was not measured."""
    return number(results.estimate(key, metric).mean, unit(metric))


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
