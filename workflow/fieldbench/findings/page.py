"""The page of findings, and that of all claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fieldbench import files
from fieldbench.findings import statements
from fieldbench.findings.publication import Answers, Published
from fieldbench.findings.statements import WORDS
from fieldbench.report import claims, templates
from fieldbench.report.cards import duration
from fieldbench.report.formatting import table

REASONS = (*claims.CLASSES.values(), claims.OPEN, claims.NOT_IN_RUN)


@dataclass(frozen=True)
class Document:
    """What is told of a document.

    Attributes:
        title, about: its name, and the system that it describes.
        statements: its statements; see `statements.together`.
        area: what it is about.
    """

    title: str
    about: str
    statements: pd.DataFrame
    area: str


def write(folder: Path, studies: Sequence[Published], claimed: Path, older: Sequence[str]) -> None:
    """Write README.md, claims.md and claims.csv of the published studies.

    Args:
        folder: of the published studies.
        studies: in the order in which they are asked.
        claimed: folder of the files of claims.
        older: names of folders whose results are not of these sources.
    """
    areas = list(dict.fromkeys(answers.area for study in studies for answers in study.areas))
    documents = [found for area in areas for found in _documents(area, studies, claimed)]
    told = {
        "documents": documents,
        "total": sum(len(document.statements) for document in documents),
        "decided": sum(statements.decided(document.statements) for document in documents),
        "counts": _counts(documents),
        "without": _without(documents),
    }
    findings = templates.render(
        "findings.md.j2",
        **told,
        words=WORDS,
        areas=[_asked(area, studies, documents) for area in areas],
        studies=_studies(studies),
        older=older,
    )
    listing = templates.render(
        "statements.md.j2", **told, listings={each.title: _listing(each.statements) for each in documents}
    )
    everything = pd.concat([each.statements for each in documents], ignore_index=True)
    files.save_text(findings, folder / "README.md")
    files.save_text(listing, folder / "claims.md")
    files.save_text(everything.to_csv(index=False), folder / "claims.csv")


def _documents(area: str, studies: Sequence[Published], claimed: Path) -> list[Document]:
    judged = statements.gathered(studies, area)
    if judged.empty:
        return []
    found = statements.together(judged)
    known = claims.documents(claimed / f"{area}.yaml")
    return [
        Document(each.title, each.about, found[found.document == each.title], area)
        for each in known
        if each.title in set(found.document)
    ]


def _counts(documents: Sequence[Document]) -> str:
    rows = [
        [
            document.title,
            str(len(document.statements)),
            *map(str, statements.counts(document.statements).values()),
        ]
        for document in documents
    ]
    return table(["Document", "statements", *WORDS], rows)


def _without(documents: Sequence[Document]) -> dict[str, pd.DataFrame]:
    everything = pd.concat([document.statements for document in documents], ignore_index=True)
    return statements.by_class(everything, REASONS)


def _asked(area: str, studies: Sequence[Published], documents: Sequence[Document]) -> dict[str, Any]:
    """What is told of an area: its question, what to use, and the documents about it."""
    answered = [(study, answers) for study in studies for answers in study.areas if answers.area == area]
    return {
        "question": answered[0][1].question,
        "answers": _answers(answered),
        "documents": [
            {"title": each.title, "about": each.about, "listing": _main(each.statements)}
            for each in documents
            if each.area == area
        ],
    }


def _answers(answered: Sequence[tuple[Published, Answers]]) -> str:
    """What to use: a row for each question on each data set, as the first study that asks it answers."""
    rows: dict[str, list[str]] = {}
    for study, answers in answered:
        for card in answers.cards:
            asked = ": ".join(filter(None, [card.dataset, card.question]))
            link = f"[{study.name}]({study.name}/{answers.area}.md)"
            if card.use:
                rows.setdefault(
                    asked, [asked, f"**{card.use}**", card.level, f"*{card.certainty}*", card.cost, link]
                )
    headers = ["Data", "Use", "It reaches", "How sure", "It costs", "Study"]
    return table(headers, list(rows.values()), left=len(headers)) if rows else "No run finished."


def _main(found: pd.DataFrame) -> str:
    rows = [[_verdict(row), _claim(row), row.measured] for row in found[found.main].itertuples()]
    return table(["True?", "What it says", "Measured [95 % interval]"], rows, left=3) if rows else ""


def _listing(found: pd.DataFrame) -> str:
    rows = [
        [f"**{row.verdict}**", _claim(row), row.expected, row.measured, row.size, row.studies]
        for row in found.itertuples()
    ]
    return table(
        ["Verdict", "Claim", "Stated", "Measured [95 % interval]", "Stated size", "Studies"], rows, left=6
    )


def _verdict(row: Any) -> str:
    """The verdict, and that on the size where one is stated."""
    return f"sign **{row.verdict}**, size **{row.size}**" if row.size else f"**{row.verdict}**"


def _claim(row: Any) -> str:
    return str(row.sentence) + (f" *({row.note})*" if row.note else "")


def _studies(studies: Sequence[Published]) -> str:
    rows = [
        [
            f"[{study.name}]({study.name}/benchmark.md)",
            study.about,
            str(study.jobs),
            duration(study.seconds),
            study.commit,
        ]
        for study in studies
    ]
    return table(["Study", "What it is for", "Jobs", "Time of all jobs", "Sources"], rows, left=2)
