"""The claims of the source documents, judged by the tables of their area."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from operator import attrgetter
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fieldbench import registry
from fieldbench.errors import UserError
from fieldbench.models import suggestion
from fieldbench.report import claim_kinds, evidence, templates
from fieldbench.report.claim_kinds import PLAIN_TEXT, Expected, Outcome, judge_two, measure
from fieldbench.report.evidence import NotMeasured
from fieldbench.report.formatting import table
from fieldbench.report.metrics import METRICS
from fieldbench.report.parts import Columns, key_table
from fieldbench.report.results import Study

VERDICTS = ("confirmed", "refuted", "undecided", "not measured")
SIZED = ("confirmed", "refuted", "undecided")
EVERY = "every"
# Why a statement is left without a verdict: key of `not_measurable` -> as pages say it.
CLASSES = {
    "elsewhere": "about data, code or machines that are not at hand",
    "device": "needs a GPU, or counters that are not read",
    "wording": "an opinion, a definition, a goal or a question: no number decides it",
    "experiment": "no experiment is about it",
}
NOT_IN_RUN = "what it needs is not in these results"
OPEN = "measured, and the interval decides nothing"
TEXTS = ["id", "document", "section", "sentence", "regime", "note"]
COLUMNS = [*TEXTS[:5], "basis", "expected", "dataset", "measured", "verdict", "size", "note", "left", "main"]


@dataclass(frozen=True)
class Document:
    """Whose statements are judged.

    Attributes:
        title: its name.
        about: the system that it describes, in a sentence.
        regimes: those in which every statement is judged that names none, such as that of the script which made the
            document's tables, and that which its text describes; none where a statement must name its own.
    """

    title: str
    about: str = ""
    regimes: Sequence[str] = ()


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a document.

    Attributes:
        id: unique name.
        document: its title.
        section: where it stands.
        sentence: what it says, in our words.
        measure: kind of statement and its names (see `claim_kinds`); empty where nothing can measure it.
        expected: the stated sign, size or limits.
        datasets: those it is about, in order of preference; "every" for all; none for what is about no data.
        not_measurable: why nothing here can measure it: one of CLASSES, and the reason.
        note: what a reader should know, such as a contradiction within the document.
        regime: of every measure that names none.
        main: whether it is among the few that a reader asks for first.
    """

    id: str
    document: str
    section: str
    sentence: str
    measure: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)
    datasets: str | tuple[str, ...] = ()
    not_measurable: dict[str, str] = field(default_factory=dict)
    note: str = ""
    regime: str = ""
    main: bool = False

    @property
    def basis(self) -> str:
        """`arithmetic` where it follows from how methods are built, whatever the data; else `measurement`."""
        if not self.measure:
            return ""
        named = [metric for part in parts_of(self.measure) for metric in metrics_of(part)]
        exact = named and all(METRICS[metric].exact for metric in named)
        return "arithmetic" if exact or self.measure["kind"] == "arithmetic" else "measurement"

    def expectation(self) -> str:
        """The expectation as text, with that of each part."""
        if not self.measure:
            return ""
        parts = self.measure.get("parts", [{"measure": self.measure, "expected": self.expected}])
        texts = (
            PLAIN_TEXT.get(part["measure"]["kind"]) or Expected(**part["expected"]).text() for part in parts
        )
        return "; ".join(dict.fromkeys(texts))


def kinds_of(area: str) -> dict[str, Callable[..., Outcome]]:
    """The kinds of statements that can be measured in an area."""
    return {**claim_kinds.KINDS, **registry.part(area, "report.evidence").KINDS}


def documents(path: str | Path) -> list[Document]:
    """The documents whose claims a file holds, in its order."""
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return [_document(entry) for entry in content["documents"].values()]


def load(path: str | Path, area: str) -> list[Claim]:
    """Read and check the claims about an area.

    Raises:
        UserError: a key, kind, metric, document or group is unknown, or an id is used twice.
    """
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    claims = [claim for entry in content["claims"] for claim in _claims(path, entry, content, kinds_of(area))]
    names = [entry["id"] for entry in content["claims"]]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"{path}: two claims have the id '{twice}'; give each its own.")
    return claims


def _claims(
    path: str | Path, entry: dict[str, Any], content: Mapping[str, Any], kinds: Mapping[str, Any]
) -> list[Claim]:
    """What an entry states, once for each regime that it is judged in."""
    try:
        claim = Claim(**entry)
        _require(claim.document, content["documents"], "document")
        document = _document(content["documents"][claim.document])
        if bool(claim.measure) == bool(claim.not_measurable):
            raise ValueError("it needs either `measure` or `not_measurable`")
        claim = replace(claim, document=document.title)
        if not claim.measure:
            if not isinstance(claim.not_measurable, dict) or len(claim.not_measurable) != 1:
                raise ValueError(f"`not_measurable` needs one class, of {', '.join(CLASSES)}, and its reason")
            _require(next(iter(claim.not_measurable)), CLASSES, "class")
            return [claim]
        claim = replace(claim, datasets=_datasets(claim, content["groups"]))
        claims = _by_regime(claim, document)
        for one in claims:
            check_measure(one.measure, one.expected, kinds)
        return claims
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: claim '{entry.get('id', entry)}': {error}.") from error


def _document(entry: str | Mapping[str, Any]) -> Document:
    return Document(entry) if isinstance(entry, str) else Document(**entry)


def _by_regime(claim: Claim, document: Document) -> list[Claim]:
    """The claim in its own regime or in each of its document's; as it is where every measure names one, or there is none."""
    named = all("regime" in spec for spec in parts_of(claim.measure))
    regimes = [claim.regime] if claim.regime else [] if named else document.regimes
    judged = [replace(claim, regime=name, measure=_measured_in(claim.measure, name)) for name in regimes]
    return judged or [claim]


def _measured_in(spec: Mapping[str, Any], regime: str) -> dict[str, Any]:
    if spec["kind"] != "all_of":
        return {"regime": regime, **spec}
    parts = [{**part, "measure": _measured_in(part["measure"], regime)} for part in spec["parts"]]
    return {**spec, "parts": parts}


def _require(name: str, known: Iterable[str], noun: str) -> None:
    if name not in known:
        raise ValueError(f"unknown {noun} '{name}'; {suggestion(name, list(known))}")


def _datasets(claim: Claim, groups: Mapping[str, list[str]]) -> str | tuple[str, ...]:
    if not claim.datasets:
        return ("",)
    group = str(claim.datasets)
    if group == EVERY:
        return EVERY
    _require(group, groups, "group of data sets")
    return tuple(groups[group])


def check_measure(spec: Mapping[str, Any], expected: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    """Check the kind, its names, its metrics and the expectation of a measure and of its parts.

    Raises:
        TypeError: a name is missing or not one of the kind's.
        ValueError: unknown kind, metric or sign.
    """
    _require(spec["kind"], [*kinds, "all_of"], "kind")
    if spec["kind"] == "all_of":
        for part in spec["parts"]:
            check_measure(part["measure"], part.get("expected", {}), kinds)
        return
    arguments = {key: name for key, name in spec.items() if key != "kind"}
    inspect.signature(kinds[spec["kind"]]).bind(None, Expected(**expected), **arguments)
    for metric in metrics_of(spec):
        _require(metric, METRICS, "metric")


def parts_of(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The measures that one of several parts consists of, or itself."""
    return [part["measure"] for part in spec["parts"]] if spec["kind"] == "all_of" else [spec]


def metrics_of(spec: Mapping[str, Any]) -> list[str]:
    """The metrics that a measure itself names."""
    named = [spec.get(key, []) for key in ("metric", "metrics", "over_metric", "along")]
    return [metric for entry in named if entry for metric in evidence.names(entry)]


def about(claims: Sequence[Claim], study: Study) -> list[Claim]:
    """The claims, or none where they name data of their own, of which none was to be run: then the data are others'."""
    named = {name for claim in claims if claim.datasets != EVERY for name in claim.datasets} - {"", "*"}
    planned = [*study.results.datasets, *study.results.absent]
    theirs = any(fnmatchcase(dataset, name) for dataset in planned for name in named)
    return list(claims) if theirs or not named else []


def judge(claims: Iterable[Claim], study: Study, area: str) -> pd.DataFrame:
    """The verdict on every claim about an area: one row of COLUMNS each."""
    rows = [_row(claim, study, area) for claim in claims]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(claim: Claim, study: Study, area: str) -> dict[str, str]:
    dataset, outcome = _outcome(claim, study, area)
    about = {name: getattr(claim, name) for name in (*TEXTS, "basis", "main")}
    found = {**asdict(outcome), "expected": claim.expectation(), "dataset": dataset}
    return {**about, **found, "left": _left(claim, outcome, study)}


def _left(claim: Claim, outcome: Outcome, study: Study) -> str:
    """Why a claim is left without a verdict; empty where it has one."""
    if claim.not_measurable:
        return CLASSES[next(iter(claim.not_measurable))]
    named = set() if claim.datasets == EVERY else set(claim.datasets)
    if outcome.verdict == "not measured" and named and named <= set(study.results.absent):
        return CLASSES["elsewhere"]
    if outcome.why:
        return CLASSES[outcome.why]
    return {"not measured": NOT_IN_RUN, "undecided": OPEN}.get(outcome.verdict, "")


def _outcome(claim: Claim, study: Study, area: str) -> tuple[str, Outcome]:
    """The first data set in the claim's order that holds what it needs, and what was found there."""
    if claim.not_measurable:
        return "", Outcome(next(iter(claim.not_measurable.values())), "not measured")
    if claim.datasets == EVERY:
        return EVERY, _everywhere(claim, study, area)
    missing = NotMeasured("")
    for dataset in claim.datasets:
        try:
            return dataset, _on(claim, study, area, dataset)
        except NotMeasured as error:
            missing = error
    return "", Outcome(str(missing), "not measured", why=missing.why)


def _on(claim: Claim, study: Study, area: str, dataset: str, among: int | None = None) -> Outcome:
    source = registry.part(area, "report.evidence").Evidence(study, dataset)
    return measure(kinds_of(area), source.among(among) if among else source, claim.measure, claim.expected)


def _everywhere(claim: Claim, study: Study, area: str) -> Outcome:
    """A statement must hold on all data sets that hold what it needs; corrected for their number where one refutes it."""
    alone: dict[str, Outcome] = {}
    reason = "no data set holds what it needs"
    for dataset in study.results.datasets:
        try:
            alone[dataset] = _on(claim, study, area, dataset, among=1)
        except NotMeasured as error:
            reason = str(error)
    if not alone:
        return Outcome(reason, "not measured")
    corrected = {dataset: _on(claim, study, area, dataset, among=len(alone)) for dataset in alone}
    holds = all(outcome.verdict == "confirmed" for outcome in alone.values())
    shown = alone if holds else corrected
    verdicts = pd.Series({dataset: outcome.verdict for dataset, outcome in shown.items()})
    counts = ", ".join(f"{verdict} on {count}" for verdict, count in verdicts.value_counts().items())
    refuted = {name: outcome.measured for name, outcome in shown.items() if outcome.verdict == "refuted"}
    against = "; ".join(f"{name}: {measured}" for name, measured in refuted.items())
    text = f"{counts} of {len(alone)} data sets" + (f" ({against})" if against else "")
    return Outcome(text, judge_two(holds, bool(refuted)))


def read(paths: Iterable[str | Path]) -> pd.DataFrame:
    """The verdicts in files that hold those of one area each."""
    return pd.concat([pd.read_csv(path, keep_default_na=False) for path in paths], ignore_index=True)


def counts(judged: pd.DataFrame) -> str:
    """Markdown table: verdicts by document and regime, of what was measured; arithmetic on how methods are built apart."""
    rows = []
    for (title, regime), own in judged.groupby(["document", "regime"], sort=False):
        built = own.basis == "arithmetic"
        measured, sizes = own[~built], own["size"].value_counts()
        rows.append(
            [
                f"{title}, {regime}" if regime else title,
                *(str((measured.verdict == verdict).sum()) for verdict in VERDICTS),
                " / ".join(str(sizes.get(verdict, 0)) for verdict in SIZED),
                f"{(own[built].verdict == 'confirmed').sum()} of {built.sum()} confirmed",
            ]
        )
    return table(["Document", *VERDICTS, f"stated size: {' / '.join(SIZED)}", "arithmetic"], rows)


def listings(judged: pd.DataFrame) -> dict[str, str]:
    """Document -> markdown table of its claims."""
    return {title: _listing(own) for title, own in judged.groupby("document", sort=False)}


def _listing(judged: pd.DataFrame) -> str:
    columns: Columns = {
        "Verdict": lambda row: f"**{row.verdict}**",
        **({"Regime": attrgetter("regime")} if any(judged.regime) else {}),
        "Claim": lambda row: row.sentence + (f" *({row.note})*" if row.note else ""),
        "Section": attrgetter("section"),
        "Stated": attrgetter("expected"),
        "Measured [95 % interval]": attrgetter("measured"),
        "Stated size": attrgetter("size"),
        "Data set": attrgetter("dataset"),
    }
    return key_table(judged.fillna("").itertuples(), columns, left=len(columns))


def without_verdict(judged: pd.DataFrame) -> str:
    """Markdown table: the claims without a verdict on the sign, by why; empty where every claim has one.

    A claim that is judged in two regimes is among them where it has a verdict in neither.
    """
    decided = judged[judged.left == ""]
    rows = judged[(judged.left != "") & ~judged.id.isin(decided.id)].drop_duplicates("id")
    order = [*CLASSES.values(), OPEN, NOT_IN_RUN]
    columns: Columns = {
        "Why": attrgetter("left"),
        "Claim": attrgetter("sentence"),
        "Reason": attrgetter("measured"),
    }
    ranked = sorted(rows.fillna("").itertuples(), key=lambda row: order.index(row.left))
    return key_table(ranked, columns, left=len(columns)) if ranked else ""


def page(judged: pd.DataFrame) -> str:
    """The page of all claims, as markdown."""
    total = len(judged.drop_duplicates(["document", "id"]))
    parts = {"counts": counts(judged), "documents": listings(judged), "without": without_verdict(judged)}
    return templates.render("claims.md.j2", total=total, **parts)
