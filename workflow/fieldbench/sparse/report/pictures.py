"""A test field of every task, of median error: the truth, what was observed of it, and what methods make of that."""

import numpy as np

from fieldbench.report.formatting import method_name
from fieldbench.report.metrics import data_unit
from fieldbench.report.pictures import MOST, Gallery, coloured, scale
from fieldbench.report.tables import Key
from fieldbench.sparse.figures._look import colours, image
from fieldbench.sparse.report.headlines import choice
from fieldbench.sparse.report.results import Study


def galleries(study: Study) -> list[Gallery]:
    """A gallery for each task of which a field was rebuilt."""
    return [made for task in study.results.datasets if (made := _gallery(study, task))]


def _gallery(study: Study, task: str) -> Gallery | None:
    keys = _chosen(study, task)
    if not keys:
        return None
    problem = study.problem(task)
    field = study.telling_fields(keys[0])["median"]
    truth = problem.test.values[field].astype(float)
    observed, there = np.full(truth.shape, np.nan), problem.test_index.values[field] >= 0
    observed[problem.test_index.values[field][there]] = problem.test_values.values[field][there]
    fields = {"truth": truth, "observed points": observed}
    fields |= {method_name(key.method): study.prediction(key)["mean"].values[field] for key in keys}
    cmap, norm = colours(truth[np.isfinite(truth)])
    name = problem.attrs.get("long_name", "value")
    return Gallery(
        name=task,
        title=f"{task}: {name}, the test field of median error",
        pictures={
            label: coloured(image(problem, values.astype(float)), cmap, norm)
            for label, values in fields.items()
        },
        shown=("truth", method_name(keys[0].method)),
        scale=scale(cmap, norm, data_unit(problem.attrs["unit"])),
    )


def _chosen(study: Study, task: str) -> list[Key]:
    """The recommended method, the best of either kind, then the others in rank order; of those with a prediction."""
    found = choice(study, task)
    best = [found.key, study.bar(task), study.network(task)] if found else []
    keys = [key for key in [*best, *study.candidates(task)] if key and study.seeds(key)]
    once = {key.method: key for key in reversed(keys)}
    return [once[method] for method in dict.fromkeys(key.method for key in keys)][:MOST]
