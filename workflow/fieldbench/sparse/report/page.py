"""The page on fields rebuilt from a few of their points: the answer first, then everything it rests on."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fieldbench.report import claims, templates
from fieldbench.report.formatting import gain_text, level_text, method_name, number
from fieldbench.report.metrics import data_unit
from fieldbench.report.parts import failures
from fieldbench.report.tables import Key
from fieldbench.sparse.report import tables as parts
from fieldbench.sparse.report.attribution import worths
from fieldbench.sparse.report.diagnosis import fault_of, measures_of
from fieldbench.sparse.report.per_field import compare
from fieldbench.sparse.report.results import Run
from fieldbench.sparse.report.tables import Study

KINDS = ("generated waves without noise", "generated waves with noise", "observed fields")


def page(run: Run, judged: pd.DataFrame) -> str:
    """The whole page, as markdown.

    Args:
        run: the area's results; `dataset` is a task, `regime` a group of methods.
        judged: the claims' verdicts.
    """
    study, config = run.study, run.config
    tasks = study.results.datasets
    return templates.render(
        "sparse.md.j2",
        headlines=headlines(run),
        document_lines=[text for task in tasks for text in _six(study, task)],
        seeds=config["seeds"],
        training=config["training"],
        environment=study.results.environment,
        oracles=config.get("oracles", {}),
        task_table=parts.task_table(study),
        overview=parts.overview(study),
        tasks=[_task(study, task) for task in tasks],
        documents=_by_task(study, _document),
        attributions=_by_task(study, _attribution),
        techniques=_by_task(study, _techniques),
        errors=_by_task(study, _errors),
        overfits=_by_task(study, _overfits),
        diagnoses=_by_task(study, _diagnoses),
        figures=_figures(config, tasks),
        failures=failures(study.results),
        absent=study.results.absent,
        claims=claims.listings(judged),
    )


def headlines(run: Run) -> list[str]:
    """Which method for each kind of task, how sure that is and what it costs; and what the document's 6 dB were."""
    study = run.study
    lines = [_recommendation(study, kind) for kind in KINDS]
    lines += [*_first(study, _six), *_first(study, _largest), _certainty(study)]
    return [line for line in lines if line] or ["No run finished; the reasons are below."]


def kind_of(facts: Mapping[str, Any]) -> str:
    """One of KINDS."""
    if facts["kind"] != "generated":
        return KINDS[2]
    return KINDS[1] if facts["noise"] > 0 else KINDS[0]


def _recommendation(study: Study, kind: str) -> str:
    """The method that is best on most tasks of a kind, and what is known of it on the first of them."""
    found = {
        task: study.candidates(task)
        for task in study.results.datasets
        if kind_of(study.facts[task]) == kind and study.candidates(task)
    }
    if not found:
        return ""
    votes = Counter(keys[0].method for keys in found.values())
    winner, count = votes.most_common(1)[0]
    task = next(task for task, keys in found.items() if keys[0].method == winner)
    best, *others = found[task]
    compared = compare(study.fields, {key: (key, best) for key in others})
    wins = f", best on {count} of {len(found)} tasks" if len(found) > 1 else ""
    return (
        f"**{kind.capitalize()}: use {method_name(winner)}**{wins}. On {task}: {_quality(study, best)}"
        f"{_next_best(study, best, others, compared)}{_rivals(study, best, others, compared)}."
    )


def _quality(study: Study, key: Key) -> str:
    """How good a run is: PSNR, error in the data's unit, distance to the limit, cost."""
    unit = data_unit(study.facts[key.dataset]["unit"])
    error = f", rms error {number(study.results.estimate(key, 'rmse_data').mean)} {unit}" if unit else ""
    below = study.below_limit(key)
    limit = f", {below:.1f} dB below the Cramér-Rao limit" if np.isfinite(below) else ""
    return (
        f"mean PSNR {level_text(study.fields.level(key))} dB{error}{limit}, "
        f"{parts.milliseconds(study, key)} ms per field"
    )


def _next_best(study: Study, best: Key, others: Sequence[Key], compared: Mapping[Key, Any]) -> str:
    if not others:
        return ""
    second = others[0]
    unit = data_unit(study.facts[best.dataset]["unit"])
    error = f", rms error {parts.relative_error(study, second, best)}" if unit else ""
    found = compared[second]
    return (
        f"; next best {method_name(second.method)}: {gain_text(found.difference.absolute)} dB ({found.verdict}){error}, "
        f"{parts.time_text(study, second, best)} the time per field"
    )


def _rivals(study: Study, best: Key, others: Sequence[Key], compared: Mapping[Key, Any]) -> str:
    """The best network where a classical method is recommended, and the other way round, if that is not the next best."""
    trained = study.results.trained(best)
    rival = next((key for key in others if study.results.trained(key) != trained), None)
    if rival is None or rival == others[0]:
        return ""
    kind = "classical method" if trained else "network"
    found = compared[rival]
    return f"; best {kind} {method_name(rival.method)}: {gain_text(found.difference.absolute)} dB ({found.verdict})"


def _first(study: Study, part: Callable[[Study, str], list[str]]) -> list[str]:
    """The lines of the first task that has some."""
    return next((lines for task in study.results.datasets if (lines := part(study, task))), [])


def _six(study: Study, task: str) -> list[str]:
    """What the document's 6 dB are: a sentence per backbone that was run on a task."""
    return [line for backbone in study.config["backbones"] if (line := _six_of(study, task, f"{backbone}-"))]


def _six_of(study: Study, task: str, prefix: str) -> str:
    key = study.fields.find(task, f"{prefix}{parts.ORIGINAL}")
    if key is None:
        return ""
    near = _nearest(study, key)
    text = (
        f"**The document's method ({method_name(key.method)}) on {task}: {parts.psnr_text(study, key)} dB**"
    )
    text += f", nearest to {near}" if near else ""
    if found := measures_of(study.results, key):
        text += ". Verdict: {}. {}".format(*fault_of(found))
    else:
        text += "."
    names = {"with its three fixes": f"{prefix}fixes-1-2-3", "with every factor right": f"{prefix}right"}
    keys = {label: study.fields.find(task, name) for label, name in names.items()}
    keys["the bar"] = study.bar(task)
    known = [
        f"{label} ({method_name(key.method)}) {parts.decibels(study.fields.level(key).mean)} dB"
        for label, key in keys.items()
        if key
    ]
    return text + (f" For comparison: {', '.join(known)}." if known else "")


def _nearest(study: Study, key: Key) -> str:
    """Which blind guess a run's pooled PSNR is nearest to."""
    own = study.results.estimate(key, "psnr_pooled_db").mean
    lines = {parts.LINES[name]: study.line(key.dataset, name) for name in parts.BLIND}
    known = {text: value for text, value in lines.items() if np.isfinite(value - own)}
    if not known:
        return ""
    text = min(known, key=lambda name: abs(known[name] - own))
    others = ", ".join(f"{name} has {value:.1f} dB" for name, value in known.items() if name != text)
    return f"{text} ({known[text]:.1f} dB{'; ' + others if others else ''}; pooled {own:.1f} dB)"


def _largest(study: Study, task: str) -> list[str]:
    """What is worth most when it alone is put right, per backbone."""
    lines = []
    for backbone in study.config["backbones"]:
        found = worths(study.fields, study.config, task, backbone)
        sides = (("from_original", "put right alone"), ("from_right", "left wrong alone"))
        texts = [
            f"{label}, {most.name} ({most.meaning}): {gain_text(getattr(most, side).difference.absolute)} dB"
            for side, label in sides
            if (most := _most(found, side))
        ]
        if texts:
            lines.append(f"**What matters most for the {backbone} on {task}**: {'; '.join(texts)}.")
    return lines


def _most(found: Sequence[Any], side: str) -> Any:
    known = [worth for worth in found if getattr(worth, side)]
    return max(known, key=lambda worth: getattr(worth, side).difference.absolute.mean, default=None)


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    results = study.results
    trained = [key for task in results.datasets for key in study.fields.keys(task) if results.trained(key)]
    if not trained:
        return ""
    spreads = [results.estimate(key, "psnr_mean_db") for key in trained]
    several = [spread for spread in spreads if spread.count >= parts.SEEDS]
    text = "**How sure**: intervals are over test fields and hold for these trainings"
    if not several:
        return f"{text}, which had fewer than {parts.SEEDS} seeds: another seed may move a network by more than they say."
    widest = max(spread.spread for spread in several)
    return (
        f"{text}; {len(several)} of {len(trained)} networks had at least {parts.SEEDS} seeds, over which their mean PSNR "
        f"has a standard deviation of up to {widest:.2f} dB."
    )


def _task(study: Study, task: str) -> dict[str, Any]:
    return {
        "name": task,
        "facts": study.facts[task],
        "unit": data_unit(study.facts[task]["unit"]),
        "lines": parts.lines_text(study, task),
        "methods": parts.bar_table(study, task),
    }


def _by_task(study: Study, section: Callable[[Study, str], Any]) -> dict[str, Any]:
    """The content of a section per task that has it."""
    found = {task: section(study, task) for task in study.results.datasets}
    return {task: content for task, content in found.items() if content}


def _document(study: Study, task: str) -> dict[str, str]:
    found = {"configurations": parts.configuration_table(study, task), "fixes": parts.fix_table(study, task)}
    return found if any(found.values()) else {}


def _attribution(study: Study, task: str) -> dict[str, tuple[str, str]]:
    tables = {name: parts.attribution_table(study, task, name) for name in study.config["backbones"]}
    return {name: (text, parts.whole_gain(study, task, name)) for name, text in tables.items() if text}


def _techniques(study: Study, task: str) -> dict[str, str]:
    ranking = parts.version_table(study, task)
    return {"ranking": ranking, "pairs": parts.interaction_table(study, task)} if ranking else {}


def _errors(study: Study, task: str) -> str:
    return parts.error_table(study, task) if kind_of(study.facts[task]) == KINDS[2] else ""


def _overfits(study: Study, task: str) -> dict[str, str]:
    tables = {name: parts.diagnosis_table(study, task, [name]) for name in parts.overfit_groups(study, task)}
    return {f"{name}: {study.config['overfits'][name]}": text for name, text in tables.items() if text}


def _diagnoses(study: Study, task: str) -> str:
    """The networks of the whole problem; the document's versions are too many, and counted below."""
    groups = {key.regime for key in study.results.select(task)} - study.config["overfits"].keys()
    versions = {
        key: found
        for name in study.config["versions"]
        if (key := study.fields.find(task, name)) and (found := measures_of(study.results, key))
    }
    shown = parts.diagnosis_table(study, task, sorted(groups - {key.regime for key in versions}))
    counts = Counter(fault_of(found)[0] for found in versions.values())
    told = ", ".join(f"{count} × {word}" for word, count in counts.most_common())
    return "\n\n".join(filter(None, [shown, f"Verdicts on the versions: {told}." if told else ""]))


def _figures(config: Mapping[str, Any], tasks: Sequence[str]) -> list[str]:
    """The figures of all tasks, and of those tasks that were run."""
    return [name for name, entry in config["figures"].items() if entry["with"].get("task") in (None, *tasks)]
