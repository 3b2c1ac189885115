"""The page that opens with the answers of all areas that were run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fieldbench.report import cards, claims, highlights, templates


def page(areas: Sequence[Mapping[str, Any]], judged: pd.DataFrame, about: str) -> str:
    """The whole page, as markdown.

    Args:
        areas: what the report shows of each; see `highlights.of`.
        judged: the claims' verdicts.
        about: what the study is for; may be empty.
    """
    answers = [
        {**area, "answers": cards.markdown(map(highlights.card, area["cards"])) or "No run finished."}
        for area in areas
    ]
    return templates.render(
        "index.md.j2", about=about, areas=answers, judged=len(judged), claim_counts=claims.counts(judged)
    )
