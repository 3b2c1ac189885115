"""The verdicts of several studies on the statements of the documents, as one."""

from collections.abc import Iterable, Sequence

import pandas as pd

from fieldbench.findings.publication import Published
from fieldbench.report.claims import NOT_IN_RUN

DECIDED = ("confirmed", "refuted")
DEPENDS = "depends"
WORDS = {
    "confirmed": "confirmed wherever it was decided",
    "refuted": "refuted wherever it was decided",
    DEPENDS: "confirmed in one place, refuted in another",
    "undecided": "measured, and no interval decides",
    "not measured": "not measured",
}
STATEMENT = ["document", "id"]


def gathered(studies: Iterable[Published], area: str) -> pd.DataFrame:
    """The verdicts of all studies on the claims about an area, with the name of each in `study`; in the studies' order."""
    found = [
        study.claims(area).assign(study=study.name)
        for study in studies
        if any(answers.area == area for answers in study.areas)
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def together(judged: pd.DataFrame) -> pd.DataFrame:
    """One row for each statement, over regimes and studies.

    Args:
        judged: what `gathered` gives.

    Returns:
        `document`, `id`, `section`, `sentence`, `note`, `main`, `expected`; `verdict`, a key of WORDS; `size`, the
        verdicts on a stated size; `measured`, and `studies`, which decided it; `left`, why there is no verdict on the sign.
    """
    rows = [_statement(own) for _, own in judged.groupby(STATEMENT, sort=False)]
    return pd.DataFrame(rows)


def _statement(rows: pd.DataFrame) -> dict[str, str | bool]:
    telling = _telling(rows)
    verdicts = list(dict.fromkeys(telling.verdict))
    verdict = verdicts[0] if len(verdicts) == 1 else DEPENDS
    first = telling.iloc[0]
    sizes = dict.fromkeys(rows["size"][rows["size"] != ""])
    return {
        **{name: first[name] for name in (*STATEMENT, "section", "sentence", "note", "expected")},
        "main": str(first.main) == "True",
        "verdict": verdict,
        "size": " and ".join(sizes),
        "measured": _measured(telling, verdict),
        "studies": ", ".join(dict.fromkeys(telling.study)) if verdict != "not measured" else "",
        "left": "" if verdict in (*DECIDED, DEPENDS) else first.left,
    }


def _telling(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that tell most: those with a verdict, else those that were measured, else one that says why not."""
    for verdicts in (DECIDED, ("undecided",)):
        if not (found := rows[rows.verdict.isin(verdicts)]).empty:
            return found
    named = rows[rows.left != NOT_IN_RUN]
    return (rows if named.empty else named).iloc[:1]


def _measured(telling: pd.DataFrame, verdict: str) -> str:
    """What was measured where it was decided first, or in each place with its verdict where these differ."""
    if verdict != DEPENDS:
        return str(telling.iloc[0].measured)
    return "; ".join(
        f"**{row.verdict}** in {' '.join(filter(None, [row.study, row.regime]))}: {row.measured}"
        for row in telling.itertuples()
    )


def counts(statements: pd.DataFrame) -> dict[str, int]:
    """How many statements have each verdict of WORDS."""
    return {word: int((statements.verdict == word).sum()) for word in WORDS}


def decided(statements: pd.DataFrame) -> int:
    """How many have a verdict on their sign."""
    return int((statements.left == "").sum())


def by_class(statements: pd.DataFrame, order: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Why -> the statements that have no verdict for that reason, in an order of reasons; without empty ones."""
    found = {why: statements[statements.left == why] for why in order}
    return {why: own for why, own in found.items() if not own.empty}
