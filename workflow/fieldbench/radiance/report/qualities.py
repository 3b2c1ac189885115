"""Which method renders test views best, and which to use: the cheapest of those that are as good."""

from collections.abc import Sequence

import numpy as np

from fieldbench.radiance.report.comparison import BEFORE, KNOWN, PSNR, reached
from fieldbench.radiance.report.metrics import TIMES_BY, TIMES_TO
from fieldbench.radiance.report.results import Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, interval, number, over_text, table, verdict_text
from fieldbench.report.metrics import heading
from fieldbench.report.statistics import near
from fieldbench.report.tables import Key

FOREGROUND = "foreground_psnr_db"
QUALITIES = (PSNR, FOREGROUND, "ssim_score")
FEW = {1: "one training", 2: "two trainings"}  # too few for an interval
CHEAPEST = {"train_seconds": "the quickest to train", "sample_seconds": "the quickest per query"}


def answer(study: Study, experiment: Experiment, scene: str) -> str:
    """The method to use, with its PSNR and the all-white view's; the methods as good as it; and who is first at a PSNR."""
    lead = f"**{experiment.title}, {scene}:"
    ranked = finished(study, experiment, scene)
    if not ranked:
        return f"{lead} no method finished every seed**."
    best = ranked[0]
    if study.results.estimate(best, PSNR).mean <= study.white(scene, PSNR):
        level = f"{study.label(best.method)} has {interval(study.results.estimate(best, PSNR))} dB"
        return f"{lead} no method is above an all-white view**. The best, {level}{_white(study, scene)}."
    similar = alike(study, ranked)
    use = cheapest(study, experiment, similar)
    level = f"PSNR {interval(study.results.estimate(use, PSNR))} dB{_white(study, scene)}"
    why = f"{_why(study, experiment, ranked, similar, use)}{_first(study, ranked)}"
    return f"{lead} use {study.label(use.method)}**, {level}. {why}"


def finished(study: Study, experiment: Experiment, scene: str) -> list[Key]:
    """The methods that finished with every seed, best first."""
    return [key for key in study.ranked(experiment, scene) if not study.results.failed(key)]


def alike(study: Study, ranked: Sequence[Key]) -> list[Key]:
    """The best of some ranked methods, and all that are within the margin of it."""
    best, *others = ranked
    return [best, *near(study.against(others, best, PSNR), study.margin)]


def cost(study: Study, experiment: Experiment) -> str:
    """The metric of what a training costs: its time, or that of a query where all were given the same time."""
    training = study.training(experiment)
    timed = training.get("seconds") and not training.get("until_db")
    return "sample_seconds" if timed else "train_seconds"


def cheapest(study: Study, experiment: Experiment, keys: Sequence[Key]) -> Key:
    """The one that costs least; see `cost`."""
    metric = cost(study, experiment)
    known = [key for key in keys if study.results.has(key, metric)]
    return min(known or keys, key=lambda key: study.results.estimate(key, metric).mean)


def _why(
    study: Study, experiment: Experiment, ranked: Sequence[Key], similar: Sequence[Key], use: Key
) -> str:
    """Why it is the one to use: that it is the best, or the cheapest of those as good."""
    best, margin = ranked[0], f"{study.margin:g} dB"
    if len(similar) > 1:
        rest = ", ".join(_behind(study, key, best) for key in similar)
        return f"It is {CHEAPEST[cost(study, experiment)]} of {len(similar)} within {margin} of the highest: {rest}."
    if len(ranked) == 1:
        return "Nothing else was run to the end."
    return f"No other is within {margin} of it; next {_behind(study, ranked[1], best)}."


def _behind(study: Study, key: Key, best: Key) -> str:
    if key == best:
        return study.label(key.method)
    level, highest = (study.results.estimate(each, PSNR).mean for each in (key, best))
    return f"{study.label(key.method)} ({level - highest:+.2f} dB)"


def _white(study: Study, scene: str) -> str:
    """What an all-white view gets, without which a PSNR says little."""
    whole = study.white(scene, PSNR)
    return f" where an all-white view has {whole:.1f} dB" if np.isfinite(whole) else ""


def _first(study: Study, keys: Sequence[Key]) -> str:
    """The method that is first at the highest PSNR that any reached, and the next; empty where the order is not known."""
    states = {goal: {key: reached(study.results, [key], goal) for key in keys} for goal in TIMES_BY}
    goals = [goal for goal, known in states.items() if {KNOWN, BEFORE} & set(known.values())]
    if not goals or BEFORE in states[max(goals)].values():
        return ""
    metric = TIMES_TO[max(goals)]
    times = {
        key: study.results.estimate(key, metric).mean
        for key, what in states[max(goals)].items()
        if what == KNOWN
    }
    first, *later = sorted(times, key=lambda key: times[key])
    text = f" First at {max(goals)} dB: {study.label(first.method)} after {number(times[first])} s"
    text += f", then {study.label(later[0].method)} after {number(times[later[0]])} s" if later else ""
    return f"{text}{_spacing(study, first)}."


def _spacing(study: Study, key: Key) -> str:
    between = study.results.estimate(key, "between_evaluations_seconds").mean
    return f" (evaluated every {number(between)} s)" if np.isfinite(between) else ""


def trainings(study: Study, keys: Sequence[Key]) -> str:
    """How many trainings of a method there are, in words."""
    count = max(len(study.results.seeds(key, PSNR)) for key in keys)
    return FEW.get(count, f"{count} seeds")


def drawn_over(study: Study, keys: Sequence[Key]) -> str:
    """What intervals of PSNR are over; with how many trainings, where these are too few to be part of it."""
    found, trained = over_text(study.results.estimate(key, PSNR) for key in keys), trainings(study, keys)
    return ", ".join(filter(None, [found, trained if trained in FEW.values() else ""]))


def quality_table(study: Study, experiment: Experiment, scene: str) -> str:
    """PSNR with verdicts against the reference, foreground PSNR and SSIM; the all-white view below."""
    keys = study.ranked(experiment, scene)
    shown = study.results.measured(keys, QUALITIES)
    reference = study.find(experiment, scene, experiment.reference)
    others = [key for key in keys if key != reference]
    changes = study.against(others, reference, PSNR) if reference else {}
    rows = [
        [
            f"**{study.label(key.method)}**",
            *(interval(study.results.estimate(key, metric)) for metric in shown),
            "the reference" if key == reference else verdict_text(changes.get(key)),
            _seeds(study, key),
        ]
        for key in keys
    ]
    white = [study.white(scene, metric) for metric in shown]
    if np.isfinite(white[0]):
        rows.append(["all-white view", *map(number, white), ABSENT, ABSENT])
    over = f"[95 % over {drawn_over(study, keys)}]"
    headers = ["Method", *(f"{heading(metric)} {over}" for metric in shown)]
    return table([*headers, f"PSNR against {experiment.reference} (dB) {over}", "Seeds"], rows)


def _seeds(study: Study, key: Key) -> str:
    count, lost = len(study.results.seeds(key, PSNR)), study.results.lost(key)
    return f"{count} of {count + lost}" if lost else str(count)
