"""What was computed on sparse fields: the table, and problems, predictions and histories, read when asked for."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from fieldbench import record
from fieldbench.report import results
from fieldbench.report.statistics import Comparison, Estimate, Name, Scale, compare_two
from fieldbench.report.tables import Key
from fieldbench.sparse.prediction import on_points
from fieldbench.sparse.report import families

Pair = tuple[Key, Key]
PSNR = "psnr_mean_db"  # drawn over test fields, which no run had seen
LIMITS = "limits"  # the group of the reference lines
LINES = {
    "constant-mean": "the constant mean",
    "independent-draw": "an independent draw",
    "cramer-rao": "the Cramér-Rao limit",
}
BLIND = ("constant-mean", "independent-draw")
LIMIT = "cramer-rao"
POOLED = "psnr_pooled_db"  # of the mean squared error: what reference lines have


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
        "observed": [int((seen >= 0).sum()) for seen in problem["test_index"].values],
        **{split: problem.sizes.get(f"{split}_field", 0) for split in ("train", "validation", "test")},
        "notes": results.lines(attrs, "notes"),
    }


class Study(results.Study):
    """The area's results. In the tables a task stands as data set and a group of methods as regime.

    Args:
        results: look-up in the area's table.
        about: what the plan says of the configuration: `backbones`, their names; `factors`, name -> `meaning`, and `of_flow`
            for one that makes a difference for a flow only; `programs`, name -> what only some of the document's programs
            do; `versions`, name -> its techniques; `versions_on`, their
            backbone; `base`, the method that they add techniques to; `variants`, groups whose methods vary one method, which
            the bar is not compared with; `overfits`, group -> what it is, of trainings that memory alone should win;
            `oracles`, method -> what it is told; `seeds`, `training`, `margins` and `figures` for the page.
        given: the files besides the table.
    """

    @cached_property
    def facts(self) -> dict[str, dict[str, Any]]:
        """Of each task whose problem was given; see `task_facts`."""
        tasks = [place.split("/")[1] for place in self.given.matching("sparse/*/problem.nc")]
        return {task: task_facts(self.problem(task)) for task in tasks if task in self.results.datasets}

    def problem(self, task: str) -> xr.Dataset:
        """A task's fields and observations; see `sparse.problem.from_dataset`."""
        return self.given.dataset(f"sparse/{task}/problem.nc")

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose result is there: of a run that failed, only an empty file is."""
        measured = {seed for metric in self.results.metrics(key) for seed in self.results.seeds(key, metric)}
        return [seed for seed in self.given.seeds(_folder(key), "prediction.nc") if seed in measured]

    def prediction(self, key: Key) -> xr.Dataset:
        """The first seed's `mean` (test_field, point), perhaps `spread`, and in overfit cases `truth`."""
        images = self.given.dataset(f"{_folder(key)}/{self.seeds(key)[0]}/prediction.nc")
        row, column = (self.problem(key.dataset)[name].values for name in ("row", "column"))
        fields = {
            name: (("test_field", "point"), on_points(image, row, column)) for name, image in images.items()
        }
        return xr.Dataset(fields)

    def telling_fields(self, key: Key) -> dict[str, int]:
        """The test fields that a run rebuilds with `median` and with greatest error (`worst`)."""
        squared = (self.prediction(key)["mean"].values - self.problem(key.dataset)["test"].values) ** 2
        judged = np.flatnonzero(~np.isnan(squared).all(1))
        order = judged[np.argsort(np.nanmean(squared[judged], axis=1), kind="stable")]
        return {"median": int(order[(len(order) - 1) // 2]), "worst": int(order[-1])}

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds` and `phase` (step); None for a method that is not trained in steps."""
        seeds = self.given.seeds(_folder(key), "history.nc")
        if not seeds:
            return None
        history = self.given.dataset(f"{_folder(key)}/{seeds[0]}/history.nc")
        return history if history.sizes["step"] else None

    def choices(self, task: str) -> dict[Key, dict[str, Any]]:
        """What validation fields chose for methods on a task; see `prediction.choices`."""
        places = self.given.matching(f"sparse/{task}/*/metrics.json")
        records = [found for place in places for found in record.read(self.given.path(place))]
        return {
            Key(task, found["regime"], found["method"]): found["provenance"]
            for found in records
            if "chosen" in found["provenance"]
        }

    def keys(self, task: str) -> list[Key]:
        """What was tested on a task."""
        return [key for key in self.results.select(task) if self.results.has(key, PSNR)]

    def find(self, task: str, method: str) -> Key | None:
        """The first run of a method, whatever its group."""
        return next((key for key in self.keys(task) if key.method == method), None)

    def pair(self, task: str, of: str, over: str) -> Pair | None:
        """Runs of two methods, of one group if there is one that has both; None where one is missing."""
        runs, others = ([key for key in self.keys(task) if key.method == method] for method in (of, over))
        pairs = list(product(runs, others))
        together = [(key, reference) for key, reference in pairs if key.regime == reference.regime]
        return next(iter([*together, *pairs]), None)

    def level(self, key: Key) -> Estimate:
        """Mean PSNR in dB, with its interval."""
        return self._level(key)

    @cached_property
    def _level(self) -> Callable[[Key], Estimate]:
        return cache(lambda key: self.results.estimate(key, PSNR))  # asked for again and again

    def highest(self, keys: Collection[Key], family: int = 1) -> Estimate:
        """The highest mean PSNR in dB of several runs, with an interval for that of the best, whichever it is.

        Its low end is corrected for their number, because the best was picked; its high end need not be, because all of them
        must be below it (Berger 1982, Technometrics 24, 295). Both are, for a `family` of such statements.
        """
        levels = [compare_two(self.results.draws(key, PSNR), 0.0, Scale.DIFFERENCE) for key in keys]
        corrected = [level.among(family * len(levels)).change for level in levels]
        best = max(corrected, key=lambda level: level.mean)
        low = np.max([level.low for level in corrected])  # NaN where one of them has no interval
        high = np.max([level.among(family).change.high for level in levels])
        return replace(best, low=float(low), high=float(high))

    def ranked(self, keys: Iterable[Key]) -> list[Key]:
        """The highest mean PSNR first."""
        return sorted(keys, key=lambda key: self.results.by_seed(key, PSNR).mean(), reverse=True)

    def resolved(self, task: str, family: families.Family[Name]) -> dict[Name, Pair]:
        """The runs of the methods of a family, where both of a pair were run."""
        pairs = {name: self.pair(task, *methods) for name, methods in family.items()}
        return {name: pair for name, pair in pairs.items() if pair}

    def _pairs(self, task: str, methods: Iterable[tuple[str, str]]) -> list[Pair]:
        return [pair for names in methods if (pair := self.pair(task, *names))]

    def gains(self, task: str, family: families.Family[Name]) -> dict[Name, Comparison]:
        """By how many dB the first method of each pair is above the second, as one family, which is one of a table."""
        return {name: self.comparison(*pair, PSNR) for name, pair in self.resolved(task, family).items()}

    def behind_the_bar(self, task: str) -> dict[Key, Comparison]:
        """The runs that are compared with the bar, best first, by how many dB they are above it."""
        bar = self.bar(task)
        if bar is None:
            return {}
        return {key: self.comparison(key, bar, PSNR) for key in self.compared(task) if key != bar}

    def comparison(self, key: Key, reference: Key, metric: str) -> Comparison:
        """A run against another: with the interval of the table that compares them, either way round, or else alone."""
        tabled = self._tabled(key.dataset, metric)
        if (key, reference) in tabled:
            return tabled[key, reference]
        alone = super().comparison(key, reference, metric)
        turned = tabled.get((reference, key))
        return alone.among(turned.family) if turned else alone

    @cached_property
    def _tabled(self) -> Callable[[str, str], dict[Pair, Comparison]]:
        """Of a task and a metric, all that its tables compare, by pair; each with the others of its family."""
        return cache(self._compared_in_tables)

    def _compared_in_tables(self, task: str, metric: str) -> dict[Pair, Comparison]:
        groups = [self._pairs(task, family.values()) for family in families.of_tables(self.about)]
        if bar := self.bar(task):
            groups.append([(key, bar) for key in self.compared(task) if key != bar])
        found: dict[Pair, Comparison] = {}
        for pairs in groups:
            found |= self.results.compare({pair: pair for pair in pairs}, metric)
        return found

    def chosen(self, task: str, patterns: Iterable[str]) -> list[Key]:
        """The runs whose methods match shell patterns, in their order, each method once; a mere `*` leaves variants out."""
        once: dict[str, Key] = {}
        for pattern, key in product(patterns, self.keys(task)):
            if fnmatchcase(key.method, pattern) and (
                pattern != "*" or key.regime not in self.about["variants"]
            ):
                once.setdefault(key.method, key)
        return list(once.values())

    def candidates(self, task: str) -> list[Key]:
        """The runs that a recommendation may name, best first: no oracle, and none with a failed seed."""
        keys = [key for key in self.keys(task) if key.method not in self.about["oracles"]]
        return self.ranked(key for key in keys if not self.results.failed(key))

    def compared(self, task: str) -> list[Key]:
        """The runs that are compared with the bar, best first."""
        return self.ranked(key for key in self.keys(task) if key.regime not in self.about["variants"])

    def bar(self, task: str) -> Key | None:
        """The best method without training in steps."""
        return next((key for key in self.candidates(task) if not self.results.trained(key)), None)

    def network(self, task: str) -> Key | None:
        """The best method that is trained in steps."""
        return next((key for key in self.candidates(task) if self.results.trained(key)), None)

    def line(self, task: str, name: str) -> float:
        """One of LINES in dB, of the mean squared error; NaN where it was not computed."""
        return self.results.estimate(Key(task, LIMITS, name), POOLED).mean

    def below_limit(self, key: Key) -> float:
        """By how many dB a run is below the limit, both of the mean squared error; NaN without a limit."""
        return self.line(key.dataset, LIMIT) - self.results.estimate(key, POOLED).mean


def _folder(key: Key) -> str:
    return "/".join(("sparse", *key))
