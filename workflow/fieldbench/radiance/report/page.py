"""The page on radiance fields: which method, how sure, and what makes it fast first, then everything that rests on."""

from typing import Any

import numpy as np
import pandas as pd

from fieldbench.radiance.report import tables as parts
from fieldbench.radiance.report.comparison import MARGIN, PSNR, TIGHT, psnr_difference
from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.radiance.report.results import Run
from fieldbench.radiance.report.tables import Experiment, Study
from fieldbench.report import claims, templates
from fieldbench.report.formatting import factor, gain_text, gain_verdict, level_text, number, ratio_text
from fieldbench.report.parts import failures
from fieldbench.report.tables import Key

STATED_SAVING = "10 to 100"  # times fewer queries, by the document
STATED_SPEED = 1000  # times, against the original radiance field
FOREGROUND = "foreground_psnr_db"
OVERRIDES = ("steps", "learning_rate")  # of the training, that a method may have of its own


def page(run: Run, judged: pd.DataFrame) -> str:
    """The whole page, as markdown.

    Args:
        run: the area's results; `dataset` is a scene, `regime` an experiment.
        judged: the claims' verdicts.
    """
    study, about = run.study, run.about
    return templates.render(
        "radiance.md.j2",
        headlines=_headlines(study),
        margin=MARGIN,
        seeds=about["seeds"],
        training=about["training"],
        environment=study.results.environment,
        scenes=parts.scene_table(study),
        notes=_notes(study),
        methods=parts.method_table(study),
        experiments=[_experiment(study, experiment) for experiment in study.experiments.values()],
        figures=list(about["figures"]) if study.experiments else [],
        orbits=about["orbits"],
        failures=failures(study.results),
        absent=study.results.absent,
        claims=claims.listings(judged),
    )


def headlines(run: Run) -> list[str]:
    """What is best and soonest on each scene, what saves queries and time, what masks bring, and how sure that is."""
    return _headlines(run.study)


def _headlines(study: Study) -> list[str]:
    runs = [(one, scene) for one in study.experiments.values() for scene in one.scenes]
    lines = [_answer(study, *run) for run in runs]
    lines += [_queries(study, scene) for scene in dict.fromkeys(scene for _, scene in runs)]
    lines += [_whole(study, *run) for run in runs]
    lines += [_ingredients(study, *run) for run in runs]
    lines += [_masks(study), _certainty(study)]
    return [line for line in lines if line] or ["No scene was learned; the reasons are below."]


def _answer(study: Study, experiment: Experiment, scene: str) -> str:
    """The method of the highest PSNR, the next, the all-white view, and who is first at a PSNR."""
    best, *others = study.ranked(experiment, scene)
    text = f"{level_text(study.level(best, PSNR))} dB{_foreground(study, best)}"
    text += f"{_white(study, scene)}."
    found = study.verdicts({key: (key, best) for key in others})
    if not others:
        return f"**{experiment.title}, {scene}: {study.label(best.method)}** reaches {text}{_first(study, [best])}"
    second = gain_verdict(found[others[0]])
    text += f" The next, {study.label(others[0].method)}: {second} dB."
    return (
        f"**{experiment.title}, {scene}: {study.label(best.method)} has the highest PSNR**, {text}"
        f"{_first(study, [best, *others])}"
    )


def _foreground(study: Study, key: Key) -> str:
    level = study.level(key, FOREGROUND)
    return f" (foreground {level_text(level)} dB)" if np.isfinite(level.mean) else ""


def _white(study: Study, scene: str) -> str:
    """What an all-white view gets, without which a PSNR says little."""
    whole, foreground = (study.white(scene, metric) for metric in (PSNR, FOREGROUND))
    if not np.isfinite(whole):
        return ""
    more = f", foreground {foreground:.1f} dB" if np.isfinite(foreground) else ""
    return f"; an all-white view has {whole:.1f} dB{more}"


def _first(study: Study, keys: list[Key]) -> str:
    """The method that is first at the highest PSNR that any reached, and those that got there later."""
    for goal in sorted(TIMES_TO, reverse=True):
        reached = [key for key in keys if study.results.has(key, TIMES_TO[goal])]
        times = {key: study.results.estimate(key, TIMES_TO[goal]).mean for key in reached}
        there = sorted(reached, key=times.get)
        if there:
            first, *later = there
            text = f" First at {goal} dB: {study.label(first.method)} after {number(times[first])} s"
            return (
                f"{text}, then {later[0].method} after {number(times[later[0]])} s." if later else f"{text}."
            )
    return ""


def _queries(study: Study, scene: str) -> str:
    """The largest saving of queries on a scene that counts, and against each dense training the largest without masks."""
    keys = [
        key
        for experiment in study.experiments.values()
        for key in study.keys(experiment, scene)
        if np.isfinite(study.saving(key).mean)
    ]
    counting = sorted(filter(study.counts, keys), key=lambda key: -study.saving(key).mean)
    lead = f"**Queries per ray on {scene}** (stated: {STATED_SAVING} times fewer)"
    if not counting:
        why = "no method has beside it a training with dense stepping of no higher PSNR, so no saving counts"
        return f"{lead}: {why}." if keys else ""
    plain = [key for key in counting if not study.masked(key.method)]
    largest = {study.dense_arm(key): key for key in reversed(plain)}
    chosen = [key for key in counting if key == counting[0] or key in largest.values()]
    return f"{lead}: {'; '.join(_saving_text(study, key) for key in chosen)}."


def _saving_text(study: Study, key: Key) -> str:
    tight = study.saving(key, TIGHT)
    box = f" ({ratio_text(tight)} in the tight box)" if np.isfinite(tight.mean) else ""
    dense = study.dense_arm(key)
    gap = gain_text(psnr_difference(study.results, study.views, key, dense).absolute)
    asked = number(study.results.estimate(key, "queries_per_ray_count").mean)
    return (
        f"{study.label(key.method)} asks {asked} times, {ratio_text(study.saving(key))} fewer than dense stepping in the "
        f"cube{box}, at a PSNR {gap} dB against {dense.method}"
    )


def _whole(study: Study, experiment: Experiment, scene: str) -> str:
    """How many times sooner than the original radiance field the best hash grid is, without masks or dense steps."""
    if study.ingredients(experiment, scene):
        return ""
    ranked = [key for key in study.ranked(experiment, scene) if not study.masked(key.method)]
    hashes = [key for key in ranked if study.field_type(key.method) == "hash" and not study.dense(key.method)]
    plains = [key for key in ranked if study.field_type(key.method) == "frequency"]
    if not hashes or not plains:
        return ""
    hashed, plain = hashes[0], plains[0]
    text = parts.sooner_text(study, hashed, plain)
    return (
        f"**Against the original radiance field, {scene}** (stated: {STATED_SPEED:,} times): {study.label(hashed.method)} "
        f"is {text} than {plain.method} ({experiment.title})."
        if text != parts.ABSENT
        else ""
    )


def _ingredients(study: Study, experiment: Experiment, scene: str) -> str:
    """The ingredients that bring most PSNR and save most time and queries, left out where that was run, or added."""
    found = study.ingredients(experiment, scene)
    pairs = {name: sides.get("off") or sides["on"] for name, sides in found.items()}
    if not pairs:
        return ""
    verdicts = study.verdicts({name: (pair.having, pair.lacking) for name, pair in pairs.items()})
    most = max(verdicts, key=lambda name: verdicts[name].difference.absolute.mean)
    loses = verdicts[most].verdict == "worse"
    lead = f"no ingredient gains PSNR: at best {_words(most)}" if loses else f"most PSNR by {_words(most)}"
    texts = [f"{lead} ({gain_verdict(verdicts[most])} dB)"]
    for metric, label in (("sample_seconds", "time per query"), ("queries_per_ray_count", "queries per ray")):
        savings = {name: parts.saving(study, pair, metric) for name, pair in pairs.items()}
        known = {name: found for name, found in savings.items() if np.isfinite(found.mean)}
        if known:
            best = max(known, key=lambda name: known[name].mean)
            saves = known[best].mean > 1
            texts.append(f"most {label} saved by {_words(best)} ({ratio_text(known[best])})" if saves
                         else f"no ingredient saves {label} (at best {factor(known[best].mean)})")  # fmt: skip
    return f"**{experiment.title}, {scene}**: {'; '.join(texts)}."


def _words(name: str) -> str:
    return name.replace("-", " ")


def _masks(study: Study) -> str:
    """Which methods were given masks, and what these brought."""
    texts = []
    given = [
        key
        for experiment in study.experiments.values()
        for scene in experiment.scenes
        for key in study.keys(experiment, scene)
        if study.masked(key.method)
    ]
    pairs = {key: (key, twin) for key in given if (twin := study.twin(key)) is not None}
    for key, found in study.verdicts(pairs).items():
        twin = pairs[key][1]
        texts.append(f"{key.method} against {twin.method} on {key.dataset}: {gain_verdict(found)} dB")
    names = ", ".join(dict.fromkeys(key.method for key in given))
    known = f" What they bring: {'; '.join(texts)}." if texts else " Nothing equal was run without them."
    return (
        f"**Masks** (visual hull of the training views' alphas) were given to {names}.{known}"
        if given
        else ""
    )


def _certainty(study: Study) -> str:
    """Over what the intervals hold."""
    if not study.experiments:
        return ""
    texts = dict.fromkeys(parts.over_text(study, experiment) for experiment in study.experiments.values())
    single = [one.title for one in study.experiments.values() if not parts.seeded(study, one)]
    note = f" With one seed ({'; '.join(single)}), another training may differ by more than they say."
    note = note if single else ""
    return f"**How sure**: 95 % intervals are {'; '.join(texts)}.{note}"


def _experiment(study: Study, experiment: Experiment) -> dict[str, Any]:
    tables = {
        scene: {
            "qualities": parts.quality_table(study, experiment, scene),
            "queries": parts.query_table(study, experiment, scene),
            "costs": parts.cost_table(study, experiment, scene),
            "ingredients": parts.ingredient_table(study, experiment, scene),
        }
        for scene in experiment.scenes
    }
    return {
        "experiment": experiment,
        "over": parts.over_text(study, experiment),
        "training": _trained_otherwise(study, experiment),
        "scenes": tables,
    }


def _trained_otherwise(study: Study, experiment: Experiment) -> list[str]:
    """What an experiment's trainings do otherwise, and what single methods do."""
    own = study.about["experiments"][experiment.name].get("training", {})
    texts = [f"{name.replace('_', ' ')} {value}" for name, value in own.items()]
    for method in experiment.methods:
        options = study.options(method)
        texts += [
            f"{name.replace('_', ' ')} {options[name]} for {method}" for name in OVERRIDES if name in options
        ]
    return texts


def _notes(study: Study) -> list[str]:
    """What scenes say of themselves, once each."""
    facts = [study.about["facts"][name] for name in study.results.datasets if name in study.about["facts"]]
    return list(dict.fromkeys(line for entry in facts for line in entry["notes"]))
