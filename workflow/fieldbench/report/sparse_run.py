"""What was computed in the sparse area: its tables, problems, predictions and histories, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench import io
from fieldbench.report.per_field import Fields
from fieldbench.report.reconstruction_tables import Study, line
from fieldbench.report.tables import Key, Results


class SparseRun:
    """Access to the results of the area, and of one task where one is named.

    Args:
        results_root: the results folder.
        config: see `reconstruction.page`.
        task: whose problem, predictions and histories are asked for.
    """

    def __init__(self, results_root: str | Path, config: Mapping[str, Any], task: str = ""):
        self.root = Path(results_root)
        self.config = config
        self.task = task

    def on(self, task: str) -> "SparseRun":
        """Access to one task."""
        return SparseRun(self.root, self.config, task)

    @cached_property
    def results(self) -> Results:
        """Look-up in the area's long table."""
        return Results(pd.read_parquet(self.root / "tables" / "sparse.parquet"))

    @cached_property
    def fields(self) -> Fields:
        """PSNR of every test field."""
        return Fields(pd.read_parquet(self.root / "tables" / "sparse_fields.parquet"))

    @cached_property
    def study(self) -> Study:
        """The tables together, for rankings."""
        return Study(self.results, self.fields, self.config, {})

    @cached_property
    def problem(self) -> xr.Dataset:
        """The task's fields and observations; see `sparse.problem.from_dataset`."""
        return io.open_dataset(self.root / "sparse" / self.task / "problem.nc")

    @property
    def sphere(self) -> bool:
        """Whether the points lie on the Earth."""
        return "latitude" in self.problem

    def line(self, name: str, task: str | None = None) -> float:
        """One of `reconstruction_tables.LINES` in dB; NaN where it was not computed."""
        return line(self.results, task or self.task, name)

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose result is there."""
        folder = self.root / "sparse" / Path(*key)
        names = [path.name for path in folder.glob("*") if (path / "prediction.nc").exists()]
        return sorted(int(name) for name in names if name.isdecimal())

    def prediction(self, key: Key) -> xr.Dataset:
        """The first seed's `mean` (test_field, point), perhaps `spread`, and in overfit cases `truth`."""
        return io.open_dataset(self._folder(key) / "prediction.nc")

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds` and `phase` (step); None for a method that is not trained in steps."""
        seeds = self.seeds(key)
        file = self._folder(key) / "history.nc" if seeds else None
        if file is None or not file.exists():
            return None
        history = io.open_dataset(file)
        return history if history.sizes["step"] else None

    def _folder(self, key: Key) -> Path:
        return self.root / "sparse" / Path(*key) / str(self.seeds(key)[0])

    def image(self, values: np.ndarray) -> np.ndarray:
        """Values (point,) as an image, north or small y below; NaN where there is no point."""
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
