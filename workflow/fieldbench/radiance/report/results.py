"""What was computed in the radiance area, read when asked for, and what the configuration says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.radiance.report.comparison import MARGIN, PSNR
from fieldbench.radiance.report.views import VIEW_COLUMNS, Views, view_psnr
from fieldbench.report import results
from fieldbench.report.experiments import Experiment, measured
from fieldbench.report.given import Given
from fieldbench.report.statistics import (
    UNKNOWN,
    Comparison,
    Difference,
    Draws,
    Estimate,
    estimate,
    judge,
    paired_difference,
)
from fieldbench.report.tables import Key, Results

QUERIES = "queries_per_ray_count"
CUBE = "dense_queries_per_ray_count"  # of dense stepping in the cube that holds the scene
BOX = "tight_queries_per_ray_count"  # and in the smallest box around what is in it
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


class Study(results.Study):
    """All that the page and the figures rest on.

    Args:
        results: the area's long table; `dataset` is a scene, `regime` an experiment.
        about: what the plan says of the configuration: `experiments`, `methods` with their words, `figures`, `orbits`,
            scenes with an animation, `seeds` and `training`.
        given: scenes, rendered views and histories.
        facts, views: what is read of `given` where they are left out.
    """

    facts_of = staticmethod(scene_facts)

    def __init__(
        self,
        results: Results,
        about: Mapping[str, Any],
        given: Given | None = None,
        facts: Mapping[str, Mapping[str, Any]] | None = None,
        views: Views | None = None,
    ):
        super().__init__(results, about, given, facts)
        if views is not None:
            self.views = views

    @cached_property
    def views(self) -> Views:
        """The PSNR of every test view of every run whose views are there."""
        rows = [
            (*key, seed, view, level)
            for key in self.results.keys
            for seed, data in self._read(key, "views.nc")
            for view, level in enumerate(view_psnr(data))
        ]
        return Views(pd.DataFrame(rows, columns=VIEW_COLUMNS))

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

    def ranked(self, experiment: Experiment, scene: str) -> list[Key]:
        """The runs with results on a scene, the highest PSNR first."""
        return sorted(self.keys(experiment, scene), key=lambda key: -self.level(key, PSNR).mean)

    def find(self, experiment: Experiment, scene: str, method: str | None) -> Key | None:
        """A run with results."""
        return next((key for key in self.keys(experiment, scene) if key.method == method), None)

    def seeded(self, key: Key) -> bool:
        """Whether a spread of PSNR over seeds is known."""
        return self.results.estimate(key, PSNR).has_interval

    def psnr(self, *keys: Key) -> list[Draws]:
        """PSNR of runs to be set against one another: by seed, or where one of them has a single seed by test view."""
        if all(map(self.seeded, keys)) or not all(key in self.views for key in keys):
            return [self.results.draws(key, PSNR) for key in keys]
        return [self.views.psnr(key) for key in keys]

    def draws(self, key: Key, metric: str) -> Draws:
        """A metric over seeds; PSNR of a single seed over test views."""
        return self.psnr(key)[0] if metric == PSNR else self.results.draws(key, metric)

    def level(self, key: Key, metric: str) -> Estimate:
        """Mean and interval of these; NaN where it was not measured."""
        return estimate(self.draws(key, metric)) if self.results.has(key, metric) else UNKNOWN

    def difference(self, key: Key, reference: Key) -> Difference:
        """By how many dB of PSNR a run is above another."""
        return paired_difference(*self.psnr(key, reference))

    def verdicts(self, pairs: Mapping[Any, tuple[Key, Key]]) -> dict[Any, Comparison]:
        """The differences of the first of each pair and the second, corrected for the number of pairs."""
        return judge({name: self.difference(*pair) for name, pair in pairs.items()})

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
        """Whether a run's PSNR is no more than MARGIN below that of its dense arm, so that its queries can be compared."""
        dense = self.dense_arm(key)
        if dense is None or dense == key:
            return False
        return self.difference(key, dense).absolute.mean >= -MARGIN

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
