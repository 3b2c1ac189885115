"""A card for each experiment on each scene: the cheapest method of those whose test views are as good as the best."""

import numpy as np

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.qualities import alike, cheapest, finished
from fieldbench.radiance.report.results import Study
from fieldbench.report.cards import Asked, Card, answered, training_cost
from fieldbench.report.experiments import Experiment


def cards(study: Study) -> list[Card]:
    """One for each experiment and scene with results."""
    return [
        _card(study, experiment, scene)
        for experiment in study.experiments.values()
        for scene in experiment.data
    ]


def _card(study: Study, experiment: Experiment, scene: str) -> Card:
    ranked = finished(study, experiment, scene)
    if not ranked:
        return Card(experiment.title, scene, sure="no method finished every seed", data=(scene,))
    similar = alike(study, ranked)
    white = study.white(scene, PSNR)
    asked = Asked(
        question=experiment.title,
        metric=PSNR,
        measure="PSNR of test views",
        note=f"an all-white view has {white:.1f} dB" if np.isfinite(white) else "",
        ranked=ranked,
        use=cheapest(study, experiment, similar),
        alike=similar,
        margin=f"{study.margin:g} dB",
        cost=training_cost(study),
        label=lambda key: study.label(key.method),
        gallery=f"{scene}-{experiment.name}",
    )
    return answered(study, asked)
