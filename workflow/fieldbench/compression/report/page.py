"""The page on compression: which codec, how sure and at what cost first, then everything that rests on."""

from collections.abc import Iterator, Sequence

import pandas as pd

from fieldbench.compression.report import bounded, comparisons, overview, scaling, sweeps
from fieldbench.compression.report.breakdown import breakdown_table
from fieldbench.compression.report.results import Study
from fieldbench.compression.report.signatures import signature_table
from fieldbench.report import templates
from fieldbench.report.experiments import Experiment
from fieldbench.report.page import common


def page(study: Study, judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from the area's results and the claims' verdicts."""
    compared = study.of_kind(comparisons.KIND)
    return templates.render(
        "compression.md.j2",
        **common(study, judged),
        headlines=headlines(study),
        margins=study.about["margins"],
        inputs=overview.input_table(study),
        notes=list(dict.fromkeys(line for facts in study.facts.values() for line in facts["notes"])),
        codecs=overview.codec_table(study),
        comparisons=[comparisons.section(study, experiment) for experiment in compared],
        published=comparisons.published_table(study) if compared else "",
        sweeps=[sweeps.section(study, experiment) for experiment in study.of_kind(sweeps.KIND)],
        scalings=[scaling.section(study, experiment) for experiment in study.of_kind(scaling.KIND)],
        bounded=[bounded.section(study, experiment) for experiment in study.of_kind(bounded.KIND)],
        breakdowns=_breakdowns(study, compared),
        signatures=signature_table(study),
    )


def headlines(study: Study) -> list[str]:
    """Which codec for each experiment, how sure that is and what it costs; then what the document's questions got."""
    lines = [
        *_answers(study, comparisons, bounded),
        comparisons.against_uncompressed(study),
        comparisons.as_perceived(study),
        *_answers(study, sweeps, scaling),
        _certainty(study),
    ]
    return [line for line in lines if line] or ["No file was written; the reasons are below."]


def _answers(study: Study, *sections) -> Iterator[str]:
    for section in sections:
        for experiment in study.of_kind(section.KIND):
            yield from section.answers(study, experiment)


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    titles: dict[str, list[str]] = {}
    for section in (comparisons, sweeps):
        for experiment in study.of_kind(section.KIND):
            titles.setdefault(section.basis(study, experiment), []).append(experiment.title)
    lines = [f"{', '.join(names)}: {basis}" for basis, names in titles.items()]
    return f"**How sure** (95 % intervals): {'; '.join(lines)}." if lines else ""


def _breakdowns(study: Study, experiments: Sequence[Experiment]) -> dict[str, str]:
    texts = {experiment.title: breakdown_table(study, experiment) for experiment in experiments}
    return {title: text for title, text in texts.items() if text}
