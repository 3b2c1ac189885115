"""What was computed on one data set: its table, fields and training histories, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd
import xarray as xr

from fieldbench.inversion.report.choice import COMPONENTS
from fieldbench.report.given import Given
from fieldbench.report.tables import Key, Results


class Run:
    """Access to the results of the area, and of one data set where one is named.

    Args:
        given: the area's table, and what is asked for of the rest.
        about: `regimes`, whose resolutions figures show; `sweep`, `encoder` and `regimes` of the sweep over resolution;
            `schemes`, data set -> wavelengths and formula of each component.
        dataset: whose problem, fields and histories are asked for.
    """

    def __init__(self, given: Given, about: Mapping[str, Any], dataset: str = ""):
        self.given = given
        self.about = about
        self.dataset = dataset
        self.regimes = about["regimes"]
        self.sweep = about["sweep"]

    def on(self, dataset: str) -> "Run":
        """Access to one data set."""
        return Run(self.given, self.about, dataset)

    @property
    def scheme(self) -> Mapping[str, Any]:
        """Wavelengths and formula of each component."""
        return self.about["schemes"][self.dataset]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The long table's rows of this data set, or of all."""
        long = self.given.table("tables/inversion.parquet")
        return long[long.dataset == self.dataset].reset_index(drop=True) if self.dataset else long

    @cached_property
    def results(self) -> Results:
        """Look-up in the table."""
        return Results(self.table)

    @cached_property
    def data(self) -> xr.Dataset:
        """Stokes profiles, noise, usable pixels, and the truth where it is known."""
        return self.given.dataset(f"data/{self.dataset}.nc")

    @cached_property
    def weak_field(self) -> xr.Dataset:
        """The weak-field problem: closed-form optimum, floor, sigma, held-out and valid pixels."""
        return self.given.dataset(f"inversion/{self.dataset}/weak_field.nc")

    def field(self, regime: str, method: str, seed: int) -> xr.DataArray:
        """The inferred field (component, y, x), in G, G^2, G^2."""
        return self.given.dataset(f"{self._folder(regime, method, seed)}/field.nc").field

    def history(self, regime: str, method: str, seed: int) -> xr.Dataset:
        """Loss, excess and seconds (phase, epoch) of a training."""
        return self.given.dataset(f"{self._folder(regime, method, seed)}/history.nc")

    def _folder(self, regime: str, method: str, seed: int) -> str:
        return f"inversion/{self.dataset}/{regime}/{method}/{seed}"

    def seeds(self, regime: str, method: str) -> list[int]:
        """Seeds whose result is scored."""
        rows = self.table[
            (self.table.regime == regime) & (self.table.method == method) & (self.table.status == "ok")
        ]
        return sorted(int(seed) for seed in set(rows[rows.metric == "loss_total_ic2"].seed))

    def first_field(self, key: Key) -> xr.DataArray:
        """The field of a method's first seed."""
        return self.field(key.regime, key.method, self.seeds(key.regime, key.method)[0])

    def best(self, component: str) -> Key | None:
        """The trained method with the lowest held-out misfit in a component (b_los, b_qu), or None."""
        ranked = self.results.ranking(self.dataset, COMPONENTS[component].misfit)
        return next((key for key in ranked if self.results.trained(key)), None)

    def without_grid(self, methods: Sequence[str] = ()) -> list[Key]:
        """Scored runs of regimes without a grid, all or those named, in the table's order."""
        names = [name for name, grid in self.regimes.items() if not grid]
        keys = [
            key for key in self.results.select(self.dataset, names) if self.results.has(key, "loss_total_ic2")
        ]
        return [key for key in keys if not methods or key.method in methods]
