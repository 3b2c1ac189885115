"""What was computed in the sparse area: its tables, problems, predictions and histories, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.report.given import Given
from fieldbench.report.tables import Key, Results
from fieldbench.sparse.report.per_field import Fields
from fieldbench.sparse.report.tables import Study, line


def task_facts(problem: xr.Dataset) -> dict[str, Any]:
    """What a page says about a task.

    Args:
        problem: fields with observations, see `datasets._fields.finished` and `sparse.masks.add_observations`.
    """
    attrs = problem.attrs
    return {
        **{
            name: attrs.get(name, "")
            for name in ("title", "kind", "long_name", "source", "licence", "unit", "mask")
        },
        "noise": float(attrs["noise"]),
        "peak": float(attrs["peak"]),
        "points": problem.sizes["point"],
        "observed": problem.sizes["observation"],
        **{split: problem.sizes.get(f"{split}_field", 0) for split in ("train", "validation", "test")},
        "notes": [line for line in attrs.get("notes", "").split("\n") if line],
    }


class Run:
    """Access to the results of the area, and of one task where one is named.

    Args:
        given: the area's tables, and what is asked for of the rest.
        config: see `reconstruction.page`.
        task: whose problem, predictions and histories are asked for.
    """

    def __init__(self, given: Given, config: Mapping[str, Any], task: str = ""):
        self.given = given
        self.config = config
        self.task = task

    def on(self, task: str) -> "Run":
        """Access to one task."""
        return Run(self.given, self.config, task)

    @cached_property
    def results(self) -> Results:
        """Look-up in the area's long table."""
        return Results(self.given.table("tables/sparse.parquet"))

    @cached_property
    def fields(self) -> Fields:
        """PSNR of every test field."""
        return Fields(self.given.table("tables/sparse_fields.parquet"))

    @cached_property
    def study(self) -> Study:
        """The tables together, for rankings."""
        return Study(self.results, self.fields, self.config, self.facts)

    @cached_property
    def facts(self) -> dict[str, dict[str, Any]]:
        """Of each task whose problem was given; see `task_facts`."""
        tasks = [place.split("/")[1] for place in self.given.matching("sparse/*/problem.nc")]
        return {task: task_facts(self.given.dataset(f"sparse/{task}/problem.nc")) for task in tasks}

    @cached_property
    def problem(self) -> xr.Dataset:
        """The task's fields and observations; see `sparse.problem.from_dataset`."""
        return self.given.dataset(f"sparse/{self.task}/problem.nc")

    @property
    def sphere(self) -> bool:
        """Whether the points lie on the Earth."""
        return "latitude" in self.problem

    def line(self, name: str, task: str | None = None) -> float:
        """One of `reconstruction_tables.LINES` in dB; NaN where it was not computed."""
        return line(self.results, task or self.task, name)

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose result is there."""
        return self.given.seeds("/".join(("sparse", *key)), "prediction.nc")

    def prediction(self, key: Key) -> xr.Dataset:
        """The first seed's `mean` (test_field, point), perhaps `spread`, and in overfit cases `truth`."""
        return self.given.dataset(f"{self._folder(key)}/prediction.nc")

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds` and `phase` (step); None for a method that is not trained in steps."""
        seeds = self.seeds(key)
        place = f"{self._folder(key)}/history.nc" if seeds else ""
        if place not in self.given:
            return None
        history = self.given.dataset(place)
        return history if history.sizes["step"] else None

    def _folder(self, key: Key) -> str:
        return "/".join(("sparse", *key, str(self.seeds(key)[0])))

    def image(self, values: np.ndarray) -> np.ndarray:
        """Draws (point,) as an image, north or small y below; NaN where there is no point."""
        problem = self.problem
        image = np.full((problem.attrs["rows"], problem.attrs["columns"]), np.nan)
        image[problem.row.values, problem.column.values] = values
        down, right = (self._step(axis) < 0 for axis in ("y", "x"))
        return image[:: -1 if down else 1, :: -1 if right else 1]

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """y and x (point,): degrees north and east on the sphere, shares of the longer side elsewhere."""
        problem = self.problem
        if self.sphere:
            return problem.latitude.values, problem.longitude.values
        return problem.position.values[:, 0], problem.position.values[:, 1]

    def extent(self) -> tuple[float, float, float, float]:
        """Edges of the outer pixels of `image`: x from, x to, y from, y to."""
        edges: list[float] = []
        for axis, size in (("x", "columns"), ("y", "rows")):
            step, start = self._fit(axis)
            ends = sorted((start - step / 2, start + step * (self.problem.attrs[size] - 0.5)))
            edges += ends
        return tuple(edges)

    def _step(self, axis: str) -> float:
        return self._fit(axis)[0]

    def _fit(self, axis: str) -> tuple[float, float]:
        """Step and start of a regular grid's coordinate."""
        index = (self.problem.row if axis == "y" else self.problem.column).values
        values = self.coordinates()[0 if axis == "y" else 1]
        step, start = np.polyfit(index, values, 1)
        return float(step), float(start)

    def chosen(self, methods: Sequence[str], group: str | None = None) -> list[Key]:
        """The runs whose methods match shell patterns, in their order, each method once; those of one group if given."""
        keys = [key for pattern in methods for key in self.fields.matching(self.task, pattern)]
        keys = [key for key in keys if group in (None, key.regime)]
        once = {key.method: key for key in reversed(keys)}
        return list(dict.fromkeys(once[key.method] for key in keys))
