"""What was computed on one data set: its table, fields and training histories, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from fieldbench import io
from fieldbench.report.comparison import COMPONENTS, ranking
from fieldbench.report.tables import Key, Results


class Run:
    """Access to the results of one data set.

    Args:
        results_root: the results folder.
        dataset: name of the data set.
        scheme: wavelengths and formula of each component.
        regimes: the configuration's regimes, whose resolutions figures show.
        sweep: `encoder` and `regimes` of the sweep over resolution.
    """

    def __init__(
        self,
        results_root: str | Path,
        dataset: str,
        *,
        scheme: Mapping[str, Any],
        regimes: Mapping[str, Mapping[str, Any]],
        sweep: Mapping[str, Any],
    ):
        self.root = Path(results_root)
        self.dataset = dataset
        self.scheme = scheme
        self.regimes = regimes
        self.sweep = sweep

    @cached_property
    def table(self) -> pd.DataFrame:
        """The long table's rows of this data set."""
        long = pd.read_parquet(self.root / "tables" / "inversion.parquet")
        return long[long.dataset == self.dataset].reset_index(drop=True)

    @cached_property
    def results(self) -> Results:
        """Look-up in the table."""
        return Results(self.table)

    @cached_property
    def data(self) -> xr.Dataset:
        """Stokes profiles, noise, usable pixels, and the truth where it is known."""
        return io.open_dataset(self.root / "data" / f"{self.dataset}.nc")

    @cached_property
    def weak_field(self) -> xr.Dataset:
        """The weak-field problem: closed-form optimum, floor, sigma, held-out and valid pixels."""
        return io.open_dataset(self.root / "inversion" / self.dataset / "weak_field.nc")

    def field(self, regime: str, method: str, seed: int) -> xr.DataArray:
        """The inferred field (component, y, x), in G, G^2, G^2."""
        return io.open_dataset(self._folder(regime, method, seed) / "field.nc").field

    def history(self, regime: str, method: str, seed: int) -> xr.Dataset:
        """Loss, excess and seconds (phase, epoch) of a training."""
        return io.open_dataset(self._folder(regime, method, seed) / "history.nc")

    def _folder(self, regime: str, method: str, seed: int) -> Path:
        return self.root / "inversion" / self.dataset / regime / method / str(seed)

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
        ranked = ranking(self.results, self.dataset, COMPONENTS[component].misfit)
        return next((key for key in ranked if self.results.trained(key)), None)

    def without_grid(self, methods: Sequence[str] = ()) -> list[Key]:
        """Scored runs of regimes without a grid, all or those named, in the table's order."""
        names = [name for name, grid in self.regimes.items() if not grid]
        keys = [
            key for key in self.results.select(self.dataset, names) if self.results.has(key, "loss_total_ic2")
        ]
        return [key for key in keys if not methods or key.method in methods]
