"""What each ingredient brings, from leaving it out and from adding it."""

from collections.abc import Sequence

import numpy as np

from fieldbench.radiance.report.comparison import PSNR
from fieldbench.radiance.report.costs import sooner_text
from fieldbench.radiance.report.results import QUERIES, SAVED, Pair, Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, factor, ratio_text, table, verdict_text
from fieldbench.report.metrics import METRICS
from fieldbench.report.statistics import UNKNOWN, Comparison, Estimate

SIDES = {"off": "Left out", "on": "Added"}


def saving(study: Study, pair: Pair, metric: str) -> Estimate:
    """How many times smaller a metric is with the ingredient than without it; NaN where it was not measured."""
    found = study.against([pair.having], pair.lacking, metric).get(pair.having)
    return found.times_smaller if found else UNKNOWN


def gain(study: Study, pair: Pair) -> Comparison:
    """The PSNR that an ingredient brings."""
    return study.comparison(pair.having, pair.lacking, PSNR)


def answer(study: Study, experiment: Experiment, scene: str) -> str:
    """The ingredients that bring most PSNR and save most time and queries, left out where that was run, or added."""
    ingredients = study.ingredients(experiment, scene)
    pairs = {_words(name): sides.get("off") or sides["on"] for name, sides in ingredients.items()}
    if not pairs:
        return ""
    gains = {name: gain(study, pair) for name, pair in pairs.items()}
    most = max(gains, key=lambda name: gains[name].mean)
    matters = gains[most].mean > study.margin
    lead = (
        f"most PSNR by {most}"
        if matters
        else f"no ingredient brings more than {study.margin:g} dB: at best {most}"
    )
    saved = (
        _most_saved(study, pairs, "sample_seconds", "time per query"),
        _most_saved(study, pairs, QUERIES, "queries per ray"),
    )
    texts = [f"{lead} ({verdict_text(gains[most], 'dB')})", *filter(None, saved)]
    return f"**{experiment.title}, {scene}**: {'; '.join(texts)}."


def _most_saved(study: Study, pairs: dict[str, Pair], metric: str, label: str) -> str:
    savings = {name: saving(study, pair, metric) for name, pair in pairs.items()}
    known = {name: ratio for name, ratio in savings.items() if np.isfinite(ratio.mean)}
    if not known:
        return ""
    best = max(known, key=lambda name: known[name].mean)
    if known[best].mean > 1:
        return f"most {label} saved by {best} ({factor(known[best].mean)})"
    return f"no ingredient saves {label} (at best {factor(known[best].mean)})"


def _words(name: str) -> str:
    return name.replace("-", " ")


def ingredient_table(study: Study, experiment: Experiment, scene: str) -> str:
    """What each ingredient brings, from leaving it out and from adding it; empty without such methods."""
    ingredients = study.ingredients(experiment, scene)
    pairs = {(name, side): pair for name, sides in ingredients.items() for side, pair in sides.items()}
    if not pairs:
        return ""
    saved = [
        metric
        for metric in SAVED
        if any(np.isfinite(saving(study, pair, metric).mean) for pair in pairs.values())
    ]
    rows = []
    for name in ingredients:
        row = [f"**{_words(name)}**"]
        for side in SIDES:
            row += _worth(study, pairs.get((name, side)), saved)
        rows.append(row)
    headers = ["Ingredient"]
    for words in SIDES.values():
        headers += [f"{words}: PSNR that it brings (dB) [95 %]"]
        headers += [f"{words}: {METRICS[metric].label.lower()} that it saves [95 %]" for metric in saved]
        headers += [f"{words}: time to a PSNR [95 %]"]
    return table(headers, rows)


def _worth(study: Study, pair: Pair | None, saved: Sequence[str]) -> list[str]:
    if pair is None:
        return [ABSENT] * (len(saved) + 2)
    ratios = [ratio_text(saving(study, pair, metric)) for metric in saved]
    return [verdict_text(gain(study, pair)), *ratios, sooner_text(study, pair.having, pair.lacking)]
