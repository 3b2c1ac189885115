"""What was computed on sparse fields: tables, and problems, predictions and histories, read when asked for."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
import xarray as xr

from fieldbench.report import results
from fieldbench.report.given import Given
from fieldbench.report.statistics import Comparison, Draws
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report.per_field import NO_FIELDS, Fields, Name, compare

PSNR = "psnr_db"  # of one test field
LIMITS = "limits"  # the group of the reference lines
LINES = {
    "constant-mean": "the constant mean",
    "independent-draw": "an independent draw",
    "cramer-rao": "the Cramér-Rao limit",
}
BLIND = ("constant-mean", "independent-draw")
LIMIT = "cramer-rao"
# Which of them a reference line has, the first where it has both.
OF_SQUARED_ERROR = ("psnr_pooled_db", "psnr_mean_db")


def task_facts(problem: xr.Dataset) -> dict[str, Any]:
    """What a page says about a task.

    Args:
        problem: fields with observations, see `datasets._fields.finished` and `sparse.masks.add_observations`.
    """
    attrs = problem.attrs
    words = ("title", "kind", "long_name", "source", "licence", "unit", "mask")
    return {
        **{name: attrs.get(name, "") for name in words},
        "noise": float(attrs["noise"]),
        "peak": float(attrs["peak"]),
        "points": problem.sizes["point"],
        "observed": problem.sizes["observation"],
        **{split: problem.sizes.get(f"{split}_field", 0) for split in ("train", "validation", "test")},
        "notes": results.lines(attrs, "notes"),
    }


def designed(backbone: str, design: str) -> str:
    """The method that tries one of `factors.designs` on a backbone; see `catalogue.learned`."""
    return f"{backbone}-{design}"


class Study(results.Study):
    """The area's results. In the tables a task stands as data set and a group of methods as regime.

    Args:
        results: look-up in the area's table.
        about: what the plan says of the configuration: `backbones`, their names; `factors`, name -> `meaning`, and `of_flow`
            for one that makes a difference for a flow only; `versions`, name -> its techniques; `versions_on`, their
            backbone; `base`, the method that they add techniques to; `variants`, groups whose methods vary one method, which
            the bar is not compared with; `overfits`, group -> what it is, of trainings that memory alone should win;
            `oracles`, method -> what it is told; `seeds`, `training` and `figures` for the page.
        given: the files besides the tables.
        fields: PSNR of every test field.
    """

    def __init__(
        self,
        results: Results,
        about: Mapping[str, Any],
        given: Given | None = None,
        fields: Fields = NO_FIELDS,
    ):
        super().__init__(results, about, given)
        self.fields = fields

    @classmethod
    def open(cls, given: Given, about: Mapping[str, Any]) -> Self:
        """The study whose files a step was given."""
        fields = Fields(given.table("tables/sparse_fields.parquet"))
        return cls(Results(given.table("tables/sparse.parquet")), about, given, fields)

    @cached_property
    def facts(self) -> dict[str, dict[str, Any]]:
        """Of each task whose problem was given; see `task_facts`."""
        tasks = [place.split("/")[1] for place in self.given.matching("sparse/*/problem.nc")]
        return {task: task_facts(self.problem(task)) for task in tasks}

    def problem(self, task: str) -> xr.Dataset:
        """A task's fields and observations; see `sparse.problem.from_dataset`."""
        return self.given.dataset(f"sparse/{task}/problem.nc")

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose result is there."""
        return self.given.seeds(_folder(key), "prediction.nc")

    def prediction(self, key: Key) -> xr.Dataset:
        """The first seed's `mean` (test_field, point), perhaps `spread`, and in overfit cases `truth`."""
        return self.given.dataset(f"{_folder(key)}/{self.seeds(key)[0]}/prediction.nc")

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds` and `phase` (step); None for a method that is not trained in steps."""
        seeds = self.given.seeds(_folder(key), "history.nc")
        if not seeds:
            return None
        history = self.given.dataset(f"{_folder(key)}/{seeds[0]}/history.nc")
        return history if history.sizes["step"] else None

    def draws(self, key: Key, metric: str) -> Draws:
        """PSNR over test fields; any other metric over seeds.

        Raises:
            KeyError: never measured.
        """
        return self.fields.psnr(key) if metric == PSNR else self.results.draws(key, metric)

    def gains(self, task: str, methods: Mapping[Name, tuple[str, str]]) -> dict[Name, Comparison]:
        """By how many dB the first method of each pair is above the second, where both were run.

        Verdicts are corrected for the number of pairs.
        """
        pairs = {name: self.fields.pair(task, *pair) for name, pair in methods.items()}
        return compare(self.fields, {name: pair for name, pair in pairs.items() if pair})

    def chosen(self, task: str, patterns: Iterable[str]) -> list[Key]:
        """The runs whose methods match shell patterns, in their order, each method once; a mere `*` leaves variants out."""
        once: dict[str, Key] = {}
        for pattern in patterns:
            for key in self.fields.matching(task, pattern):
                if pattern != "*" or key.regime not in self.about["variants"]:
                    once.setdefault(key.method, key)
        return list(once.values())

    def candidates(self, task: str) -> list[Key]:
        """The runs that a recommendation may name, best first: no oracle, and none with a failed seed."""
        keys = [key for key in self.fields.keys(task) if key.method not in self.about["oracles"]]
        return self.fields.ranked(key for key in keys if not self.results.failed(key))

    def compared(self, task: str) -> list[Key]:
        """The runs that are compared with the bar, best first."""
        return self.fields.ranked(
            key for key in self.fields.keys(task) if key.regime not in self.about["variants"]
        )

    def bar(self, task: str) -> Key | None:
        """The best method without training in steps."""
        return next((key for key in self.candidates(task) if not self.results.trained(key)), None)

    def network(self, task: str) -> Key | None:
        """The best method that is trained in steps."""
        return next((key for key in self.candidates(task) if self.results.trained(key)), None)

    def line(self, task: str, name: str) -> float:
        """One of LINES in dB, of the mean squared error if that is known; NaN where it was not computed."""
        key = Key(task, LIMITS, name)
        levels = [self.results.estimate(key, metric).mean for metric in OF_SQUARED_ERROR]
        return next((level for level in levels if np.isfinite(level)), float("nan"))

    def below_limit(self, key: Key) -> float:
        """By how many dB a run is below the limit, both of the mean squared error; NaN without a limit."""
        limit = Key(key.dataset, LIMITS, LIMIT)
        for metric in OF_SQUARED_ERROR:
            if self.results.has(limit, metric):
                return self.results.estimate(limit, metric).mean - self.results.estimate(key, metric).mean
        return float("nan")


def _folder(key: Key) -> str:
    return "/".join(("sparse", *key))
