"""Texts that the sections of the page share."""

from fieldbench.report.formatting import level_text, number
from fieldbench.report.tables import Key
from fieldbench.sparse.report.results import Study

SEEDS = 3  # from which on a spread over seeds is shown


def psnr_text(study: Study, key: Key) -> str:
    """Mean PSNR with its interval over test fields, and with the spread over seeds where there are enough."""
    over_seeds = study.results.estimate(key, "psnr_mean_db")
    more = f" ± {over_seeds.spread:.2f}" if over_seeds.count >= SEEDS else ""
    return level_text(study.fields.level(key)) + more


def milliseconds(study: Study, key: Key) -> str:
    """Time per test field."""
    return number(1000 * study.results.estimate(key, "field_seconds").mean)
