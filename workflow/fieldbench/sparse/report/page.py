"""The page on fields rebuilt from a few of their points: the answer first, then everything it rests on."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from fieldbench.report import templates
from fieldbench.report.metrics import data_unit
from fieldbench.report.page import common
from fieldbench.sparse.report import attribution, diagnosis, document, tables, techniques
from fieldbench.sparse.report.headlines import OBSERVED, headlines, kind_of
from fieldbench.sparse.report.results import Study


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    about, tasks = study.about, study.results.datasets
    shown = (None, *tasks)
    figures = [
        name
        for name, entry in about["figures"].items()
        if entry["with"].get("task") in shown and _has_content(study, entry)
    ]
    return templates.render(
        "sparse.md.j2",
        **common(study, judged) | {"figures": figures},
        headlines=headlines(study),
        document_lines=[line for task in tasks for line in document.method_lines(study, task)],
        oracles=about["oracles"],
        margin=about["margins"]["psnr_db"],
        task_table=tables.task_table(study),
        overview=tables.overview(study),
        tasks=[_task(study, task) for task in tasks],
        documents=_by_task(study, _document),
        attributions=_by_task(study, _attribution),
        techniques=_by_task(study, _techniques),
        errors=_by_task(study, _errors),
        overfits=_by_task(study, _overfits),
        diagnoses=_by_task(study, _diagnoses),
    )


def _has_content(study: Study, entry: dict[str, Any]) -> bool:
    """Whether a figure shows anything: what it is drawn from, the page has as well."""
    task = entry["with"].get("task")
    contents: dict[str, Callable[[Study, str], Any]] = {
        "fields": Study.keys,
        "gallery": Study.keys,
        "attribution": _attribution,
        "techniques": _techniques,
        "diagnostics": lambda study, task: _diagnoses(study, task) or _overfits(study, task),
        "training": lambda study, task: any(map(study.results.trained, study.results.select(task))),
    }
    return task is None or entry["type"] not in contents or bool(contents[entry["type"]](study, task))


def _by_task(study: Study, section: Callable[[Study, str], Any]) -> dict[str, Any]:
    """The content of a section per task that has it."""
    contents = {task: section(study, task) for task in study.results.datasets}
    return {task: content for task, content in contents.items() if content}


def _task(study: Study, task: str) -> dict[str, Any]:
    return {
        "name": task,
        "facts": study.facts[task],
        "unit": data_unit(study.facts[task]["unit"]),
        "lines": tables.lines_text(study, task),
        "methods": tables.bar_table(study, task),
        "caption": tables.bar_caption(study, task),
        "choices": tables.choice_lines(study, task),
    }


def _document(study: Study, task: str) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "configurations": document.configuration_table(study, task),
        "fixes": document.fix_table(study, task),
        "caption": document.fix_caption(study, task),
        "gains": document.gain_tables(study, task),
    }
    return parts if any(parts.values()) else {}


def _attribution(study: Study, task: str) -> dict[str, dict[str, str]]:
    factors = {name: attribution.attribution_table(study, task, name) for name in study.about["backbones"]}
    return {
        name: {
            "factors": text,
            "caption": attribution.attribution_caption(study, task, name),
            "whole": attribution.whole_gain(study, task, name),
        }
        for name, text in factors.items()
        if text
    }


def _techniques(study: Study, task: str) -> dict[str, str]:
    alone = techniques.alone_table(study, task)
    parts = {
        "alone": alone,
        "matrix": techniques.pair_matrix(study, task),
        "larger": techniques.larger_table(study, task),
        "caption": techniques.version_caption(study, task),
        "pairs": techniques.interaction_table(study, task),
    }
    return parts if alone else {}


def _errors(study: Study, task: str) -> str:
    return tables.error_table(study, task) if kind_of(study.facts[task]) == OBSERVED else ""


def _overfits(study: Study, task: str) -> dict[str, str]:
    cases = study.about["overfits"].items()
    texts = {
        f"{name}: {words}": diagnosis.diagnosis_table(study.results, task, [name]) for name, words in cases
    }
    return {title: text for title, text in texts.items() if text}


def _diagnoses(study: Study, task: str) -> str:
    """The networks of the whole problem; the document's versions are too many, and counted below."""
    results = study.results
    found = (study.find(task, name) for name in study.about["versions"])
    versions = [key for key in found if key and diagnosis.measures_of(results, key)]
    groups = {key.regime for key in results.select(task)} - study.about["overfits"].keys()
    shown = diagnosis.diagnosis_table(results, task, groups - {key.regime for key in versions})
    counts = diagnosis.counts(results, versions)
    return "\n\n".join(filter(None, [shown, f"Verdicts on the versions: {counts}." if counts else ""]))
