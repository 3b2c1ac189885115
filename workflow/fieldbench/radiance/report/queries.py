"""How often methods ask their networks, beside what dense stepping would ask."""

import numpy as np

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import BOX, CUBE, QUERIES, Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import change_text, factor, number, ratio_text, table
from fieldbench.report.metrics import heading
from fieldbench.report.parts import cell
from fieldbench.report.tables import Key

ASKED = (QUERIES, "colours_per_ray_count", "train_queries_per_ray_count")
STATED = "10 to 100"  # times fewer queries, by the document


def answer(study: Study, scene: str) -> str:
    """The largest saving of queries on a scene that counts, and against each dense training the largest without masks."""
    keys = [
        key
        for experiment in study.experiments.values()
        for key in study.keys(experiment, scene)
        if np.isfinite(study.saving(key).mean)
    ]
    counting = sorted(filter(study.counts, keys), key=lambda key: -study.saving(key).mean)
    lead = f"**Queries per ray on {scene}** (stated: {STATED} times fewer)"
    if not counting:
        why = "no method has beside it a training with dense stepping of no higher PSNR, so no saving counts"
        return f"{lead}: {why}." if keys else ""
    plain = [key for key in counting if not study.masked(key.method)]
    largest = {study.dense_arm(key): key for key in reversed(plain)}
    told = [
        _saving_text(study, key, dense)
        for key in counting
        if (dense := study.dense_arm(key)) and (key == counting[0] or key in largest.values())
    ]
    return f"{lead}: {' '.join(told)}"


def _saving_text(study: Study, key: Key, dense: Key) -> str:
    box = study.saving(key, BOX)
    in_box = f" ({factor(box.mean)} in the tight box)" if np.isfinite(box.mean) else ""
    return (
        f"{study.label(key.method)} asks {number(study.results.estimate(key, QUERIES).mean)} times, where dense stepping "
        f"asks {ratio_text(study.saving(key))} as often in the cube{in_box}, and its PSNR is "
        f"{study.comparison(key, dense, PSNR).mean:+.2f} dB against {dense.method}."
    )


def query_table(study: Study, experiment: Experiment, scene: str) -> str:
    """Queries per test ray, how many times fewer than dense stepping, and whether that counts; empty without counts."""
    keys = [key for key in study.keys(experiment, scene) if study.results.has(key, QUERIES)]
    asked = study.results.measured(keys, ASKED)
    rows = []
    for key in keys:
        row = [f"**{study.label(key.method)}**", *(cell(study.results, key, metric) for metric in asked)]
        for dense in (CUBE, BOX):
            row += [cell(study.results, key, dense), ratio_text(study.saving(key, dense))]
        rows.append([*row, counts_text(study, key)])
    headers = ["Method", *map(heading, asked)]
    for dense in (CUBE, BOX):
        headers += [heading(dense), "Fewer by [95 %]"]
    return table([*headers, "Counts as a saving"], rows) if rows else ""


def counts_text(study: Study, key: Key) -> str:
    """Whether a run's queries may be compared with dense stepping, and why not."""
    dense = study.dense_arm(key)
    if dense is None:
        return "no: this kind of field was not trained with dense stepping here"
    if dense == key:
        return "dense itself"
    gap = change_text(study.comparison(key, dense, PSNR), "dB")
    return f"{'yes' if study.counts(key) else 'no'}: PSNR {gap} against {dense.method}"
