"""The answer that the page opens with: which method for each kind of task, how sure that is, and what the 6 dB were."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldbench.report.formatting import factor, method_name, number, verdict_text
from fieldbench.report.metrics import data_unit
from fieldbench.report.statistics import FEWEST, near
from fieldbench.report.tables import Key
from fieldbench.sparse.problem import CLOUDS
from fieldbench.sparse.report.attribution import largest
from fieldbench.sparse.report.cells import milliseconds, psnr_text
from fieldbench.sparse.report.document import method_lines
from fieldbench.sparse.report.results import POOLED, PSNR, Study

EXACT = "generated waves without noise"
NOISY = "generated waves with noise"
OBSERVED = "observed fields"
NOTHING = "No run finished; the reasons are below."
UNTESTED = "No method was tested on fields that it had not seen; what was learned by heart is below."


@dataclass(frozen=True)
class Choice:
    """What to use on a task.

    Attributes:
        key: the cheapest of `alike`.
        alike: the best, and all whose mean PSNR is within a margin that matters of its own.
        others: the rest of the candidates, best first.
    """

    key: Key
    alike: Sequence[Key]
    others: Sequence[Key]


def headlines(study: Study) -> list[str]:
    """Which method for each kind of task, how sure that is and what it costs; and what the document's 6 dB were."""
    lines = [_recommendation(study, subject, tasks) for subject, tasks in _subjects(study)]
    lines += [*_first(study, method_lines), *_first(study, largest), _certainty(study)]
    return [line for line in lines if line] or [UNTESTED if study.results.datasets else NOTHING]


def _first(study: Study, part: Callable[[Study, str], list[str]]) -> list[str]:
    """The lines of the first task that has some."""
    return next((lines for task in study.results.datasets if (lines := part(study, task))), [])


def kind_of(facts: Mapping[str, Any]) -> str:
    """EXACT, NOISY or OBSERVED."""
    if facts["kind"] != "generated":
        return OBSERVED
    return NOISY if facts["noise"] > 0 else EXACT


def _subjects(study: Study) -> list[tuple[str, list[str]]]:
    """Tasks with one answer: generated waves with noise and without, and what one source has observed, gaps apart."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind in (EXACT, NOISY, OBSERVED):
        for task in study.results.datasets:
            facts = study.facts[task]
            if kind_of(facts) == kind:
                gaps = "gaps of " if facts["mask"] == CLOUDS else ""
                own = (f"{gaps}{kind} ({facts['long_name']})", facts["source"])
                found.setdefault(own if kind == OBSERVED else (kind, ""), []).append(task)
    return [(subject, tasks) for (subject, _), tasks in found.items()]


def choice(study: Study, task: str) -> Choice | None:
    """The cheapest of those that are as good as the best but for a margin that matters; None without candidates."""
    candidates = study.candidates(task)
    if not candidates:
        return None
    best, *others = candidates
    behind = {key: study.comparison(key, best, PSNR) for key in others}
    alike = [best, *near(behind, study.about["margins"]["psnr_db"])]
    cheapest = min(alike, key=lambda key: study.results.estimate(key, "field_seconds").mean)
    return Choice(cheapest, alike, [key for key in others if key not in alike])


def blind(study: Study, key: Key) -> str:
    """Why a method is no answer, though nothing better was run; empty for one that beats the constant mean."""
    reached, mean = study.results.estimate(key, POOLED).mean, study.line(key.dataset, "constant-mean")
    if not reached < mean:
        return ""
    best = f"{method_name(key.method)}, the best that was run, has {reached:.1f} dB"
    return f"{best}, less than the constant mean's {mean:.1f}"


def _recommendation(study: Study, subject: str, tasks: Sequence[str]) -> str:
    """The method that is chosen on most tasks, and what is known of it on the first of them."""
    best = {task: chosen for task in tasks if (chosen := choice(study, task))}
    choices = {task: chosen for task, chosen in best.items() if not blind(study, chosen.key)}
    if not choices:
        reasons = "; ".join(f"on {task}, {blind(study, chosen.key)}" for task, chosen in best.items())
        return f"**{subject.capitalize()}: no answer**: {reasons}." if reasons else ""
    winner, count = Counter(found.key.method for found in choices.values()).most_common(1)[0]
    task, found = next(item for item in choices.items() if item[1].key.method == winner)
    wins = f", chosen on {count} of {len(choices)} tasks" if len(choices) > 1 else ""
    parts = [
        f"**{subject.capitalize()}: use {method_name(winner)}**{wins}. On {task}: {_quality(study, found.key)}",
        _alike(study, found),
        _next_best(study, found),
        _rival(study, found),
    ]
    return " ".join(f"{part}." for part in parts if part)


def _quality(study: Study, key: Key) -> str:
    """How good a run is: PSNR, error in the data's unit, distance to the limit, cost."""
    unit = data_unit(study.facts[key.dataset]["unit"])
    error = f", rms error {number(study.results.estimate(key, 'rmse_data').mean)} {unit}" if unit else ""
    below = study.below_limit(key)
    limit = f", {below:.1f} dB below the Cramér-Rao limit" if np.isfinite(below) else ""
    return f"mean PSNR {psnr_text(study, key)} dB{error}{limit}, {milliseconds(study, key)} ms per field"


def _alike(study: Study, found: Choice) -> str:
    """The others that are as good, where there are some."""
    others = [method_name(key.method) for key in found.alike if key != found.key]
    margin = study.about["margins"]["psnr_db"]
    return (
        f"It is the cheapest within {margin:g} dB of the best, beside {', '.join(others)}" if others else ""
    )


def _next_best(study: Study, found: Choice) -> str:
    """The first that is not as good, with what it would cost."""
    if not found.others:
        return ""
    second, chosen = found.others[0], found.key
    error = ""
    if data_unit(study.facts[chosen.dataset]["unit"]):
        error = f", rms error {100 * (_ratio(study, second, chosen, 'rmse_data') - 1):+.1f} %"
    time = factor(_ratio(study, second, chosen, "field_seconds"))
    return f"Next best {_against(study, second, chosen)}{error}, {time} the time per field"


def _against(study: Study, key: Key, chosen: Key) -> str:
    return f"{method_name(key.method)}: {verdict_text(study.comparison(key, chosen, PSNR), 'dB')}"


def _ratio(study: Study, key: Key, reference: Key, metric: str) -> float:
    return study.results.estimate(key, metric).mean / study.results.estimate(reference, metric).mean


def _rival(study: Study, found: Choice) -> str:
    """The best network where a classical method is chosen, and the other way round, if none was named yet."""
    trained = study.results.trained(found.key)
    named = [*found.alike, *found.others[:1]]
    if any(study.results.trained(key) != trained for key in named):
        return ""
    rival = next((key for key in found.others if study.results.trained(key) != trained), None)
    kind = "classical method" if trained else "network"
    return f"Best {kind} {_against(study, rival, found.key)}" if rival else ""


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    results = study.results
    trained = [key for task in results.datasets for key in study.keys(task) if results.trained(key)]
    if not trained:
        return ""
    few = sum(len(results.seeds(key, PSNR)) < FEWEST for key in trained)
    text = (
        f"**How sure**: intervals are over test fields, and over trainings where there were at least {FEWEST}"
    )
    if not few:
        return f"{text}, as of every network."
    return f"{text}; {few} of {len(trained)} networks had fewer, and another seed may move these by more than they say."
