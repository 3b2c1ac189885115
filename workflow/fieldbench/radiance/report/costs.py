"""What methods take: times, memory and sizes."""

from functools import partial

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.metrics import TIMES_BY, TIMES_TO
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, spread
from fieldbench.report.metrics import METRICS, plain_heading, scale
from fieldbench.report.parts import cell, key_table
from fieldbench.report.statistics import estimate
from fieldbench.report.tables import Key

COSTS = (
    "step_seconds",
    "sample_seconds",
    "train_seconds",
    *TIMES_BY.values(),
    "between_evaluations_seconds",
    "render_seconds",
    "peak_memory_bytes",
    "parameter_count",
    "table_bytes",
    "density_multiply_adds_count",
    "colour_multiply_adds_count",
    "occupied_fraction",
    "grid_recoveries_count",
)
GOALS = {
    name: goal for goal, name in TIMES_BY.items()
}  # bounds, which stand where a time itself is not known
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
    speed = study.sooner(key, reference)
    return speed.text if speed else ABSENT


def cost_table(study: Study, experiment: Experiment, scene: str) -> str:
    """Times, memory and sizes; the time to a PSNR says where it was not reached."""
    keys = study.keys(experiment, scene)
    shown = study.results.measured(keys, COSTS)
    columns = {"Method": lambda key: f"**{study.label(key.method)}**"}
    columns |= {_heading(metric): partial(_cost, study, metric=metric) for metric in shown}
    return key_table(keys, columns) if shown else ""


def _heading(metric: str) -> str:
    if metric in GOALS:
        return plain_heading(TIMES_TO[GOALS[metric]])
    return f"{METRICS[metric].label} (µs)" if metric in MICRO else plain_heading(metric)


def _cost(study: Study, key: Key, metric: str) -> str:
    if metric in MICRO and study.results.has(key, metric):
        return spread(estimate(1e6 * study.results.draws(key, metric), scale(metric)))
    return _time(study, key, GOALS[metric]) if metric in GOALS else cell(study.results, key, metric)


def _time(study: Study, key: Key, goal: int) -> str:
    """The time to a PSNR; its bound where the first evaluation of a seed had reached it, and of how many seeds it is."""
    got, timed, every = (
        len(study.results.seeds(key, name)) for name in (TIMES_BY[goal], TIMES_TO[goal], PSNR)
    )
    if not got:
        return "not reached"
    text = cell(study.results, key, TIMES_TO[goal] if timed == got else TIMES_BY[goal])
    bound = "" if timed == got else "at most "
    return f"{bound}{text}" + ("" if got == every else f" ({got} of {every} seeds)")
