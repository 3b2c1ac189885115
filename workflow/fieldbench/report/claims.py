"""The claims of the source documents, judged by the tables."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fieldbench.errors import UserError
from fieldbench.inversion.report.grid import QUANTITIES
from fieldbench.report import templates
from fieldbench.report.claim_kinds import KINDS, Context, Expected, NotMeasured, Outcome, measure, on_each
from fieldbench.report.formatting import table
from fieldbench.report.metrics import METRICS
from fieldbench.report.tables import Results
from fieldbench.sparse.report.per_field import NO_FIELDS, Fields

DOCUMENTS = {
    "benchmarks": "Benchmarks",
    "technical-report": "Technical Report",
    "implementation-summary": "Implementation Summary",
    "shacira": "SHACIRA",
    "instant-ngp": "Why Instant-NGP Is Fast",
}
VERDICTS = ("confirmed", "refuted", "undecided", "not measured")
EVERY = "every"
COLUMNS = [
    "id",
    "document",
    "section",
    "sentence",
    "expected",
    "dataset",
    "measured",
    "stated_inside",
    "verdict",
    "note",
]
EXPECTATION = {
    "best": "the best",
    "undominated": "surpassed by none",
    "completed": "every run ends",
    "every_gain": "each higher",
    "above": "above all others",
}


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a document.

    Attributes:
        id: unique name.
        document: key of DOCUMENTS.
        section: where it stands.
        sentence: what it says, in our words.
        measure: kind of statement and its names (see `measures`); None where nothing can measure it.
        expected: the stated sign, size or limits.
        datasets: those it is about, in order of preference; "every" for all.
        not_measurable: why nothing here can measure it.
        note: what a reader should know, such as a contradiction within the document.
    """

    id: str
    document: str
    section: str
    sentence: str
    measure: dict[str, Any] | None = None
    expected: dict[str, Any] = field(default_factory=dict)
    datasets: str | tuple[str, ...] = ()
    not_measurable: str = ""
    note: str = ""

    def expectation(self) -> str:
        """The expectation as text, with that of each part."""
        if not self.measure:
            return ""
        parts = self.measure.get("parts", [{"measure": self.measure, "expected": self.expected}])
        texts = (
            EXPECTATION.get(part["measure"]["kind"]) or Expected(**part["expected"]).text() for part in parts
        )
        return "; ".join(dict.fromkeys(texts))


def load(path: str | Path) -> list[Claim]:
    """Read and check the claims.

    Raises:
        UserError: a key, kind, metric or group is unknown, or an id is used twice.
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    claims = [_claim(path, entry, content["groups"]) for entry in content["claims"]]
    seen: set[str] = set()
    for claim in claims:
        if claim.id in seen:
            raise UserError(f"{path}: two claims have the id '{claim.id}'; give each its own.")
        seen.add(claim.id)
    return claims


def _claim(path: str | Path, entry: dict[str, Any], groups: Mapping[str, list[str]]) -> Claim:
    name = entry.get("id", entry)
    try:
        claim = Claim(**entry)
        if claim.document not in DOCUMENTS:
            raise ValueError(f"unknown document '{claim.document}'; known: {', '.join(DOCUMENTS)}")
        if bool(claim.measure) == bool(claim.not_measurable):
            raise ValueError("it needs either `measure` or `not_measurable`")
        if claim.not_measurable:
            return claim
        check_measure(claim.measure, claim.expected)
        datasets = _datasets(claim, groups)
    except KeyError as error:
        raise UserError(f"{path}: claim '{name}': unknown name {error}.") from error
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: claim '{name}': {error}.") from error
    return Claim(**{**asdict(claim), "datasets": datasets})


def _datasets(claim: Claim, groups: Mapping[str, list[str]]) -> str | tuple[str, ...]:
    if claim.measure["kind"] == "grid":  # arithmetic on the configuration, about no data set
        return ("",)
    return EVERY if claim.datasets == EVERY else tuple(groups[claim.datasets])


def check_measure(spec: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Check the kind, its names, its metrics and the expectation of a measure and of its parts.

    Raises:
        KeyError: unknown kind, metric or quantity.
        TypeError: a name is missing or not one of the kind's.
        ValueError: unknown sign.
    """
    names = {key: name for key, name in spec.items() if key != "kind"}
    inspect.signature(KINDS[spec["kind"]]).bind(None, Expected(**expected), **names)
    for metric in metrics_of(spec):
        METRICS[metric]
    if "quantity" in spec:
        QUANTITIES[spec["quantity"]]
    for part in spec.get("parts", []):
        check_measure(part["measure"], part.get("expected", {}))


def metrics_of(spec: Mapping[str, Any]) -> list[str]:
    """The metrics that a measure itself names."""
    named = [*spec.get("metrics", []), spec.get("metric", [])]
    return [metric for entry in named for metric in ([entry] if isinstance(entry, str) else entry)]


def judge(
    claims: Iterable[Claim],
    long: pd.DataFrame,
    regimes: Mapping[str, Any],
    fields: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The verdict on every claim.

    Args:
        claims: as loaded.
        long: the long table of all results.
        regimes: the configuration's regimes, for what follows from a grid by arithmetic.
        fields: the table of the sparse area's test fields (`per_field.COLUMNS`), where that area was run.

    Returns:
        One row of COLUMNS per claim.
    """
    results = Results(long)
    tested = NO_FIELDS if fields is None else Fields(fields)
    return pd.DataFrame([_row(claim, results, regimes, tested) for claim in claims], columns=COLUMNS)


def _row(claim: Claim, results: Results, regimes: Mapping[str, Any], fields: Fields) -> dict[str, str]:
    dataset, outcome = _outcome(claim, results, regimes, fields)
    about = {name: getattr(claim, name) for name in ("id", "document", "section", "sentence", "note")}
    found = {name: getattr(outcome, name) for name in ("measured", "stated_inside", "verdict")}
    return {**about, **found, "expected": claim.expectation(), "dataset": dataset}


def _outcome(
    claim: Claim, results: Results, regimes: Mapping[str, Any], fields: Fields
) -> tuple[str, Outcome]:
    """The first data set in the claim's order that holds what it needs, and what was found there."""
    if claim.not_measurable:
        return "", Outcome(claim.not_measurable, "not measured")
    reasons = []
    for dataset in [EVERY] if claim.datasets == EVERY else claim.datasets:
        try:
            if dataset == EVERY:
                return EVERY, on_each(results, regimes, claim.measure, claim.expected, fields)
            context = Context(results, dataset, regimes, fields)
            return dataset, measure(context, claim.measure, claim.expected)
        except NotMeasured as reason:
            reasons.append(str(reason))
    return "", Outcome(reasons[-1], "not measured")


def counts(judged: pd.DataFrame) -> str:
    """Markdown table: verdicts per document."""
    rows = [
        [
            title,
            *(str(((judged.document == key) & (judged.verdict == verdict)).sum()) for verdict in VERDICTS),
        ]
        for key, title in DOCUMENTS.items()
    ]
    return table(["Document", *VERDICTS], rows)


def listing(judged: pd.DataFrame, document: str) -> str:
    """Markdown table of one document's claims."""
    rows = [
        [
            f"**{row.verdict}**",
            row.sentence + (f" *({row.note})*" if row.note else ""),
            row.section,
            row.expected,
            row.measured,
            row.stated_inside,
            row.dataset,
        ]
        for row in judged[judged.document == document].fillna("").itertuples()
    ]
    headers = [
        "Verdict",
        "Claim",
        "Section",
        "Stated",
        "Measured [95 % interval]",
        "Stated size inside",
        "Data set",
    ]
    return table(headers, rows, left=len(headers))


def page(judged: pd.DataFrame) -> str:
    """The page of all claims, as markdown."""
    documents = {title: listing(judged, key) for key, title in DOCUMENTS.items()}
    return templates.render("claims.md.j2", counts=counts(judged), documents=documents, total=len(judged))
