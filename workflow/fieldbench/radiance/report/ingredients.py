"""What each ingredient brings, from leaving it out and from adding it."""

from collections.abc import Sequence

import numpy as np

from fieldbench.radiance.report.costs import sooner_text
from fieldbench.radiance.report.results import QUERIES, Pair, Study
from fieldbench.report.experiments import Experiment
from fieldbench.report.formatting import ABSENT, factor, gain_verdict, ratio_text, table
from fieldbench.report.metrics import METRICS
from fieldbench.report.statistics import Comparison, Estimate

SAVED = ("step_seconds", "sample_seconds", QUERIES)  # by an ingredient
SIDES = {"off": "Left out", "on": "Added"}


def saving(study: Study, pair: Pair, metric: str) -> Estimate:
    """How many times smaller a metric is with the ingredient than without it."""
    return study.results.ratio(pair.having, metric, pair.lacking)


def answer(study: Study, experiment: Experiment, scene: str) -> str:
    """The ingredients that bring most PSNR and save most time and queries, left out where that was run, or added."""
    ingredients = study.ingredients(experiment, scene)
    pairs = {_words(name): sides.get("off") or sides["on"] for name, sides in ingredients.items()}
    if not pairs:
        return ""
    verdicts = study.verdicts({name: (pair.having, pair.lacking) for name, pair in pairs.items()})
    most = max(verdicts, key=lambda name: verdicts[name].difference.absolute.mean)
    loses = verdicts[most].verdict == "worse"
    lead = f"no ingredient gains PSNR: at best {most}" if loses else f"most PSNR by {most}"
    saved = (
        _most_saved(study, pairs, "sample_seconds", "time per query"),
        _most_saved(study, pairs, QUERIES, "queries per ray"),
    )
    texts = [f"{lead} ({gain_verdict(verdicts[most])} dB)", *filter(None, saved)]
    return f"**{experiment.title}, {scene}**: {'; '.join(texts)}."


def _most_saved(study: Study, pairs: dict[str, Pair], metric: str, label: str) -> str:
    savings = {name: saving(study, pair, metric) for name, pair in pairs.items()}
    known = {name: ratio for name, ratio in savings.items() if np.isfinite(ratio.mean)}
    if not known:
        return ""
    best = max(known, key=lambda name: known[name].mean)
    if known[best].mean > 1:
        return f"most {label} saved by {best} ({ratio_text(known[best])})"
    return f"no ingredient saves {label} (at best {factor(known[best].mean)})"


def _words(name: str) -> str:
    return name.replace("-", " ")


def ingredient_table(study: Study, experiment: Experiment, scene: str) -> str:
    """What each ingredient brings, from leaving it out and from adding it; empty without such methods."""
    ingredients = study.ingredients(experiment, scene)
    pairs = {(name, side): pair for name, sides in ingredients.items() for side, pair in sides.items()}
    if not pairs:
        return ""
    verdicts = study.verdicts({end: (pair.having, pair.lacking) for end, pair in pairs.items()})
    saved = [
        metric
        for metric in SAVED
        if any(np.isfinite(saving(study, pair, metric).mean) for pair in pairs.values())
    ]
    rows = []
    for name in ingredients:
        row = [f"**{_words(name)}**"]
        for side in SIDES:
            row += _worth(study, pairs.get((name, side)), verdicts.get((name, side)), saved)
        rows.append(row)
    headers = ["Ingredient"]
    for words in SIDES.values():
        headers += [f"{words}: PSNR that it brings (dB) [95 %]"]
        headers += [f"{words}: {METRICS[metric].label.lower()} that it saves [95 %]" for metric in saved]
        headers += [f"{words}: time to a PSNR [95 %]"]
    return table(headers, rows)


def _worth(study: Study, pair: Pair | None, gain: Comparison | None, saved: Sequence[str]) -> list[str]:
    if pair is None:
        return [ABSENT] * (len(saved) + 2)
    ratios = [ratio_text(saving(study, pair, metric)) for metric in saved]
    return [gain_verdict(gain), *ratios, sooner_text(study, pair.having, pair.lacking)]
