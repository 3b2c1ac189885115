"""Whether a results folder says one thing: its pages, its claims and its intervals, read as a reader reads them.

`python -m tests.report.agreement RESULTS` lists what contradicts itself.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

NUMBER = r"[+-]?[\d,]*\.?\d+(?:e[+-]\d+)?"
VERDICT = r"(?P<verdict>better|worse|undecided|same)"
INTERVAL = re.compile(rf"{NUMBER} ?[%×]? \[{NUMBER}, {NUMBER}\]")
CHANGE = re.compile(
    rf"(?:{VERDICT}, )?(?P<mean>{NUMBER}) ?(?P<unit>%|×)? ?\[(?P<low>{NUMBER}), (?P<high>{NUMBER})\]"
)
# What is the same needs no interval: it is when every draw of both is, so that nothing has a width.
BARE = re.compile(rf"(?:better|worse|undecided), {NUMBER}(?![\d.,e])(?! ?(?:%|×|dB)? ?\[)")
FEW = re.compile(r"over (?:the )?(?P<count>[012]) (?:seeds?|fields?|views?|blocks?|inputs?|scenes?|times)\b")


class Change(NamedTuple):
    """A change with its interval as it is printed."""

    verdict: str
    mean: str
    unit: str
    low: float
    high: float

    @property
    def decided(self) -> bool:
        """Whether the interval leaves out that nothing changed."""
        neutral = 1.0 if self.unit == "×" else 0.0
        return not self.low <= neutral <= self.high


def number(text: str) -> float:
    """A printed number."""
    return float(text.replace(",", ""))


def changes(text: str) -> Iterator[Change]:
    """The changes with intervals in a text: those with a sign or a multiple."""
    for found in CHANGE.finditer(text):
        signed = found["mean"][0] in "+-" or found["unit"] == "×"
        if signed:
            ends = number(found["low"]), number(found["high"])
            yield Change(found["verdict"] or "", found["mean"], found["unit"] or "", *ends)


def contradictions(text: str) -> Iterator[str]:
    """What a line contradicts itself in."""
    for change in changes(text):
        if change.verdict in ("better", "worse") and not change.decided:
            yield f"'{change.verdict}' though its interval holds no change"
        if change.verdict == "undecided" and change.decided:
            yield "'undecided' though its interval leaves out no change"
        if change.unit == "%" and change.low < -100:
            yield "an interval that falls below -100 %"
    if BARE.search(text):
        yield "a verdict without interval"
    if (found := FEW.search(text)) and INTERVAL.search(text):
        yield f"an interval from {found['count']} draws"


def cells(page: str) -> Iterator[tuple[str, list[str]]]:
    """Row name and cells of every table row."""
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| :"):
            row = [cell.strip() for cell in line.strip("|").split(" | ")]
            yield row[0].replace("*", ""), row[1:]


def draws(long: pd.DataFrame) -> pd.Series:
    """By method the largest number of draws of any of its metrics, inputs counted as such."""
    measured = long[(long.status == "ok") & (long.metric != "")]
    seeds = measured.groupby(["method", "dataset", "regime", "metric"]).size().groupby("method").max()
    inputs = measured.groupby("method").dataset.nunique()
    return pd.concat([seeds, inputs], axis=1).max(axis=1)


def too_few(page: str, long: pd.DataFrame) -> Iterator[str]:
    """Rows of methods that have an interval but no three draws of anything."""
    known = draws(long)
    names = {re.sub(r"\bv(?=\d)", "V", method): method for method in known.index}
    for name, row in cells(page):
        method = names.get(name.split(" (")[0])
        if method and known[method] < 3 and any(INTERVAL.search(cell) for cell in row):
            yield f"{name}: an interval, from {known[method]:.0f} draws at most"


def answered_twice(page: str, judged: pd.DataFrame) -> Iterator[str]:
    """Changes that a claim and a table both state, with other intervals or another verdict."""
    table = [
        (name, change)
        for name, row in cells(page)
        for cell in row
        for change in changes(cell)
        if change.verdict
    ]
    for claim in judged[judged.verdict.isin(["confirmed", "refuted", "undecided"])].itertuples():
        if not re.match(r"(not )?(lower|higher)", str(claim.expected)):
            continue
        for stated in list(changes(str(claim.measured)))[:1]:
            for name, change in table:
                if (stated.mean, stated.unit) != (change.mean, change.unit) or change.mean.strip(
                    "+-0."
                ) == "":
                    continue
                same_interval = (stated.low, stated.high) == (change.low, change.high)
                if same_interval and (claim.verdict == "undecided") != (change.verdict == "undecided"):
                    yield f"{claim.id}: {claim.verdict}, but {name} is {change.verdict} in a table"


def faults(results: Path) -> list[str]:
    """All that contradicts itself in a finished results folder."""
    found = []
    for table in sorted((results / "tables").glob("*_claims.csv")):
        area = table.name.removesuffix("_claims.csv")
        judged = pd.read_csv(table, keep_default_na=False)
        page = (results / f"{area}.md").read_text(encoding="utf-8")
        long = pd.read_parquet(results / "tables" / f"{area}.parquet")
        lines = page.split("## Claims of the documents")[0].splitlines()
        found += [f"{area}: {fault}: {line[:160]}" for line in lines for fault in contradictions(line)]
        found += [f"{area}: {fault}" for fault in (*too_few(page, long), *answered_twice(page, judged))]
        found += [
            f"{area}: claim {claim.id}: {fault}"
            for claim in judged.itertuples()
            for fault in contradictions(claim.measured)
        ]
        found += [f"{area}: claim {fault}" for fault in _decided_against_interval(judged)]
    return found


def _decided_against_interval(judged: pd.DataFrame) -> Iterator[str]:
    for claim in judged.itertuples():
        stated = list(changes(str(claim.measured)))
        if len(stated) != 1 or claim.expected.split(",")[0] not in ("lower", "higher"):
            continue
        if (claim.verdict == "undecided") == stated[0].decided:
            yield f"{claim.id}: {claim.verdict}, {claim.measured}"


if __name__ == "__main__":
    contradicting = faults(Path(sys.argv[1]))
    print("\n".join([*contradicting, f"{len(contradicting)} contradictions"]))
    sys.exit(bool(contradicting))
