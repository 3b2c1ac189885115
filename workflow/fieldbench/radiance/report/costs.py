"""What methods take: times, memory and sizes."""

from functools import partial

import numpy as np

from fieldbench.radiance.report.comparison import PSNR, speed_up
from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, spread
from fieldbench.report.metrics import METRICS, plain_heading
from fieldbench.report.parts import cell, key_table
from fieldbench.report.statistics import estimate
from fieldbench.report.tables import Key

COSTS = (
    "step_seconds",
    "sample_seconds",
    "train_seconds",
    *TIMES_TO.values(),
    "render_seconds",
    "peak_memory_bytes",
    "parameter_count",
    "table_bytes",
    "density_multiply_adds_count",
    "colour_multiply_adds_count",
    "occupied_fraction",
    "grid_recoveries_count",
)
MICRO = ("sample_seconds",)  # that are told in microseconds
STATED_SPEED = 1000  # times, against the original radiance field


def against_original(study: Study, experiment: Experiment, scene: str) -> str:
    """How many times sooner than the original radiance field the best hash grid is, without masks or dense steps."""
    if study.ingredients(experiment, scene):
        return ""
    plain = [key for key in study.ranked(experiment, scene) if not study.masked(key.method)]
    hashed = [key for key in plain if study.field_type(key.method) == "hash" and not study.dense(key.method)]
    original = [key for key in plain if study.field_type(key.method) == "frequency"]
    text = sooner_text(study, hashed[0], original[0]) if hashed and original else ABSENT
    if text == ABSENT:
        return ""
    return (
        f"**Against the original radiance field, {scene}** (stated: {STATED_SPEED:,} times): "
        f"{study.label(hashed[0].method)} is {text} than {original[0].method} ({experiment.title})."
    )


def sooner_text(study: Study, key: Key, reference: Key) -> str:
    """How many times sooner a run reaches a PSNR than another; a dash where neither time is known."""
    speed = speed_up(study.results, [key], [reference])
    return speed.text if speed else ABSENT


def cost_table(study: Study, experiment: Experiment, scene: str) -> str:
    """Times, memory and sizes; the time to a PSNR says where it was not reached."""
    keys = study.keys(experiment, scene)
    shown = study.results.measured(keys, COSTS)
    columns = {"Method": lambda key: f"**{study.label(key.method)}**"}
    columns |= {_heading(metric): partial(_cost, study, metric=metric) for metric in shown}
    return key_table(keys, columns) if shown else ""


def _heading(metric: str) -> str:
    return f"{METRICS[metric].label} (µs)" if metric in MICRO else plain_heading(metric)


def _cost(study: Study, key: Key, metric: str) -> str:
    if metric in MICRO and study.results.has(key, metric):
        return spread(estimate(1e6 * study.results.draws(key, metric)))
    text = cell(study.results, key, metric)
    if metric not in TIMES_TO.values():
        return text
    if not study.results.has(key, metric):
        return "not reached"
    reached, every = (np.size(study.results.draws(key, name)) for name in (metric, PSNR))
    return text if reached == every else f"{text} ({reached} of {every} seeds)"
