"""What was computed on magnetic fields: the table, and a data set's fields and training histories, read when asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.inversion.report.choice import COMPONENTS, best
from fieldbench.physics.folds import SUMS
from fieldbench.physics.uncertainty import uncertain
from fieldbench.physics.weak_field import DETECTED
from fieldbench.report import results
from fieldbench.report.given import Given
from fieldbench.report.tables import Key, Results

SCORED = "loss_total_ic2"  # a metric of every run that ended


def dataset_facts(data: xr.Dataset, problem: xr.Dataset) -> dict[str, Any]:
    """What a page says about a data set.

    Args:
        data: Stokes profiles with `usable` (y, x) and attributes.
        problem: the weak-field problem made from them, with `valid` (y, x).

    Returns:
        The attributes of both as text and lists of lines, the shape, and counts of pixels.
    """
    usable = data.usable.values
    beyond = usable & ~problem.valid.values.astype(bool)
    return {
        **{name: data.attrs[name] for name in ("title", "kind", "line")},
        **{name: "; ".join(results.lines(data.attrs, name)) for name in ("source", "licence")},
        "shape": list(usable.shape),
        "wavelengths": data.sizes["wavelength"],
        "noise": {
            str(name): float(value) for name, value in zip(data.stokes.values, data.noise.values, strict=True)
        },
        "half_width": float(problem.attrs["line_half_width_angstrom"]),
        "usable": int(usable.sum()),
        "masked": int((~usable).sum()),
        "held_out": int(problem.held_out.values.sum()),
        "beyond_share": float(beyond.sum() / np.maximum(usable.sum(), 1)),
        **_detection(problem, usable),
        "scheme": results.lines(problem.attrs, "scheme"),
        "notes": results.lines(data.attrs, "notes"),
        "warnings": results.lines(problem.attrs, "warnings"),
    }


def _detection(problem: xr.Dataset, usable: np.ndarray) -> dict[str, float]:
    """The B_T in G that noise alone shows, and the share of pixels whose closed form is below it; NaN without Q and U.

    Three sigma of B_Q and B_U, which noise of that size passes in 1 % of pixels.
    """
    sigma = np.hypot(*problem["sigma"].values[1:]) / np.sqrt(2)
    strength = np.hypot(*problem["optimum"].values[1:])
    if not np.isfinite(sigma[usable]).any():
        return {"detection_gauss": float("nan"), "undetected_share": float("nan")}
    below = (strength < DETECTED * sigma)[usable]
    return {
        "detection_gauss": float(np.sqrt(DETECTED * np.nanmedian(sigma[usable]))),
        "undetected_share": float(below.mean()),
    }


class Study(results.Study):
    """The area's results, with the files of one data set where one is named.

    Args:
        results: look-up in the area's table.
        about: what the plan says of the configuration: `regimes`, name -> grid, empty for methods without one; `references`,
            regime -> the method that its others are compared with; `encoders` and `classical`, name -> `description` and
            `key_features`; `sweep`, `encoder` and `regimes` of the sweep over resolution; `schemes`, data set -> wavelengths
            and formula of each component; `figures`, data set -> names; `seeds` and `training` for the page.
        given: the files besides the table.
        dataset: whose files are asked for.
    """

    def __init__(
        self, results: Results, about: Mapping[str, Any], given: Given | None = None, dataset: str = ""
    ):
        super().__init__(results, about, given)
        self.dataset = dataset
        self.regimes: Mapping[str, Mapping[str, Any]] = about["regimes"]

    def on(self, dataset: str) -> "Study":
        """The study with the files of a data set."""
        return Study(self.results, self.about, self.given, dataset)

    @cached_property
    def facts(self) -> dict[str, dict[str, Any]]:
        """Of each data set of which something was measured; see `dataset_facts`."""
        studies = {name: self.on(name) for name in self.results.datasets}
        return {name: dataset_facts(study.data, study.weak_field) for name, study in studies.items()}

    @property
    def scheme(self) -> Mapping[str, Any]:
        """Wavelengths and formula of each component."""
        return self.about["schemes"][self.dataset]

    @cached_property
    def data(self) -> xr.Dataset:
        """Noise, usable pixels, and the truth where it is known; all but the profiles, which are large."""
        return self.given.dataset(f"data/{self.dataset}.nc", leave_out=["stokes_profiles"])

    def profiles(self) -> xr.Dataset:
        """The same with the Stokes profiles."""
        return self.given.dataset(f"data/{self.dataset}.nc")

    @cached_property
    def weak_field(self) -> xr.Dataset:
        """The weak-field problem without sums over folds: closed-form optimum, floor, sigma, held-out and valid pixels."""
        return self.given.dataset(f"inversion/{self.dataset}/weak_field.nc", leave_out=SUMS)

    def estimate(self, key: Key) -> xr.Dataset:
        """The field of the first seed as B_los, B_T and azimuth with uncertainties; see `physics.uncertainty`."""
        problem = self.given.dataset(f"inversion/{self.dataset}/weak_field.nc")
        return uncertain(self._read(key, self.seeds(key)[0], "field.nc"), problem)

    def field(self, key: Key, seed: int | None = None) -> xr.DataArray:
        """The inferred field (component, y, x), in G, G^2, G^2; of the first seed if none is named."""
        seed = self.seeds(key)[0] if seed is None else seed
        return self._read(key, seed, "field.nc", leave_out=["left_out"]).field

    def history(self, key: Key, seed: int) -> xr.Dataset:
        """Loss, excess and seconds (phase, epoch) of a training."""
        return self._read(key, seed, "history.nc")

    def _read(self, key: Key, seed: int, file: str, leave_out: Sequence[str] = ()) -> xr.Dataset:
        return self.given.dataset("/".join(("inversion", *key, str(seed), file)), leave_out)

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose result is scored."""
        return self.results.seeds(key, SCORED)

    def reference(self, dataset: str, regime: str) -> Key:
        """The run that others of a regime are compared with."""
        return Key(dataset, regime, self.about["references"][regime])

    def column(self, reference: Key) -> Sequence[Key]:
        """The methods of a grid and those without one, which a regime's tables compare with its reference."""
        if reference.regime not in self.compared(reference.dataset):
            return []
        if reference != self.reference(reference.dataset, reference.regime):
            return []
        return self.rows(reference.dataset, reference.regime)

    def compared(self, dataset: str) -> list[str]:
        """Regimes of a data set that have tables: those of one grid budget, or else those without a grid.

        A grid whose only method is swept over resolutions has its row in the sweep's table.
        """
        methods = {name: len(self.results.select(dataset, [name])) for name in self.regimes}
        swept = self.about["sweep"]["regimes"]
        grids = [name for name, grid in self.regimes.items() if grid and methods[name] > (name in swept)]
        return grids or [name for name in self.regimes if methods[name]][:1]

    def rows(self, dataset: str, regime: str) -> list[Key]:
        """The methods of a regime, then those without a grid, which belong into every comparison."""
        keys = [*self.results.select(dataset, [regime]), *self.planned_without_grid(dataset)]
        return list(dict.fromkeys(keys))

    def resolution(self, key: Key) -> int | None:
        """Points per axis of a run's finest grid; None without a grid."""
        return self.regimes.get(key.regime, {}).get("max_resolution")

    def planned_without_grid(self, dataset: str) -> list[Key]:
        """What was planned in regimes without a grid, in the table's order."""
        return self.results.select(dataset, [name for name, grid in self.regimes.items() if not grid])

    def without_grid(self, methods: Sequence[str] = ()) -> list[Key]:
        """Scored runs of this data set without a grid, all or those of the methods named."""
        scored = [key for key in self.planned_without_grid(self.dataset) if self.results.has(key, SCORED)]
        return [key for key in scored if not methods or key.method in methods]

    def best(self, component: str) -> Key | None:
        """The trained method with the lowest misfit in a component (b_los, b_qu) of this data set, or None."""
        return best(self.results, self.dataset, COMPONENTS[component].misfit, trained=True)

    def sweep(self, dataset: str) -> list[Key]:
        """The runs of the swept encoder, coarse to fine."""
        sweep = self.about["sweep"]
        swept = [
            key for key in self.results.select(dataset, sweep["regimes"]) if key.method == sweep["encoder"]
        ]
        return sorted(swept, key=lambda key: self.resolution(key) or 0)
