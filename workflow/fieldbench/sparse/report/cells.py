"""Texts that the sections of the page share."""

from collections.abc import Collection, Mapping

from fieldbench.report.formatting import interval, number, over_text
from fieldbench.report.statistics import FEWEST, Comparison, Name
from fieldbench.report.tables import Key
from fieldbench.sparse.report.results import PSNR, Study

FEW = {1: "one training", 2: "two trainings"}


def psnr_text(study: Study, key: Key) -> str:
    """Mean PSNR with its interval."""
    return interval(study.level(key))


def milliseconds(study: Study, key: Key) -> str:
    """Time per test field."""
    return number(1000 * study.results.estimate(key, "field_seconds").mean)


def over(study: Study, keys: Collection[Key]) -> str:
    """What the intervals of some runs are over, such as "16 fields, one training": too few trainings are not spoken for."""
    counts = {len(study.results.seeds(key, PSNR)) for key in keys if study.results.trained(key)}
    few = " or ".join(FEW[count] for count in sorted(counts) if count < FEWEST)
    some = " of some" if few and max(counts) >= FEWEST else ""
    return ", ".join(filter(None, [over_text(map(study.level, keys)), few + some]))


def head(text: str, study: Study, keys: Collection[Key]) -> str:
    """Heading of a column of decibels with intervals of some runs."""
    drawn = over(study, keys)
    return f"{text} (dB) [95 % over {drawn}]" if drawn else f"{text} (dB)"


def caption(comparisons: Mapping[Name, Comparison], against: str) -> str:
    """How many comparisons a column makes at once; empty without any."""
    if not comparisons:
        return ""
    family = next(iter(comparisons.values())).family
    if family == 1:
        return f"One comparison {against}."
    return f"{family} comparisons {against} at once: their intervals hold together, and verdicts are read off them."
