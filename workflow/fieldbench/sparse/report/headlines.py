"""The answer that the page opens with: which method for each kind of task, how sure that is, and what the 6 dB were."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fieldbench.report.formatting import factor, gain_text, level_text, method_name, number, percent
from fieldbench.report.metrics import data_unit
from fieldbench.report.statistics import Comparison, Estimate
from fieldbench.report.tables import Key
from fieldbench.sparse.report.attribution import largest
from fieldbench.sparse.report.cells import SEEDS, milliseconds
from fieldbench.sparse.report.document import method_lines
from fieldbench.sparse.report.per_field import compare
from fieldbench.sparse.report.results import Study

EXACT = "generated waves without noise"
NOISY = "generated waves with noise"
OBSERVED = "observed fields"


def headlines(study: Study) -> list[str]:
    """Which method for each kind of task, how sure that is and what it costs; and what the document's 6 dB were."""
    lines = [_recommendation(study, kind) for kind in (EXACT, NOISY, OBSERVED)]
    lines += [*_first(study, method_lines), *_first(study, largest), _certainty(study)]
    return [line for line in lines if line] or ["No run finished; the reasons are below."]


def _first(study: Study, part: Callable[[Study, str], list[str]]) -> list[str]:
    """The lines of the first task that has some."""
    return next((lines for task in study.results.datasets if (lines := part(study, task))), [])


def kind_of(facts: Mapping[str, Any]) -> str:
    """EXACT, NOISY or OBSERVED."""
    if facts["kind"] != "generated":
        return OBSERVED
    return NOISY if facts["noise"] > 0 else EXACT


def _recommendation(study: Study, kind: str) -> str:
    """The method that is best on most tasks of a kind, and what is known of it on the first of them."""
    tasks = [task for task in study.results.datasets if kind_of(study.facts[task]) == kind]
    candidates = {task: keys for task in tasks if (keys := study.candidates(task))}
    if not candidates:
        return ""
    votes = Counter(keys[0].method for keys in candidates.values())
    winner, count = votes.most_common(1)[0]
    task, (best, *others) = next(item for item in candidates.items() if item[1][0].method == winner)
    gains = compare(study.fields, {key: (key, best) for key in others})
    wins = f", best on {count} of {len(candidates)} tasks" if len(candidates) > 1 else ""
    return (
        f"**{kind.capitalize()}: use {method_name(winner)}**{wins}. On {task}: {_quality(study, best)}"
        f"{_next_best(study, best, gains)}{_rival(study, best, gains)}."
    )


def _quality(study: Study, key: Key) -> str:
    """How good a run is: PSNR, error in the data's unit, distance to the limit, cost."""
    unit = data_unit(study.facts[key.dataset]["unit"])
    error = f", rms error {number(study.results.estimate(key, 'rmse_data').mean)} {unit}" if unit else ""
    below = study.below_limit(key)
    limit = f", {below:.1f} dB below the Cramér-Rao limit" if np.isfinite(below) else ""
    return (
        f"mean PSNR {level_text(study.fields.level(key))} dB{error}{limit}, "
        f"{milliseconds(study, key)} ms per field"
    )


def _gain(gain: Comparison) -> str:
    return f"{gain_text(gain.difference.absolute)} dB ({gain.verdict})"


def _next_best(study: Study, best: Key, gains: Mapping[Key, Comparison]) -> str:
    """The second in rank, with what it would cost."""
    if not gains:
        return ""
    second = next(iter(gains))
    error = ""
    if data_unit(study.facts[best.dataset]["unit"]):
        change = 100 * (_ratio(study, second, best, "rmse_data") - 1)
        error = f", rms error {percent(Estimate(change, np.nan, np.nan, np.nan, 1))}"
    time = factor(_ratio(study, second, best, "field_seconds"))
    return (
        f"; next best {method_name(second.method)}: {_gain(gains[second])}{error}, {time} the time per field"
    )


def _ratio(study: Study, key: Key, reference: Key, metric: str) -> float:
    return study.results.estimate(key, metric).mean / study.results.estimate(reference, metric).mean


def _rival(study: Study, best: Key, gains: Mapping[Key, Comparison]) -> str:
    """The best network where a classical method is recommended, and the other way round, if that is not the next best."""
    trained = study.results.trained(best)
    others = list(gains)
    rival = next((key for key in others if study.results.trained(key) != trained), None)
    if rival is None or rival == others[0]:
        return ""
    kind = "classical method" if trained else "network"
    return f"; best {kind} {method_name(rival.method)}: {_gain(gains[rival])}"


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    results = study.results
    keys = [key for task in results.datasets for key in study.fields.keys(task) if results.trained(key)]
    if not keys:
        return ""
    levels = [results.estimate(key, "psnr_mean_db") for key in keys]
    spreads = [level.spread for level in levels if level.count >= SEEDS]
    text = "**How sure**: intervals are over test fields and hold for these trainings"
    if not spreads:
        return f"{text}, which had fewer than {SEEDS} seeds: another seed may move a network by more than they say."
    return (
        f"{text}; {len(spreads)} of {len(keys)} networks had at least {SEEDS} seeds, over which their mean PSNR "
        f"has a standard deviation of up to {max(spreads):.2f} dB."
    )
