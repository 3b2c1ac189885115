"""How memory and times grow with the number of pixels."""

from typing import Any

import numpy as np

from fieldbench.compression.report.rates import PSNR, RATE
from fieldbench.compression.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import byte_size, interval, number, table
from fieldbench.report.metrics import METRICS, plain_heading
from fieldbench.report.parts import key_table, mean_cell, metric_columns
from fieldbench.report.statistics import UNKNOWN, Estimate, power
from fieldbench.report.tables import Key

KIND = "scaling"
GROWTH = ("peak_memory_bytes", "step_seconds", "encode_seconds", "decode_seconds")
Point = tuple[str, str]  # a codec and its operating point


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    sizes, exponents = scaling_table(study, experiment), growth_table(study, experiment)
    return {"experiment": experiment, "sizes": sizes, "growth": exponents}


def answers(study: Study, experiment: Experiment) -> list[str]:
    """How every codec grows, and what the largest input took."""
    texts = {point: _growth_text(study, keys) for point, keys in runs(study, experiment).items()}
    return [f"**{experiment.title} ({codec})**: {text}" for (codec, _), text in texts.items() if text]


def runs(study: Study, experiment: Experiment) -> dict[Point, list[Key]]:
    """The runs of every codec at every operating point, by number of pixels."""
    by_size = sorted(experiment.data, key=study.pixels)
    keys = {
        (codec, point): [Key(name, point, codec) for name in by_size]
        for codec in experiment.methods
        for point in study.points(experiment, codec)
    }
    return {point: [key for key in same if study.rates.has(key, RATE)] for point, same in keys.items()}


def exponents(study: Study, keys: list[Key]) -> dict[str, Estimate]:
    """The exponent by which each metric of GROWTH grows with the pixels, of those that two runs have."""
    powers = {}
    for metric in GROWTH:
        measured = [key for key in keys if study.results.has(key, metric)]
        if len(measured) > 1:
            sizes = [study.pixels(key.dataset) for key in measured]
            powers[metric] = power(sizes, [study.results.estimate(key, metric).mean for key in measured])
    return powers


def _growth_text(study: Study, keys: list[Key]) -> str:
    """By which powers of the pixels memory and times grow, and what the largest input took."""
    texts = [
        f"{METRICS[metric].label.lower()} as pixels^{exponent.mean:.2f}"
        for metric, exponent in exponents(study, keys).items()
        if np.isfinite(exponent.mean)
    ]
    largest = keys[-1]
    memory = study.results.estimate(largest, "peak_memory_bytes").mean
    seconds = study.results.estimate(largest, "encode_seconds").mean
    took = [byte_size(memory)] if np.isfinite(memory) else []
    took += [f"{number(seconds)} s to encode"] if np.isfinite(seconds) else []
    if not texts or not took:
        return ""
    size = f"{largest.dataset} with {study.pixels(largest.dataset):,} pixels"
    return f"{'; '.join(texts)}; the largest, {size}, took {' and '.join(took)}."


def scaling_table(study: Study, experiment: Experiment) -> str:
    """Memory, times and quality by number of pixels."""
    metrics = study.measured(experiment, (*GROWTH, PSNR, RATE))
    columns = {
        "Codec": lambda key: f"**{key.method}**",
        "Point": lambda key: key.regime,
        "Input": lambda key: key.dataset,
        "Pixels": lambda key: f"{study.pixels(key.dataset):,}",
        **metric_columns(study.results, metrics, plain_heading, mean_cell),
    }
    return key_table((key for same in runs(study, experiment).values() for key in same), columns, left=3)


def growth_table(study: Study, experiment: Experiment) -> str:
    """The exponents of memory and times; empty with a single size."""
    growth = {point: exponents(study, keys) for point, keys in runs(study, experiment).items()}
    rows = [
        [f"**{codec}**", point, *(interval(powers.get(metric, UNKNOWN)) for metric in GROWTH)]
        for (codec, point), powers in growth.items()
        if powers
    ]
    headers = ["Codec", "Point", *(f"{METRICS[metric].label}: exponent [95 %]" for metric in GROWTH)]
    return table(headers, rows, left=2) if rows else ""
