"""From records to tables: the long table of every number, the summary of every method, look-up by name."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from fieldbench.metrics.statistics import Estimate, Values, estimate
from fieldbench.record import unit
from fieldbench.report.catalogue import METRICS

RUN = ["area", "dataset", "regime", "method"]
COLUMNS = [*RUN, "seed", "metric", "unit", "value", "status", "reason"]


class Key(NamedTuple):
    """One method on one data set in one regime."""

    dataset: str
    regime: str
    method: str


def collect(records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The long table: one row per measured number, and one row without metric for each record that is not ok.

    Records of one run may come from several files, and timing records have their repetition as seed. What the
    runs ran on is kept in `attrs["environment"]`: key -> values found.
    """
    records = list(records)
    rows = [row for record in records for row in _rows(record)]
    long = pd.DataFrame(rows, columns=COLUMNS).astype({"seed": int, "value": float})
    long = long.drop_duplicates(ignore_index=True)
    long.attrs["environment"] = _environment(records)
    return long


def _rows(record: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    head = tuple(record[name] for name in (*RUN, "seed"))
    state = (record["status"], record["reason"])
    if record["status"] != "ok":
        yield (*head, "", "", float("nan"), *state)
    for metric, value in record["metrics"].items():
        yield (*head, metric, unit(metric), value, *state)


def _environment(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for record in records:
        for key, value in record["provenance"].items():
            if key != "code" and isinstance(value, str | int | float):
                found.setdefault(key, set()).add(str(value))
    return {key: sorted(values) for key, values in sorted(found.items())}


def summary(long: pd.DataFrame) -> pd.DataFrame:
    """One row per data set, regime and method: state, and mean, sd and number of seeds of every metric."""
    states = long.groupby(RUN, sort=False).apply(_state).reset_index()
    measured = long[(long.status == "ok") & (long.metric != "")]
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
    """Look-up in the long table; built once, since a report asks thousands of times."""

    def __init__(self, long: pd.DataFrame):
        measured = long[(long.status == "ok") & (long.metric != "")]
        groups = measured.groupby(["dataset", "regime", "method", "metric"], sort=False)
        self._values = {name: rows.set_index("seed").value.sort_index() for name, rows in groups}
        self._bad = long[long.status != "ok"].drop_duplicates([*RUN, "seed", "status", "reason"])
        named = long[long.method != ""]
        self.keys = [
            Key(*row)
            for row in named[["dataset", "regime", "method"]].drop_duplicates().itertuples(index=False)
        ]
        self.datasets = list(dict.fromkeys(name for name, *_ in self._values))

    def select(self, dataset: str, *regimes: str) -> list[Key]:
        """What was planned on a data set, in the table's order; all regimes where none is named."""
        return [key for key in self.keys if key.dataset == dataset and (not regimes or key.regime in regimes)]

    def has(self, key: Key, *metrics: str) -> bool:
        """Whether each metric was measured at least once."""
        return all((*key, metric) in self._values for metric in metrics)

    def trained(self, key: Key) -> bool:
        """Whether the method is trained in steps, so that its result depends on the seed."""
        return self.has(key, "step_seconds")

    def values(self, key: Key, metric: str) -> Values:
        """The values over seeds; a float where the metric or the method does not depend on the seed.

        Raises:
            KeyError: never measured.
        """
        series = self._values[(*key, metric)]
        fixed = not self.trained(key) and unit(metric) not in ("seconds", "bytes")
        return float(series.iloc[0]) if METRICS[metric].exact or fixed else series

    def estimate(self, key: Key, metric: str) -> Estimate:
        """Mean, spread and interval over seeds; NaN where never measured."""
        return estimate(self.values(key, metric) if self.has(key, metric) else pd.Series(dtype=float))

    def failures(self, dataset: str) -> pd.DataFrame:
        """Records of a data set that are not ok: regime, method, seed, status, reason."""
        bad = self._bad[self._bad.dataset == dataset]
        return bad[["regime", "method", "seed", "status", "reason"]].reset_index(drop=True)

    def failed(self, key: Key) -> str:
        """Why seeds of a run are missing, or an empty string."""
        bad = self.failures(key.dataset)
        bad = bad[(bad.regime == key.regime) & (bad.method == key.method)]
        counts = bad.groupby(["status", "reason"], sort=False).size()
        return "; ".join(f"{n} {status}: {reason}" for (status, reason), n in counts.items())

    def absent(self) -> dict[str, str]:
        """Data sets of which nothing was measured, with the reason."""
        bad = self._bad[~self._bad.dataset.isin(self.datasets)]
        return {
            name: "; ".join(dict.fromkeys(rows.reason)) for name, rows in bad.groupby("dataset", sort=False)
        }
