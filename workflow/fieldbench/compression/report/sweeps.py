"""What an option of a codec trades, value by value."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from fieldbench.compression.report.along import (
    against_first,
    counts,
    counts_text,
    each_step,
    halves,
    odds_text,
    throughout,
)
from fieldbench.compression.report.comparisons import drawn_over
from fieldbench.compression.report.rates import COST, PSNR, RATE, WEIGHT
from fieldbench.compression.report.results import Study
from fieldbench.compression.report.signatures import SIGNATURES
from fieldbench.record import unit
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, change_text, interval, table, verdict_text
from fieldbench.report.metrics import METRICS, UNIT_TEXT, heading
from fieldbench.report.statistics import Comparison

KIND = "sweep"


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    tables = {codec: sweep_table(study, experiment, codec) for codec in experiment.methods}
    texts = {codec: sweep_text(study, experiment, codec) for codec in experiment.methods}
    signatures = {codec: signature_texts(study, experiment, codec) for codec in experiment.methods}
    return {
        "experiment": experiment,
        "basis": basis(study, experiment),
        "tables": tables,
        "texts": texts,
        "signatures": signatures,
    }


def basis(study: Study, experiment: Experiment) -> str:
    """Over what the intervals are, and how many comparisons each column makes at once."""
    found = [
        change
        for codec in experiment.methods
        for metric in swept(study, experiment, codec)
        for change in against_first(_draws(study, experiment, codec, metric), metric)
    ]
    family = max((change.family for change in found if change.change.has_interval), default=0)
    over = drawn_over(study, experiment, found)
    return f"{over}, each column against the first a family of {family}" if family else over


def answers(study: Study, experiment: Experiment) -> list[str]:
    """What the option does, codec by codec."""
    texts = {codec: sweep_text(study, experiment, codec) for codec in experiment.methods}
    return [f"**{experiment.title} ({codec})**: {text}" for codec, text in texts.items() if text]


def option_name(experiment: Experiment) -> str:
    """The option in plain words."""
    return experiment.entry["option"].replace("_", " ")


def swept(study: Study, experiment: Experiment, codec: str) -> list[str]:
    """What a sweep is judged by: PSNR, rate, and their weighted sum where all operating points weigh the rate alike."""
    weights = {study.rates.first(key, WEIGHT) for key in study.keys(experiment, codec)}
    return study.measured(experiment, (PSNR, RATE, COST) if len(weights) == 1 else (PSNR, RATE))


def _draws(study: Study, experiment: Experiment, codec: str, metric: str) -> list[pd.Series]:
    """A metric along the option."""
    return study.rates.along(experiment.data, codec, study.points(experiment, codec), metric)


def sweep_text(study: Study, experiment: Experiment, codec: str) -> str:
    """What the option does from its smallest value to its largest, and whether every step does the same."""
    points = study.points(experiment, codec)
    if len(points) < 2:
        return ""
    first, last = (study.option(experiment, codec, point) for point in (points[0], points[-1]))
    labels = {PSNR: "PSNR", RATE: "Rate", COST: "Distortion and weighted rate"}
    texts = [
        f"{labels[metric]}: {_trend_text(study, experiment, codec, metric)}."
        for metric in swept(study, experiment, codec)
    ]
    return f"{option_name(experiment)} from {first:g} to {last:g}. {' '.join(texts)}"


def _trend_text(study: Study, experiment: Experiment, codec: str, metric: str) -> str:
    """A metric at the largest value of the option against that at the smallest, and the verdicts on the steps between."""
    draws = _draws(study, experiment, codec, metric)
    words = consistency(each_step(draws, metric))
    change = change_text(against_first(draws, metric)[-1], UNIT_TEXT[unit(metric)])
    return f"{change} ({words})" if words else change


def signature_texts(study: Study, experiment: Experiment, codec: str) -> list[str]:
    """How often each signature of failure that shows does so in the upper half of the option's values, against the lower."""
    lower, upper = halves(study.points(experiment, codec))
    texts = []
    for metric in study.measured(experiment, tuple(SIGNATURES)):
        of, over = (
            counts(study.rates.runs(experiment.data, codec, points, metric)) for points in (upper, lower)
        )
        if of[0] or over[0]:
            texts.append(f"{METRICS[metric].label.lower()} in {odds_text(of, over)}")
    return texts


def consistency(steps: Sequence[Comparison]) -> str:
    """What the verdicts on the steps of a sweep amount to; empty where there are none."""
    if verdict := throughout(steps):
        return f"{verdict} at every step"
    counted, count = Counter(step.verdict for step in steps), len(steps)
    if "" in counted:
        return ""
    if counted["better"] and counted["worse"]:
        return (
            f"not consistent: better at {counted['better']} and worse at {counted['worse']} of {count} steps"
        )
    word = "worse" if counted["worse"] else "better"
    return f"undecided: {word} at {counted[word]} of {count} steps"


def sweep_table(study: Study, experiment: Experiment, codec: str) -> str:
    """Every operating point against the first, in the order of the option, and how often each signature of failure shows."""
    points, metrics = study.points(experiment, codec), swept(study, experiment, codec)
    columns: dict[str, list[str]] = {
        option_name(experiment): [f"{study.option(experiment, codec, point):g}" for point in points],
        "Point": points,
    }
    for metric in metrics:
        kind = unit(metric)
        levels = [study.estimate(experiment, codec, point, metric) for point in points]
        changes = against_first(_draws(study, experiment, codec, metric), metric)
        columns[f"{heading(metric)} [95 %]"] = [interval(level, unit=kind) for level in levels]
        columns[f"{METRICS[metric].label} against the first [95 %]"] = [
            ABSENT,
            *(verdict_text(change, UNIT_TEXT[kind]) for change in changes),
        ]
    for metric in study.measured(experiment, tuple(SIGNATURES)):
        found = [counts(study.rates.runs(experiment.data, codec, [point], metric)) for point in points]
        columns[METRICS[metric].label] = [counts_text(one) for one in found]
    return table(list(columns), zip(*columns.values(), strict=True), left=2)
