"""The page that opens with the answers of all areas that were run."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fieldbench import registry
from fieldbench.report import claims, templates


def page(answers: Mapping[str, Sequence[str]], judged: pd.DataFrame) -> str:
    """The whole page, as markdown, from area -> its headlines, and the claims' verdicts."""
    questions = {area: registry.part(area, "plan").QUESTION for area in answers}
    return templates.render(
        "index.md.j2",
        answers=answers,
        questions=questions,
        judged=len(judged),
        claim_counts=claims.counts(judged),
    )
