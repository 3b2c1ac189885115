"""The page on inverted magnetic fields: the answer first, then everything it rests on."""

from typing import Any

import pandas as pd

from fieldbench.inversion.report import recommendation, tables
from fieldbench.inversion.report.recommendation import headlines
from fieldbench.inversion.report.results import Study
from fieldbench.report import templates
from fieldbench.report.page import common
from fieldbench.report.parts import failure_table

SOURCES = {  # of a grid's definitions
    "open": "the Benchmarks document",
    "strict": "the Technical Report",
    "as_run": "the script that made the table of the Benchmarks document",
    "strict_as_run": "the code that made the table of the Technical Report",
}


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    datasets = study.results.datasets
    return templates.render(
        "inversion.md.j2",
        **common(study, judged),
        headlines=headlines(study),
        margins=study.about["margins"],
        overview=recommendation.overview(study) if datasets else "",
        datasets=[_dataset(study, name) for name in datasets],
        memory=tables.memory_table(study, datasets[0]) if datasets else "",
    )


def _dataset(study: Study, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "facts": study.facts[name],
        "usage": recommendation.usage(study, name),
        "regimes": [_regime(study, name, regime) for regime in study.compared(name)],
        "sweep": tables.sweep_table(study, name),
        "sweep_encoder": study.about["sweep"]["encoder"],
        "training": tables.training_table(study, name),
        "failures": failure_table(study.results, name),
        "figures": study.about["figures"][name],
    }


def _regime(study: Study, dataset: str, regime: str) -> dict[str, Any]:
    grid = study.regimes[regime]
    return {
        "name": regime,
        "grid": grid,
        "source": SOURCES[grid["definitions"]] if grid else "",
        "over": tables.drawn_over(study, dataset, regime),
        "family": len(study.rows(dataset, regime)) - 1,
        "losses": tables.loss_table(study, dataset, regime),
        "quality": tables.quality_table(study, dataset, regime),
        "valid": tables.valid_table(study, dataset, regime),
        "filling": tables.filling_table(study, dataset, regime),
        "detection": tables.detection_table(study, dataset, regime),
    }
