"""The page on radiance fields: which method, how sure, and what makes it fast first, then everything that rests on."""

from typing import Any

import pandas as pd

from fieldbench.radiance.report import costs, ingredients, overview, qualities, queries
from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.results import SAVED, SOONER, Study
from fieldbench.report import templates
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import verdict_text
from fieldbench.report.metrics import METRICS
from fieldbench.report.page import common


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    return templates.render(
        "radiance.md.j2",
        **common(study, judged),
        headlines=headlines(study),
        margin=study.margin,
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
    twins = {key: twin for key in given if (twin := study.twin(key)) is not None}
    texts = [
        f"{key.method} against {twin.method} on {key.dataset} ({study.experiments[key.regime].title}): "
        f"{verdict_text(study.comparison(key, twin, PSNR), 'dB')}."
        for key, twin in twins.items()
    ]
    names = ", ".join(dict.fromkeys(key.method for key in given))
    bring = " ".join(texts) or "Nothing equal was run without them."
    return f"**Masks** (visual hull of the training views' alphas) were given to {names}. {bring}"


def _certainty(study: Study) -> str:
    """Over what the intervals of PSNR hold, experiment by experiment."""
    drawn = {
        each.title: qualities.drawn_over(study, study.all_keys(each)) for each in study.experiments.values()
    }
    texts = [f"{over} ({title})" for title, over in drawn.items()]
    if not texts:
        return ""
    few = any("training" in text for text in texts)
    note = (
        " Other trainings may differ by more than intervals over the views of one or two say." if few else ""
    )
    return f"**How sure**: 95 % intervals of PSNR are over {'; '.join(texts)}.{note}"


def _index(study: Study, experiment: Experiment, scene: str) -> dict[str, Any]:
    """What an experiment's tables on a scene are over, and the sizes of their families."""
    keys, family = study.keys(experiment, scene), study.family_sizes(experiment, scene)
    trainings = qualities.trainings(study, keys)
    words = {name: METRICS[name].label.lower() for name in SAVED} | {SOONER: "time to a PSNR"}
    sizes = ", ".join(f"{word} {family[name]}" for name, word in words.items() if name in family)
    few = trainings in qualities.FEW.values()
    return {
        "over": qualities.drawn_over(study, keys),
        "trainings": trainings,
        "family": family.get(PSNR, 0),
        "savings": f"of {trainings}, without intervals"
        if few
        else f"over {trainings}, both ends a family: {sizes}",
        "spread": f"of {trainings}" if few else f"mean ± standard deviation over {trainings}",
    }


def _section(study: Study, experiment: Experiment) -> dict[str, Any]:
    """What the page says of an experiment."""
    tables = {
        scene: {
            "qualities": qualities.quality_table(study, experiment, scene),
            "queries": queries.query_table(study, experiment, scene),
            "costs": costs.cost_table(study, experiment, scene),
            "ingredients": ingredients.ingredient_table(study, experiment, scene),
            **_index(study, experiment, scene),
        }
        for scene in experiment.data
    }
    return {
        "experiment": experiment,
        "training": overview.trained_otherwise(study, experiment),
        "scenes": tables,
    }
