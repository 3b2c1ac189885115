"""What every area's page says, and the page of an area that has none of its own: the best methods, and every number."""

from typing import Any

import pandas as pd

from fieldbench import registry
from fieldbench.record import unit
from fieldbench.report import cards, claims, templates
from fieldbench.report.cards import metrics_of, quality
from fieldbench.report.formatting import method_name, verdict_text
from fieldbench.report.metrics import UNIT_TEXT, heading
from fieldbench.report.parts import cell, failures, key_table, metric_columns, name_cell
from fieldbench.report.results import Study

STATED = ("area", "seeds", "training")  # by the configuration


def headlines(study: Study) -> list[str]:
    """The best method of each data set by its first metric, and by how much the next is behind."""
    lines = [_headline(study, dataset) for dataset in study.results.datasets]
    return lines or ["No run finished; the reasons are below."]


def _headline(study: Study, dataset: str) -> str:
    metric = quality(study, dataset)
    ranked = study.results.ranking(dataset, metric)
    if not ranked:
        return f"**{dataset}**: no method finished every run with a metric to rank by; the numbers are below."
    best, *others = ranked
    level = f"{heading(metric)} {cell(study.results, best, metric)}"
    text = f"**{dataset}: {method_name(best.method)}**, {level}"
    if not others:
        return f"{text}."
    behind = study.results.against(others, best, metric).get(others[0])
    return f"{text}; next {method_name(others[0].method)}: {verdict_text(behind, UNIT_TEXT[unit(metric)])}."


def _numbers(study: Study, dataset: str) -> str:
    columns = {"Experiment": lambda key: key.regime, "Method": name_cell}
    columns |= metric_columns(study.results, metrics_of(study, dataset))
    return key_table(study.results.select(dataset), columns, left=2)


def common(study: Study, judged: pd.DataFrame) -> dict[str, Any]:
    """What `base.md.j2` says of any area; figures are those of the configuration, if anything was measured."""
    return {
        **{name: study.about[name] for name in STATED if name in study.about},
        "cards": cards.markdown(registry.part(study.about["area"], "report.cards").cards(study)),
        "environment": study.results.environment,
        "figures": list(study.about["figures"]) if study.results.datasets else [],
        "failures": failures(study.results),
        "absent": study.results.absent,
        "claims": claims.counts(judged) if len(judged) else "",
    }


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    return templates.render(
        "page.md.j2",
        **common(study, judged),
        question=registry.part(study.about["area"], "plan").QUESTION,
        headlines=headlines(study),
        numbers={dataset: _numbers(study, dataset) for dataset in study.results.datasets},
    )
