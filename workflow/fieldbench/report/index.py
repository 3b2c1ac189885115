"""The page that opens with the answers of all areas that were run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fieldbench.report import cards, claims, highlights, templates


def page(areas: Sequence[Mapping[str, Any]], judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from what the report shows of each area, and the claims' verdicts."""
    answers = [
        {**area, "answers": cards.markdown(map(highlights.card, area["cards"])) or "No run finished."}
        for area in areas
    ]
    return templates.render(
        "index.md.j2", areas=answers, judged=len(judged), claim_counts=claims.counts(judged)
    )
