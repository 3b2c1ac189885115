"""The report: one HTML file with all that was found, which loads nothing from anywhere."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fieldbench.report import claims, templates
from fieldbench.report.cards import WORDS

CLAIMS = (
    "verdict",
    "size",
    "document",
    "area",
    "sentence",
    "expected",
    "measured",
    "dataset",
    "section",
    "note",
)


@dataclass(frozen=True)
class Parts:
    """What the page is made with.

    Attributes:
        styles: CSS, in order.
        libraries: JavaScript, in order.
        program: the page's own.
    """

    styles: Sequence[str]
    libraries: Sequence[str]
    program: str


def page(areas: Sequence[Mapping[str, Any]], judged: Sequence[pd.DataFrame], parts: Parts) -> str:
    """The whole page.

    Args:
        areas: what is shown of each; see `highlights.of`.
        judged: of each the claims' verdicts.
        parts: styles and programs.
    """
    pairs = zip(areas, judged, strict=True)
    together = pd.concat([own.assign(area=area["area"]) for area, own in pairs], ignore_index=True)
    return templates.render(
        "report.html.j2",
        areas=[_shown(area) for area in areas],
        counts=_counts(areas),
        environment=_environment(areas),
        failures=[_failure(area, run) for area in areas for run in area["runs"] if run["status"] != "ok"],
        verdicts={word: int((together.verdict == word).sum()) for word in claims.VERDICTS},
        words=WORDS,
        styles="\n".join(parts.styles),
        program=parts.program,
        libraries=packed("\n;\n".join(parts.libraries)),
        data=packed(json.dumps(_data(areas, together), allow_nan=False, ensure_ascii=False)),
    )


def packed(text: str) -> str:
    """Text as gzip in base64: a third of its size, with no character that HTML could mistake; the same at every call."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _shown(area: Mapping[str, Any]) -> dict[str, Any]:
    """An area with the picture that each of its cards shows: of the method to use, or else of the other one at first."""
    galleries = {gallery["name"]: gallery for gallery in area["galleries"]}
    return {**area, "cards": [_with_picture(card, galleries.get(card["gallery"])) for card in area["cards"]]}


def _with_picture(card: Mapping[str, Any], gallery: Mapping[str, Any] | None) -> dict[str, Any]:
    if gallery is None:
        return {**card, "picture": None}
    pictures = gallery["pictures"]
    label = card["use"] if card["use"] in pictures else gallery["shown"][1]
    told = {"label": label, "title": gallery["title"], "source": pictures[label]}
    return {**card, "picture": {**told, "map": gallery["scale"] is not None}}


def _counts(areas: Sequence[Mapping[str, Any]]) -> str:
    """How much was run."""
    datasets = {run["dataset"] for area in areas for run in area["runs"]}
    return f"{len(datasets)} data sets, {sum(len(area['runs']) for area in areas):,} runs"


def _environment(areas: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What it was run on and with."""
    found: dict[str, dict[str, None]] = {}
    for area in areas:
        for key, values in area["environment"].items():
            found.setdefault(key, {}).update(dict.fromkeys(values))
    return {key: ", ".join(values) for key, values in found.items()}


def _failure(area: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    return {**run, "area": area["area"]}


def _data(areas: Sequence[Mapping[str, Any]], judged: pd.DataFrame) -> dict[str, Any]:
    """What the page's program shows: plots, galleries, numbers and runs of all areas in one list each, and claims."""
    runs: list[Any] = []
    numbers: list[Any] = []
    for area in areas:
        first = len(runs)
        runs += [{**run, "area": area["area"]} for run in area["runs"]]
        numbers += [
            [area["area"], *row, [first + place for place in places]] for *row, places in area["numbers"]
        ]
    return {
        "plots": [plot["spec"] for area in areas for plot in area["plots"]],
        "galleries": {
            f"{area['area']}/{gallery['name']}": gallery for area in areas for gallery in area["galleries"]
        },
        "numbers": numbers,
        "runs": runs,
        "claims": judged[list(CLAIMS)].fillna("").values.tolist(),
    }
