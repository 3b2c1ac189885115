"""What was computed in the radiance area, read when asked for, and what the configuration says of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.radiance.report.comparison import PSNR, SpeedUp, speed_up
from fieldbench.report import results
from fieldbench.report.experiments import Experiment, measured
from fieldbench.report.statistics import Comparison, Estimate, near
from fieldbench.report.tables import Key

QUERIES = "queries_per_ray_count"
CUBE = "dense_queries_per_ray_count"  # of dense stepping in the cube that holds the scene
BOX = "tight_queries_per_ray_count"  # and in the smallest box around what is in it
SAVED = ("step_seconds", "sample_seconds", QUERIES)  # by an ingredient
SOONER = "sooner"  # stands among metrics for the time to a PSNR
# What may differ between a method and its dense arm.
OF_MARCHING = ("hull", "marching", "occupancy", "termination", "least_light", "steps")


def scene_facts(data: xr.Dataset, name: str) -> dict[str, Any]:
    """What a page says about a scene.

    Args:
        data: `image` (view, y, x, channel) and `split` (view) with attributes.
        name: of the scene, for one without title.

    Returns:
        title, views_train, views_test, width, height, source, licence, notes (list of lines).
    """
    split = data.split.values
    return {
        "title": data.attrs.get("title", name),
        **{f"views_{part}": int((split == part).sum()) for part in ("train", "test")},
        "width": data.sizes["x"],
        "height": data.sizes["y"],
        **{key: data.attrs.get(key, "") for key in ("source", "licence")},
        "notes": results.lines(data.attrs, "notes"),
    }


@dataclass(frozen=True)
class Pair:
    """Two runs that differ in one ingredient."""

    having: Key
    lacking: Key


@dataclass(frozen=True)
class Family:
    """All comparisons in a metric that tables make in one experiment on one scene, whose intervals hold together.

    Attributes:
        pairs: the runs that are compared, whichever is the reference.
        size: the number of those of which an interval is known.
    """

    pairs: set[frozenset[Key]]
    size: int


class Study(results.Study):
    """All that the page and the figures rest on.

    Args:
        results: the area's long table; `dataset` is a scene, `regime` an experiment.
        about: what the plan says of the configuration: `experiments`, `methods` with their words, `figures`, `orbits`,
            scenes with an animation, `seeds`, `training` and `margins`.
        given: scenes, rendered views and histories.
        facts: what is read of `given` where they are left out.
    """

    facts_of = staticmethod(scene_facts)

    @cached_property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of which something was measured."""

        def has(experiment: str, scene: str, method: str) -> bool:
            return self.results.has(Key(scene, experiment, method), PSNR)

        return measured(self.about["experiments"], has)

    def keys(self, experiment: Experiment, scene: str) -> list[Key]:
        """The runs with results on a scene, in the order of the methods."""
        keys = [Key(scene, experiment.name, method) for method in experiment.methods]
        return [key for key in keys if self.results.has(key, PSNR)]

    def all_keys(self, experiment: Experiment) -> list[Key]:
        """The same of all scenes."""
        return [key for scene in experiment.data for key in self.keys(experiment, scene)]

    def training(self, experiment: Experiment) -> dict[str, Any]:
        """How an experiment's methods were trained, but for what single ones do otherwise."""
        return {**self.about["training"], **experiment.entry.get("training", {})}

    def ranked(self, experiment: Experiment, scene: str) -> list[Key]:
        """The runs with results on a scene, the highest PSNR first."""
        return sorted(self.keys(experiment, scene), key=lambda key: self.results.badness(key, PSNR))

    def find(self, experiment: Experiment, scene: str, method: str | None) -> Key | None:
        """A run with results."""
        return next((key for key in self.keys(experiment, scene) if key.method == method), None)

    def against(self, keys: Sequence[Key], reference: Key, metric: str) -> dict[Key, Comparison]:
        """Runs against a reference in a metric that both have: each as in the table that compares the two, or else alone."""
        made = self.results.against(keys, reference, metric)
        return {key: found.among(self.family(metric, key, reference)) for key, found in made.items()}

    def sooner(self, key: Key, reference: Key) -> SpeedUp | None:
        """How many times sooner a run reaches a PSNR than another, as in the table that compares the two, or else alone."""
        found = speed_up(self.results, [key], [reference])
        return found and found.among(self.family(SOONER, key, reference))

    def family(self, metric: str, key: Key, reference: Key) -> int:
        """How many comparisons tables make at once with that of two runs; 1 where none makes it."""
        family = self._families.get((key.regime, key.dataset, metric))
        return family.size if family and frozenset((key, reference)) in family.pairs else 1

    def family_sizes(self, experiment: Experiment, scene: str) -> dict[str, int]:
        """By metric the comparisons that tables make at once."""
        families = {
            metric: self._families[experiment.name, scene, metric] for metric in (PSNR, *SAVED, SOONER)
        }
        return {metric: family.size for metric, family in families.items() if family.pairs}

    @cached_property
    def _families(self) -> dict[tuple[str, str, str], Family]:
        """By experiment, scene and metric."""
        places = [
            (experiment, scene) for experiment in self.experiments.values() for scene in experiment.data
        ]
        return {
            (experiment.name, scene, metric): Family(pairs, self._size(metric, pairs))
            for experiment, scene in places
            for metric, pairs in self._compared(experiment, scene).items()
        }

    def _compared(self, experiment: Experiment, scene: str) -> dict[str, set[frozenset[Key]]]:
        """By metric the runs that tables compare: an ingredient's; in PSNR also with reference, dense arm and twin."""
        sides = [pair for sides in self.ingredients(experiment, scene).values() for pair in sides.values()]
        switched = {frozenset((pair.having, pair.lacking)) for pair in sides}
        reference = self.find(experiment, scene, experiment.reference)
        beside = {
            frozenset((key, other))
            for key in self.keys(experiment, scene)
            for other in (reference, self.dense_arm(key), self.twin(key))
            if other not in (None, key)
        }
        return {PSNR: switched | beside, **dict.fromkeys((*SAVED, SOONER), switched)}

    def _size(self, metric: str, pairs: Iterable[frozenset[Key]]) -> int:
        """Of how many an interval is known; at least one."""
        if metric == SOONER:
            speeds = [speed_up(self.results, *([key] for key in pair)) for pair in pairs]
            return max(1, sum(bool(speed.comparison.parts) for speed in speeds if speed))
        made = self.results.compare({(of, over): (of, over) for of, over in pairs}, metric)
        return next((comparison.family for comparison in made.values()), 1)

    @property
    def margin(self) -> float:
        """Difference of PSNR in dB that does not matter in practice."""
        return self.about["margins"][PSNR]

    def white(self, scene: str, metric: str) -> float:
        """The same metric of all-white views, which is one for all methods; NaN where it was not measured."""
        means = (self.results.estimate(key, f"white_{metric}").mean for key in self.results.select(scene))
        return next((mean for mean in means if np.isfinite(mean)), float("nan"))

    def saving(self, key: Key, dense: str = CUBE) -> Estimate:
        """How many times fewer queries per ray a run takes than dense stepping; NaN where they were not counted."""
        return self.results.ratio(key, QUERIES, key, dense)

    def words(self, method: str) -> Mapping[str, Any]:
        """What the configuration says of a method: `with`, its options, and perhaps `of`, `without`, `adds`."""
        return self.about["methods"].get(method, {})

    def options(self, method: str) -> Mapping[str, Any]:
        """The choices that a method is."""
        return self.words(method).get("with", {})

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
        """The run beside it that stepped densely, otherwise the same if possible, or of its type of field."""
        if self.dense(key.method):
            return key
        beside = self.keys(self.experiments[key.regime], key.dataset)
        dense = [other for other in beside if self.dense(other.method)]
        for shared in (self._but_marching, self.field_type):
            for other in dense:
                if shared(other.method) == shared(key.method):
                    return other
        return None

    def _but_marching(self, method: str) -> dict[str, Any]:
        """The options that a method shares with its dense arm."""
        return {name: value for name, value in self.options(method).items() if name not in OF_MARCHING}

    def counts(self, key: Key) -> bool:
        """Whether a run's PSNR is no lower than its dense arm's, but for the margin, so that its queries can be compared."""
        dense = self.dense_arm(key)
        if dense is None or dense == key:
            return False
        return bool(near(self.against([key], dense, PSNR), self.margin))

    def twin(self, key: Key) -> Key | None:
        """The run beside it that it is but for its masks; None for one without masks."""
        base = self.words(key.method).get("of")
        if not self.masked(key.method) or base is None or self.masked(base):
            return None
        return self.find(self.experiments[key.regime], key.dataset, base)

    def ingredients(self, experiment: Experiment, scene: str) -> dict[str, dict[str, Pair]]:
        """Per ingredient the pair of a system and itself without it (`off`), and of one with it added and itself (`on`).

        Of several systems to which an ingredient was added, the first one's.
        """
        pairs: dict[str, dict[str, Pair]] = {}
        for key in self.keys(experiment, scene):
            words = self.words(key.method)
            base = self.find(experiment, scene, words.get("of"))
            if base is None:
                continue
            if ingredient := words.get("without"):
                pairs.setdefault(ingredient, {}).setdefault("off", Pair(having=base, lacking=key))
            if ingredient := words.get("adds"):
                pairs.setdefault(ingredient, {}).setdefault("on", Pair(having=key, lacking=base))
        return pairs

    def rendered(self, key: Key) -> xr.Dataset | None:
        """The first seed's `rendered` and `truth` (view, y, x, channel), perhaps `occupancy` of cells; None without."""
        return next((data for _, data in self._read(key, "views.nc")), None)

    def histories(self, key: Key) -> list[xr.Dataset]:
        """By seed `loss`, `seconds` (step), and `evaluated_seconds`, `psnr_db` (evaluation)."""
        return [data for _, data in self._read(key, "history.nc")]

    def _read(self, key: Key, file: str) -> Iterator[tuple[int, xr.Dataset]]:
        """By seed a file of a run, but for those that hold nothing because the run failed."""
        folder = "/".join(("radiance", *key))
        for seed in self.given.seeds(folder, file):
            data = self.given.dataset(f"{folder}/{seed}/{file}")
            if data.sizes and all(data.sizes.values()):
                yield seed, data
