"""Which method is better: comparisons corrected for their number, and rankings."""

from collections.abc import Sequence
from dataclasses import dataclass

from fieldbench.metrics.statistics import Difference, holm, paired_difference, verdict
from fieldbench.report.metrics import METRICS
from fieldbench.report.tables import Key, Results


@dataclass(frozen=True)
class Comparison:
    """A method against a reference in one metric, with the verdict after Holm's correction."""

    difference: Difference
    verdict: str


def compare(
    results: Results, keys: Sequence[Key], reference: Key, metrics: Sequence[str]
) -> dict[tuple[Key, str], Comparison]:
    """Every key against `reference` in every metric that both have, corrected for their number."""
    pairs = [
        (key, metric)
        for key in keys
        for metric in metrics
        if key != reference and results.has(key, metric) and results.has(reference, metric)
    ]
    differences = [
        paired_difference(results.values(key, metric), results.values(reference, metric))
        for key, metric in pairs
    ]
    corrected = holm([difference.p for difference in differences])
    return {
        pair: Comparison(difference, verdict(difference, p, METRICS[pair[1]].lower_is_better))
        for pair, difference, p in zip(pairs, differences, corrected, strict=True)
    }


def badness(results: Results, key: Key, metric: str) -> float:
    """The mean of a metric, turned so that lower is better."""
    mean = results.estimate(key, metric).mean
    return mean if METRICS[metric].lower_is_better else -mean


def ranking(results: Results, dataset: str, metric: str) -> list[Key]:
    """All methods of a data set that finished with every seed, best mean first."""
    finished = [
        key for key in results.select(dataset) if results.has(key, metric) and not results.failed(key)
    ]
    return sorted(finished, key=lambda key: badness(results, key, metric))


def time_ratio(results: Results, key: Key, reference: Key) -> float:
    """Mean training time of `key` over that of `reference`; NaN where one was not timed."""
    return results.estimate(key, "train_seconds").mean / results.estimate(reference, "train_seconds").mean


def quickest(results: Results, keys: Sequence[Key]) -> Key | None:
    """The key with the shortest mean training time among those that were timed."""
    timed = [key for key in keys if results.has(key, "train_seconds")]
    return min(timed, key=lambda key: results.estimate(key, "train_seconds").mean, default=None)
