"""The tables of the page on radiance fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from fieldbench.radiance.report import comparison as scenes
from fieldbench.radiance.report.comparison import DENSE, MARGIN, NO_VIEWS, PSNR, QUERIES, TIGHT, Views
from fieldbench.radiance.report.metrics import TIMES_TO
from fieldbench.record import unit
from fieldbench.report.formatting import (
    ABSENT,
    gain_text,
    gain_verdict,
    mean_interval,
    number,
    ratio_text,
    spread,
    table,
)
from fieldbench.report.metrics import METRICS, heading
from fieldbench.report.parts import cell
from fieldbench.report.statistics import Comparison, Estimate, estimate, judge, ratio
from fieldbench.report.tables import Key, Results

QUALITIES = (PSNR, "foreground_psnr_db", "ssim_score")
COSTS = (
    "step_seconds",
    "sample_seconds",
    "train_seconds",
    *TIMES_TO.values(),
    "render_seconds",
    "peak_memory_bytes",
    "parameter_count",
    "table_bytes",
    "density_multiply_adds_count",
    "colour_multiply_adds_count",
)
ASKED = (QUERIES, "colours_per_ray_count", "train_queries_per_ray_count")
MICRO = ("sample_seconds",)  # that are told in microseconds
SAVED = ("step_seconds", "sample_seconds", QUERIES)  # by an ingredient
# What may differ between a method and its dense arm.
MARCHED = {"hull", "marching", "occupancy", "termination", "least_light", "steps"}


@dataclass(frozen=True)
class Experiment:
    """What was run of an experiment.

    Attributes:
        name: its key.
        title: its heading.
        answers: the question that it answers.
        scenes: those with results.
        methods: those with results on one of them.
        reference: method that others are compared with.
    """

    name: str
    title: str
    answers: str
    scenes: tuple[str, ...]
    methods: tuple[str, ...]
    reference: str


@dataclass(frozen=True)
class Pair:
    """Two methods that differ in one ingredient."""

    having: Key
    lacking: Key


class Study:
    """All that the page rests on.

    Args:
        results: the area's long table; `regime` is an experiment.
        about: see `radiance.page`.
        views: the PSNR of test views, where they are known.
    """

    def __init__(self, results: Results, about: Mapping[str, Any], views: Views = NO_VIEWS):
        self.results = results
        self.about = about
        self.views = views

    @cached_property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of which something was measured."""
        found = {name: self._experiment(name, entry) for name, entry in self.about["experiments"].items()}
        return {name: experiment for name, experiment in found.items() if experiment}

    def _experiment(self, name: str, entry: Mapping[str, Any]) -> Experiment | None:
        run = [
            (scene, method)
            for scene, method in product(entry["data"], entry["methods"])
            if self.results.has(Key(scene, name, method), PSNR)
        ]
        if not run:
            return None
        names = [tuple(one for one in entry[part] if one in known)
                 for part, known in zip(("data", "methods"), map(set, zip(*run, strict=True)), strict=True)]  # fmt: skip
        reference = entry.get("reference")
        chosen = reference if reference in names[1] else names[1][0]
        return Experiment(name, entry["title"], entry.get("answers", ""), *names, chosen)

    def keys(self, experiment: Experiment, scene: str) -> list[Key]:
        """The runs with results on a scene, in the order of the methods."""
        keys = [Key(scene, experiment.name, method) for method in experiment.methods]
        return [key for key in keys if self.results.has(key, PSNR)]

    def find(self, experiment: Experiment, scene: str, method: str | None) -> Key | None:
        """A run with results."""
        return next((key for key in self.keys(experiment, scene) if key.method == method), None)

    def ranked(self, experiment: Experiment, scene: str) -> list[Key]:
        """The same, the highest PSNR first."""
        return sorted(self.keys(experiment, scene), key=lambda key: -self.level(key, PSNR).mean)

    def level(self, key: Key, metric: str) -> Estimate:
        """A metric over seeds; PSNR of a single seed over test views."""
        return scenes.level(self.results, self.views, key, metric)

    def white(self, scene: str, metric: str) -> float:
        """The same metric of all-white views, which is one for all methods; NaN where it was not measured."""
        found = (self.results.estimate(key, f"white_{metric}").mean for key in self.results.select(scene))
        return next((value for value in found if np.isfinite(value)), float("nan"))

    def verdicts(self, pairs: Mapping[Any, tuple[Key, Key]]) -> dict[Any, Comparison]:
        """By how many dB of PSNR the first of each pair is above the second, corrected for the number of pairs."""
        return judge(
            {name: scenes.psnr_difference(self.results, self.views, *pair) for name, pair in pairs.items()}
        )

    def options(self, method: str) -> Mapping[str, Any]:
        """The choices that a method is."""
        return self._entry(method).get("with", {})

    def _entry(self, method: str) -> Mapping[str, Any]:
        return self.about["methods"].get(method, {})

    def masked(self, method: str) -> bool:
        """Whether a method was given the training views' masks."""
        return bool(self.options(method).get("hull"))

    def label(self, method: str) -> str:
        """A method's name, with a word on masks where it was given some."""
        return f"{method} (given masks)" if self.masked(method) else method

    def field_type(self, method: str) -> str:
        """`hash`, `voxel` or `frequency`; empty where the configuration does not say."""
        return self.options(method).get("field", {}).get("type", "")

    def dense(self, method: str) -> bool:
        """Whether a method steps densely, without an occupancy grid."""
        return self.options(method).get("marching") == "dense"

    def dense_arm(self, key: Key) -> Key | None:
        """The run of the same experiment that stepped densely, otherwise the same if possible, or of its type of field."""
        if self.dense(key.method):
            return key
        others = self.keys(self.experiments[key.regime], key.dataset)
        dense = [other for other in others if self.dense(other.method)]
        own = self._options_but(key.method, MARCHED)
        alike = [other for other in dense if self._options_but(other.method, MARCHED) == own]
        related = [other for other in dense if self.field_type(other.method) == self.field_type(key.method)]
        return next(iter(alike + related), None)

    def counts(self, key: Key) -> bool:
        """Whether a run's PSNR is no more than MARGIN below that of its dense arm, so that its queries can be compared."""
        dense = self.dense_arm(key)
        if dense is None or dense == key:
            return False
        difference = scenes.psnr_difference(self.results, self.views, key, dense)
        return difference.absolute.mean >= -MARGIN

    def saving(self, key: Key, dense: str = DENSE) -> Estimate:
        """How many times fewer queries per ray a run takes than dense stepping; NaN where they were not counted."""
        if not self.results.has(key, QUERIES, dense):
            return scenes.UNKNOWN
        return ratio(*(self.results.draws(key, metric) for metric in (QUERIES, dense)))

    def twin(self, key: Key) -> Key | None:
        """The run of the same experiment that a run is, but for its masks; None for one without masks."""
        base = self._entry(key.method).get("of")
        if not self.masked(key.method) or base is None or self.masked(base):
            return None
        return self.find(self.experiments[key.regime], key.dataset, base)

    def _options_but(self, method: str, left_out: set[str]) -> dict[str, Any]:
        return {name: value for name, value in self.options(method).items() if name not in left_out}

    def ingredients(self, experiment: Experiment, scene: str) -> dict[str, dict[str, Pair]]:
        """Per ingredient the pair of a system and itself without it (`off`), and of one with it added and itself (`on`).

        Of several systems to which an ingredient was added, the first one's.
        """
        found: dict[str, dict[str, Pair]] = {}
        for key in self.keys(experiment, scene):
            entry = self._entry(key.method)
            base = self.find(experiment, scene, entry.get("of"))
            for side, ingredient in (("off", entry.get("without")), ("on", entry.get("adds"))):
                if base is not None and ingredient:
                    pair = Pair(base, key) if side == "off" else Pair(key, base)
                    found.setdefault(ingredient, {}).setdefault(side, pair)
        return found


def over_text(study: Study, experiment: Experiment) -> str:
    """Over what an experiment's intervals are."""
    keys = [key for scene in experiment.scenes for key in study.keys(experiment, scene)]
    seeded = [scenes.has_seeds(study.results, key, PSNR) for key in keys]
    if all(seeded):
        return "over seeds"
    if not all(key in study.views for key in keys):
        return "over seeds, where there are several"
    return (
        "over seeds, and over test views for PSNR of methods with one seed"
        if any(seeded)
        else "over test views"
    )


def seeded(study: Study, experiment: Experiment) -> bool:
    """Whether any run of an experiment has several seeds."""
    keys = [key for scene in experiment.scenes for key in study.keys(experiment, scene)]
    return any(scenes.has_seeds(study.results, key, PSNR) for key in keys)


def scene_table(study: Study) -> str:
    """What each scene is."""
    facts = study.about["facts"]
    rows = [
        [
            name,
            facts[name]["title"],
            facts[name]["source"],
            f"{facts[name]['views_train']} + {facts[name]['views_test']}",
            f"{facts[name]['width']} x {facts[name]['height']}",
            number(study.white(name, PSNR)),
            number(study.white(name, "foreground_psnr_db")),
        ]
        for name in study.results.datasets
        if name in facts
    ]
    headers = ["Scene", "Title", "Source", "Views to train on + to test with", "Pixels"]
    headers += [f"All-white view: {word} (dB)" for word in ("PSNR", "foreground PSNR")]
    return table(headers, rows, left=3) if rows else ""


def method_table(study: Study) -> str:
    """What each method is, and whether it was given masks."""
    run = {method for experiment in study.experiments.values() for method in experiment.methods}
    rows = [
        [
            f"**{name}**",
            entry.get("description", ""),
            "yes, visual hull of the training views" if study.masked(name) else "no",
        ]
        for name, entry in study.about["methods"].items()
        if name in run
    ]
    return table(["Method", "Description", "Given masks"], rows, left=3) if rows else ""


def quality_table(study: Study, experiment: Experiment, scene: str) -> str:
    """PSNR with verdicts against the reference, foreground PSNR and SSIM; the all-white view below."""
    keys = study.ranked(experiment, scene)
    shown = [metric for metric in QUALITIES if any(study.results.has(key, metric) for key in keys)]
    reference = study.find(experiment, scene, experiment.reference)
    pairs = {key: (key, reference) for key in keys if reference and key != reference}
    found = study.verdicts(pairs)

    def against(key: Key) -> str:
        return "the reference" if key == reference else gain_verdict(found.get(key))

    rows = [
        [
            f"**{study.label(key.method)}**",
            *(mean_interval(study.level(key, metric)) for metric in shown),
            against(key),
            f"{_seeds(study, key)}",
        ]
        for key in keys
    ]
    white = [study.white(scene, metric) for metric in shown]
    if np.isfinite(white[0]):
        rows.append(["all-white view", *map(number, white), ABSENT, ABSENT])
    headers = ["Method", *(f"{heading(metric)} [95 %]" for metric in shown)]
    return table([*headers, f"PSNR against {experiment.reference} (dB) [95 %]", "Seeds"], rows)


def _seeds(study: Study, key: Key) -> str:
    count, lost = np.size(study.results.draws(key, PSNR)), study.results.lost(key)
    return f"{count} of {count + lost}" if lost else str(count)


def query_table(study: Study, experiment: Experiment, scene: str) -> str:
    """Queries per test ray, how many times fewer than dense stepping, and whether that counts; empty without counts."""
    keys = [key for key in study.keys(experiment, scene) if study.results.has(key, QUERIES)]
    asked = [metric for metric in ASKED if any(study.results.has(key, metric) for key in keys)]
    rows = [
        [
            f"**{study.label(key.method)}**",
            *(cell(study.results, key, metric) for metric in asked),
            *(
                text
                for dense in (DENSE, TIGHT)
                for text in (cell(study.results, key, dense), ratio_text(study.saving(key, dense)))
            ),
            counts_text(study, key),
        ]
        for key in keys
    ]
    headers = ["Method", *map(heading, asked)]
    for dense in (DENSE, TIGHT):
        headers += [heading(dense), "Fewer by [95 %]"]
    return table([*headers, "Counts as a saving"], rows) if rows else ""


def counts_text(study: Study, key: Key) -> str:
    """Whether a run's queries may be compared with dense stepping, and why not."""
    dense = study.dense_arm(key)
    if dense is None:
        return "no: this kind of field was not trained with dense stepping here"
    if dense == key:
        return "dense itself"
    gap = scenes.psnr_difference(study.results, study.views, key, dense).absolute
    return f"{'yes' if study.counts(key) else 'no'}: PSNR {gain_text(gap)} dB against {dense.method}"


def cost_table(study: Study, experiment: Experiment, scene: str) -> str:
    """Times, memory and sizes; the time to a PSNR says where it was not reached."""
    keys = study.keys(experiment, scene)
    more = ("occupied_fraction", "grid_recoveries_count")
    shown = [metric for metric in (*COSTS, *more) if any(study.results.has(key, metric) for key in keys)]
    rows = [
        [f"**{study.label(key.method)}**", *(_cost(study, key, metric) for metric in shown)] for key in keys
    ]
    return table(["Method", *map(_cost_heading, shown)], rows) if shown else ""


def _cost_heading(metric: str) -> str:
    """Sizes name their own unit."""
    if unit(metric) == "bytes":
        return METRICS[metric].label
    return f"{METRICS[metric].label} (µs)" if metric in MICRO else heading(metric)


def _cost(study: Study, key: Key, metric: str) -> str:
    if metric in MICRO and study.results.has(key, metric):
        return spread(estimate(1e6 * study.results.draws(key, metric)))
    text = cell(study.results, key, metric)
    if metric not in TIMES_TO.values():
        return text
    if not study.results.has(key, metric):
        return "not reached"
    reached, every = (np.size(study.results.draws(key, name)) for name in (metric, PSNR))
    return text if reached == every else f"{text} ({reached} of {every} seeds)"


def ingredient_table(study: Study, experiment: Experiment, scene: str) -> str:
    """What each ingredient brings, from leaving it out and from adding it; empty without such methods."""
    found = study.ingredients(experiment, scene)
    if not found:
        return ""
    ends = {(name, side): pair for name, sides in found.items() for side, pair in sides.items()}
    verdicts = study.verdicts({end: (pair.having, pair.lacking) for end, pair in ends.items()})
    saved = [
        metric
        for metric in SAVED
        if any(np.isfinite(saving(study, pair, metric).mean) for pair in ends.values())
    ]
    rows = [
        [
            f"**{name.replace('-', ' ')}**",
            *(
                text
                for side in ("off", "on")
                for text in _worth(study, ends.get((name, side)), verdicts.get((name, side)), saved)
            ),
        ]
        for name in found
    ]
    headers = ["Ingredient"]
    for words in ("Left out", "Added"):
        headers += [f"{words}: PSNR that it brings (dB) [95 %]"]
        headers += [f"{words}: {METRICS[metric].label.lower()} that it saves [95 %]" for metric in saved]
        headers += [f"{words}: time to a PSNR [95 %]"]
    return table(headers, rows)


def _worth(study: Study, pair: Pair | None, found: Comparison | None, saved: Sequence[str]) -> list[str]:
    if pair is None:
        return [ABSENT] * (len(saved) + 2)
    ratios = [ratio_text(saving(study, pair, metric)) for metric in saved]
    return [gain_verdict(found), *ratios, sooner_text(study, pair.having, pair.lacking)]


def saving(study: Study, pair: Pair, metric: str) -> Estimate:
    """How many times smaller a metric is with the ingredient than without it."""
    return scenes.metric_ratio(study.results, pair.having, pair.lacking, metric)


def sooner_text(study: Study, key: Key, reference: Key) -> str:
    """How many times sooner a run reaches a PSNR than another; a dash where neither time is known."""
    found = scenes.speed_up(study.results, [key], [reference])
    return found.text if found else ABSENT
