"""What an option of a codec trades, value by value."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from fieldbench.compression.report.rates import COST, PSNR, RATE, WEIGHT
from fieldbench.compression.report.results import Study
from fieldbench.record import unit
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, gain_text, mean_interval, percent, table
from fieldbench.report.metrics import METRICS, heading
from fieldbench.report.statistics import Comparison, Difference, estimate, judge, paired_difference, steps

KIND = "sweep"


def section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    tables = {codec: sweep_table(study, experiment, codec) for codec in experiment.methods}
    texts = {codec: sweep_text(study, experiment, codec) for codec in experiment.methods}
    return {"experiment": experiment, "tables": tables, "texts": texts}


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


def sweep_text(study: Study, experiment: Experiment, codec: str) -> str:
    """What the option does from its smallest value to its largest, and whether every step does the same."""
    points = study.points(experiment, codec)
    if len(points) < 2:
        return ""
    first, last = (study.option(experiment, codec, point) for point in (points[0], points[-1]))
    labels = {PSNR: "PSNR", RATE: "rate", COST: "distortion and weighted rate"}
    texts = []
    for metric in swept(study, experiment, codec):
        change, verdicts = trend(study, experiment, codec, metric)
        size = percent(change.percent) if metric == RATE else f"{gain_text(change.absolute)} dB"
        texts.append(f"{labels[metric]} {size} ({consistency(verdicts)})")
    return f"with {option_name(experiment)} from {first:g} to {last:g}, {'; '.join(texts)}."


def trend(study: Study, experiment: Experiment, codec: str, metric: str) -> tuple[Difference, list[str]]:
    """A metric at the largest value of the option minus that at the smallest, and the verdict on every step between."""
    points = study.points(experiment, codec)
    values = [study.draws(experiment, codec, point, metric) for point in points]
    judged = judge(dict(enumerate(steps(values))), lambda step: METRICS[metric].lower_is_better)
    return paired_difference(values[-1], values[0]), [step.verdict for step in judged.values()]


def consistency(verdicts: Sequence[str]) -> str:
    """What the verdicts on the steps of a sweep amount to."""
    if len(set(verdicts)) == 1:
        return f"{verdicts[0]} at every step"
    if "worse" in verdicts:
        return f"not consistent: worse at {verdicts.count('worse')} of {len(verdicts)} steps"
    return f"undecided: better at {verdicts.count('better')} of {len(verdicts)} steps"


def sweep_table(study: Study, experiment: Experiment, codec: str) -> str:
    """Every operating point against the first, in the order of the option."""
    points, metrics = study.points(experiment, codec), swept(study, experiment, codec)
    draws = {pair: study.draws(experiment, codec, *pair) for pair in product(points, metrics)}
    against_first = {
        (point, metric): paired_difference(draws[point, metric], draws[points[0], metric])
        for point, metric in product(points[1:], metrics)
    }
    verdicts = judge(against_first, lambda pair: METRICS[pair[1]].lower_is_better)
    rows = []
    for point in points:
        row = [f"{study.option(experiment, codec, point):g}", point]
        for metric in metrics:
            row += [mean_interval(estimate(draws[point, metric]))]
            row += [_change_text(verdicts.get((point, metric)), metric)]
        rows.append(row)
    headers = [option_name(experiment), "Point"]
    for metric in metrics:
        headers += [f"{heading(metric)} [95 %]", "against the first [95 %]"]
    return table(headers, rows, left=2)


def _change_text(comparison: Comparison | None, metric: str) -> str:
    if comparison is None:
        return ABSENT
    change = comparison.difference
    size = gain_text(change.absolute) if unit(metric) == "db" else percent(change.percent)
    return f"{comparison.verdict}, {size}"
