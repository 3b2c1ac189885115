"""What the report shows of an area, as plain data: cards, plots, pictures, every number, and the record of each."""

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from fieldbench import registry
from fieldbench.report import vega
from fieldbench.report.cards import Card, Side
from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import METRICS, heading
from fieldbench.report.results import Study
from fieldbench.report.tables import NAMES, Key

RUN = [*NAMES, "seed"]
DIGITS = 7  # of a number; the tables have all


def of(study: Study, long: pd.DataFrame, records: pd.DataFrame) -> dict[str, Any]:
    """All of an area.

    Args:
        study: the area's results.
        long: its long table.
        records: what every record was made with; see `tables.provenance`.

    Returns:
        `area`, `question`; `cards`, `plots` (title, caption, Vega-Lite `spec`) and `galleries`; `runs`, each with its
        records and what was measured in it; `numbers`, see `_numbers`, with the places of runs in that list; `absent`, data
        sets without results; `environment`. Nothing in it is NaN.
    """
    area = study.about["area"]
    runs = _runs(long, records)
    places = {tuple(run[name] for name in RUN): place for place, run in enumerate(runs)}
    made = registry.part(area, "report.plots").plots(study)
    return {
        "area": area,
        "question": registry.part(area, "plan").QUESTION,
        "cards": [asdict(card) for card in registry.part(area, "report.cards").cards(study)],
        "plots": [{"title": plot.title, "caption": plot.caption, "spec": vega.spec(plot)} for plot in made],
        "galleries": [asdict(gallery) for gallery in registry.part(area, "report.pictures").galleries(study)],
        "numbers": list(_numbers(study, places)),
        "runs": runs,
        "absent": study.results.absent,
        "environment": study.results.environment,
    }


def card(made: Mapping[str, Any]) -> Card:
    """The card that plain data describe."""
    sides = {kind: Side(**made[kind]) if made[kind] else None for kind in ("neural", "classical")}
    return Card(**{**made, **sides})


def _runs(long: pd.DataFrame, records: pd.DataFrame) -> list[dict[str, Any]]:
    """Every run: its names, `status`, `reason`, its `records` (file, provenance) and its `metrics`, by heading."""
    means = long[long.over == ""]
    measured = {name: _metrics(rows) for name, rows in means[means.metric != ""].groupby(RUN, sort=False)}
    made = []
    for name, own in records.groupby(RUN, sort=False):
        bad = own[own.status != "ok"]
        made.append(
            {
                **dict(zip(RUN, (*name[:3], int(name[3])), strict=True)),
                "status": "ok" if bad.empty else bad.status.iloc[0],
                "reason": "; ".join(dict.fromkeys(bad.reason)),
                "records": [
                    {"file": row.file, **json.loads(row.provenance)} for row in own.itertuples(index=False)
                ],
                "metrics": measured.get(name, {}),
            }
        )
    return made


def _metrics(rows: pd.DataFrame) -> dict[str, float]:
    pairs = zip(rows.metric, rows.value, strict=True)
    return {_heading(metric): _short(value) for metric, value in pairs}


def _heading(metric: str) -> str:
    """As a reader knows it; its name where the catalogue has none."""
    return heading(metric) if metric in METRICS else metric


def _numbers(study: Study, places: Mapping[tuple[Hashable, ...], int]) -> Iterator[list[Any]]:
    """Data set, setting, method, metric, mean, ends of the interval (None without), places of the runs."""
    results = study.results
    for key in results.keys:
        for metric in results.metrics(key):
            estimate = results.estimate(key, metric)
            ends = [_short(end) if estimate.has_interval else None for end in (estimate.low, estimate.high)]
            runs = [places[(*key, seed)] for seed in results.seeds(key, metric) if (*key, seed) in places]
            yield [*_named(key), _heading(metric), _short(estimate.mean), *ends, runs]


def _named(key: Key) -> tuple[str, str, str]:
    return key.dataset, key.regime, method_name(key.method)


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
