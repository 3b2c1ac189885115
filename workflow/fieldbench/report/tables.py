"""From records to tables: the long table of every number, the summary of every method, look-up by name."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fieldbench.record import unit
from fieldbench.report.metrics import METRICS, scale
from fieldbench.report.statistics import (
    UNKNOWN,
    Comparison,
    Draws,
    Estimate,
    Name,
    Scale,
    compare,
    compare_two,
    estimate,
)

NAMES = ["dataset", "regime", "method"]
RUN = ["area", *NAMES]
RECORD = [*RUN, "seed", "status", "reason"]
COLUMNS = [*RUN, "seed", "deterministic", "metric", "unit", "over", "draw", "value", "status", "reason"]


class Key(NamedTuple):
    """One method on one data set in one regime."""

    dataset: str
    regime: str
    method: str


def collect(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The long table: one row per measured number, and one row without metric for each record that is not ok.

    A number that is a mean has below it a row for each of the draws that it is the mean of: `over` says what was drawn,
    such as `field`, and `draw` which; they are empty, and -1, in the row of the mean. Records of one run may come from
    several files. What the runs ran on is kept in `attrs["environment"]`: key -> values found.
    """
    records = list(records)
    rows = [row for record in records for row in _rows(record)]
    long = pd.DataFrame(rows, columns=COLUMNS).astype({"seed": int, "deterministic": bool, "value": float})
    long = long.drop_duplicates(ignore_index=True)
    long.attrs["environment"] = _environment(records)
    return long


def _rows(record: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    head = tuple(record[name] for name in (*RUN, "seed", "deterministic"))
    state = (record["status"], record["reason"])
    if record["status"] != "ok":
        yield (*head, "", "", "", -1, float("nan"), *state)
    for metric, value in record["metrics"].items():
        yield (*head, metric, unit(metric), "", -1, value, *state)
    for metric, by in record["draws"].items():
        for over, values in by.items():
            for draw, value in enumerate(values):
                yield (*head, metric, unit(metric), over, draw, value, *state)


def _environment(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for record in records:
        for key, value in record["provenance"].items():
            if key != "code" and isinstance(value, str | int | float):
                found.setdefault(key, set()).add(str(value))
    return {key: sorted(values) for key, values in sorted(found.items())}


def provenance(read: Mapping[str, Sequence[dict[str, Any]]], root: str | Path) -> pd.DataFrame:
    """What every record was made with: one row each, from file -> its records.

    Returns:
        names, seed, status and reason of the record, `file` relative to `root`, and `provenance` as JSON.
    """
    rows = [
        [
            *(found[name] for name in RECORD),
            str(Path(file).relative_to(root)),
            json.dumps(found["provenance"]),
        ]
        for file, records in read.items()
        for found in records
    ]
    return pd.DataFrame(rows, columns=[*RECORD, "file", "provenance"])


def summary(long: pd.DataFrame) -> pd.DataFrame:
    """One row per data set, regime and method: state, and mean, sd and number of seeds of every metric."""
    states = long.groupby(RUN, sort=False).apply(_state).reset_index()
    measured = long[(long.status == "ok") & (long.metric != "") & (long.over == "")]
    if measured.empty:
        return states
    groups = measured.groupby([*RUN, "metric"], sort=False).value
    wide = groups.agg(mean="mean", sd="std", n="count").unstack("metric")
    order = [name for name in METRICS if name in wide["mean"]] + sorted(set(wide["mean"]) - METRICS.keys())
    wide = wide.swaplevel(axis=1)[[(name, part) for name in order for part in ("mean", "sd", "n")]]
    wide.columns = [f"{name}_{part}" for name, part in wide.columns]
    return states.merge(wide.reset_index(), on=RUN, how="left")


def _state(rows: pd.DataFrame) -> pd.Series:
    bad = rows[rows.status != "ok"]
    status = "ok" if bad.empty else "/".join(sorted(set(bad.status)))
    return pd.Series({"status": status, "reason": "; ".join(dict.fromkeys(bad.reason))})


class Results:
    """Look-up in the long table; built once, since a report asks thousands of times.

    Attributes:
        environment: what the runs ran on: key -> values found.
        datasets: those of which something was measured.
        keys: what was planned on them.
    """

    def __init__(self, long: pd.DataFrame):
        self.environment: dict[str, list[str]] = long.attrs.get("environment", {})
        long = long.assign()
        long.attrs = {}  # pandas would copy them with every selection
        measured = long[(long.status == "ok") & (long.metric != "")].sort_values("seed", kind="stable")
        means, drawn = measured[measured.over == ""], measured[measured.over != ""]
        self._rows = means.groupby([*NAMES, "metric"], sort=False).indices
        self._values = means.set_index("seed").value
        self._drawn_rows = drawn.groupby([*NAMES, "metric"], sort=False).indices
        self._drawn = drawn.set_index(["seed", "draw"])[["over", "value"]]
        fixed = measured[measured.deterministic][[*NAMES, "metric"]].drop_duplicates()
        self._deterministic = set(fixed.itertuples(index=False, name=None))
        self._metrics: dict[Key, list[str]] = {}
        for *names, metric in self._rows:
            self._metrics.setdefault(Key(*names), []).append(metric)
        self._bad = long[long.status != "ok"].drop_duplicates([*NAMES, "seed", "status", "reason"])
        counts = self._bad.groupby([*NAMES, "status", "reason"], sort=False).size()
        self._faults: dict[Key, list[tuple[str, str, int]]] = {}
        for (*names, status, reason), count in counts.items():
            self._faults.setdefault(Key(*names), []).append((status, reason, count))
        found = {name for name, *_ in self._rows}
        self.datasets = [name for name in long.dataset.unique() if name in found]
        planned = long[long.dataset.isin(self.datasets)][NAMES].drop_duplicates()
        self.keys = [Key(*names) for names in planned.itertuples(index=False)]

    def select(self, dataset: str, regimes: Collection[str] | None = None) -> list[Key]:
        """What was planned on a data set, in the table's order; in some regimes, or in all."""
        own = [key for key in self.keys if key.dataset == dataset]
        return own if regimes is None else [key for key in own if key.regime in regimes]

    def has(self, key: Key, *metrics: str) -> bool:
        """Whether each metric was measured at least once."""
        return all((*key, metric) in self._rows for metric in metrics)

    def metrics(self, key: Key) -> list[str]:
        """The metrics that were measured at least once."""
        return self._metrics.get(key, [])

    def measured(self, keys: Sequence[Key], metrics: Iterable[str]) -> list[str]:
        """Those of some metrics that one of the runs has."""
        return [metric for metric in metrics if any(self.has(key, metric) for key in keys)]

    def trained(self, key: Key) -> bool:
        """Whether something was measured of a method whose result depends on the seed."""
        return any((*key, metric) not in self._deterministic for metric in self.metrics(key))

    def draws(self, key: Key, metric: str) -> Draws:
        """The values over seeds, and over what each is a mean of; a float where the metric or the method depends on neither.

        Raises:
            KeyError: never measured.
        """
        deterministic = (*key, metric) in self._deterministic
        if (*key, metric) in self._drawn_rows:
            rows = self._drawn.iloc[self._drawn_rows[(*key, metric)]]
            values = rows.value.rename_axis(["seed", rows.over.iloc[0]])
            return values.xs(values.index[0][0], level="seed") if deterministic else values
        series = self.by_seed(key, metric)
        fixed = deterministic and unit(metric) not in ("seconds", "bytes")
        return float(series.iloc[0]) if METRICS[metric].exact or fixed else series

    def seeds(self, key: Key, metric: str) -> list[int]:
        """The seeds with which a metric was measured, in order; none where it was not."""
        return list(self._values.index[self._rows.get((*key, metric), [])])

    def by_seed(self, key: Key, metric: str) -> pd.Series:
        """The value of every seed, whatever it is a mean of.

        Raises:
            KeyError: never measured.
        """
        return self._values.iloc[self._rows[(*key, metric)]]

    def estimate(self, key: Key, metric: str) -> Estimate:
        """Mean, spread and interval over seeds, and over what each is a mean of; NaN where never measured."""
        return estimate(self.draws(key, metric), scale(metric)) if self.has(key, metric) else UNKNOWN

    def compare(self, pairs: Mapping[Name, tuple[Key, Key]], metric: str) -> dict[Name, Comparison]:
        """The first run of each pair against the second, as one family, where a metric of both was measured."""
        draws = {
            name: (self.draws(of, metric), self.draws(over, metric))
            for name, (of, over) in pairs.items()
            if self.has(of, metric) and self.has(over, metric)
        }
        return compare(draws, scale(metric), METRICS[metric].lower_is_better)

    def against(self, keys: Iterable[Key], reference: Key, metric: str) -> dict[Key, Comparison]:
        """Every run but the reference itself against it, as one family: a column of a table."""
        return self.compare({key: (key, reference) for key in keys if key != reference}, metric)

    def ratio(self, key: Key, metric: str, reference: Key, other: str | None = None) -> Estimate:
        """How many times smaller a metric is than that of `reference`, or its metric `other`; NaN where unmeasured."""
        other = other or metric
        if not (self.has(key, metric) and self.has(reference, other)):
            return UNKNOWN
        draws = self.draws(key, metric), self.draws(reference, other)
        if key == reference:  # two metrics of the same trainings
            return compare_two(np.log(draws[0]) - np.log(draws[1]), 0.0, Scale.LOGARITHM).times_smaller
        return compare_two(*draws, Scale.RATIO).times_smaller

    def badness(self, key: Key, metric: str) -> float:
        """The mean of a metric, turned so that lower is better."""
        mean = self.estimate(key, metric).mean
        return mean if METRICS[metric].lower_is_better else -mean

    def ranking(self, dataset: str, metric: str) -> list[Key]:
        """All methods of a data set that finished with every seed, best mean first."""
        finished = [key for key in self.select(dataset) if self.has(key, metric) and not self.failed(key)]
        return sorted(finished, key=lambda key: self.badness(key, metric))

    def failures(self, dataset: str) -> pd.DataFrame:
        """Records of a data set that are not ok: regime, method, seed, status, reason."""
        bad = self._bad[self._bad.dataset == dataset]
        return bad[["regime", "method", "seed", "status", "reason"]].reset_index(drop=True)

    def failed(self, key: Key) -> str:
        """Why seeds of a run are missing, or an empty string."""
        return "; ".join(f"{count} {status}: {reason}" for status, reason, count in self._faults.get(key, []))

    def lost(self, key: Key) -> int:
        """How many seeds of a run are missing."""
        return sum(count for *_, count in self._faults.get(key, []))

    @cached_property
    def absent(self) -> dict[str, str]:
        """Data sets of which nothing was measured, with the reason."""
        bad = self._bad[~self._bad.dataset.isin(self.datasets)]
        return {
            name: "; ".join(dict.fromkeys(rows.reason)) for name, rows in bad.groupby("dataset", sort=False)
        }
