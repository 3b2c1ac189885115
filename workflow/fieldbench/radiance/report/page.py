"""The page on radiance fields: which method, how sure, and what makes it fast first, then everything that rests on."""

from typing import Any

import pandas as pd

from fieldbench.radiance.report import costs, ingredients, overview, qualities, queries
from fieldbench.radiance.report.comparison import MARGIN
from fieldbench.radiance.report.results import Study
from fieldbench.report import templates
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import gain_verdict
from fieldbench.report.page import common


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    return templates.render(
        "radiance.md.j2",
        **common(study, judged),
        headlines=headlines(study),
        margin=MARGIN,
        scenes=overview.scene_table(study),
        notes=list(dict.fromkeys(line for facts in study.facts.values() for line in facts["notes"])),
        methods=overview.method_table(study),
        experiments=[_section(study, experiment) for experiment in study.experiments.values()],
        orbits=study.about["orbits"],
    )


def headlines(study: Study) -> list[str]:
    """What is best and soonest on each scene, what saves queries and time, what masks bring, and how sure that is."""
    pairs = [(experiment, scene) for experiment in study.experiments.values() for scene in experiment.data]
    lines = [
        *(qualities.answer(study, *pair) for pair in pairs),
        *(queries.answer(study, scene) for scene in dict.fromkeys(scene for _, scene in pairs)),
        *(costs.against_original(study, *pair) for pair in pairs),
        *(ingredients.answer(study, *pair) for pair in pairs),
        _masks(study),
        _certainty(study),
    ]
    return [line for line in lines if line] or ["No scene was learned; the reasons are below."]


def _masks(study: Study) -> str:
    """Which methods were given masks, and what these brought."""
    every = [key for experiment in study.experiments.values() for key in study.all_keys(experiment)]
    given = [key for key in every if study.masked(key.method)]
    if not given:
        return ""
    pairs = {key: (key, twin) for key in given if (twin := study.twin(key)) is not None}
    texts = [
        f"{key.method} against {pairs[key][1].method} on {key.dataset}: {gain_verdict(gain)} dB"
        for key, gain in study.verdicts(pairs).items()
    ]
    names = ", ".join(dict.fromkeys(key.method for key in given))
    bring = f"What they bring: {'; '.join(texts)}." if texts else "Nothing equal was run without them."
    return f"**Masks** (visual hull of the training views' alphas) were given to {names}. {bring}"


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    if not study.experiments:
        return ""
    experiments = study.experiments.values()
    texts = dict.fromkeys(over_text(study, experiment) for experiment in experiments)
    single = [each.title for each in experiments if not any(map(study.seeded, study.all_keys(each)))]
    note = f" With one seed ({'; '.join(single)}), another training may differ by more than they say."
    return f"**How sure**: 95 % intervals are {'; '.join(texts)}.{note if single else ''}"


def over_text(study: Study, experiment: Experiment) -> str:
    """Over what an experiment's intervals are."""
    keys = study.all_keys(experiment)
    seeded = [study.seeded(key) for key in keys]
    if all(seeded):
        return "over seeds"
    if not all(key in study.views for key in keys):
        return "over seeds, where there are several"
    if any(seeded):
        return "over seeds, and over test views for PSNR of methods with one seed"
    return "over test views"


def _section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    tables = {
        scene: {
            "qualities": qualities.quality_table(study, experiment, scene),
            "queries": queries.query_table(study, experiment, scene),
            "costs": costs.cost_table(study, experiment, scene),
            "ingredients": ingredients.ingredient_table(study, experiment, scene),
        }
        for scene in experiment.data
    }
    return {
        "experiment": experiment,
        "over": over_text(study, experiment),
        "training": overview.trained_otherwise(study, experiment),
        "scenes": tables,
    }
