"""What the area `inversion` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fieldbench.experiments import of_area
from fieldbench.inversion import specification
from fieldbench.inversion.configuration import Experiment
from fieldbench.inversion.specification import matching
from fieldbench.planning import Skipped

QUESTION = "A magnetic field from Stokes profiles"


class Timing(NamedTuple):
    """The encoders whose steps are timed in one job, and how often each."""

    encoders: list[str]
    repetitions: int


class Plan:
    """Data sets, and on each of them the regimes, methods and seeds of all experiments together.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.

    Attributes:
        datasets: that are inverted.
        seeds: data set -> regime -> method -> seeds.
        timed: data set and regime -> what is timed there.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.config = config
        self.area = config["inversion"]
        self.experiments = list(of_area(config, "inversion", Experiment).values())
        self._inverting = [experiment for experiment in self.experiments if experiment.kind != "timing"]
        self._sweep = next((entry for entry in self._inverting if entry.kind == "resolutions"), None)
        asked = list(dict.fromkeys(name for entry in self._inverting for name in entry.data))
        self.skipped = skipped(asked)
        self.datasets = [name for name in asked if name not in self.skipped]
        self.seeds = {dataset: self._seeds(dataset) for dataset in self.datasets}
        self.timed = {
            (dataset, regime): Timing(encoders, entry.repetitions)
            for entry in self.experiments
            for dataset in entry.data
            for regime in entry.regimes
            if entry.kind == "timing" and (encoders := self._timed(entry, dataset, regime))
        }

    def _seeds(self, dataset: str) -> dict[str, dict[str, list[int]]]:
        """A method without a network gives the same answer for every seed: one is enough."""
        asked = [
            (regime, method, entry.seeds or self.area["seeds"])
            for entry in self._inverting
            if dataset in entry.data
            for regime in entry.regimes
            for method in matching(self.area, entry.methods, regime)
        ]
        found: dict[str, dict[str, list[int]]] = {}
        for regime, method, seeds in asked:
            methods = found.setdefault(regime, {})
            joined = list(dict.fromkeys([*methods.get(method, []), *seeds]))
            methods[method] = joined if self._trained(method) else joined[:1]
        return found

    def _trained(self, method: str) -> bool:
        return method in self.area["encoders"]

    def _timed(self, experiment: Experiment, dataset: str, regime: str) -> list[str]:
        wanted = matching(self.area, experiment.methods, regime)
        methods = self.seeds.get(dataset, {}).get(regime, {})
        return [method for method in methods if method in wanted and self._trained(method)]

    def specification(self, regime: str, method: str) -> dict[str, dict[str, Any]]:
        """The encoder and network of a trained method."""
        return specification.specification(self.area, regime, method)

    def modules(self, *methods: str) -> list[str]:
        """The modules that the entries of trained methods name."""
        return specification.modules(self.area, *methods)

    def classical(self, method: str) -> dict[str, Any]:
        """Type and options of a method without a network."""
        entry = self.area["classical"][method]
        return {"type": entry["type"], "with": entry.get("with", {})}

    def classical_module(self, method: str) -> str:
        """The module that implements a method without a network."""
        return f"inversion.{self.classical(method)['type']}"

    def tiles(self, dataset: str) -> int:
        """In how many tiles a data set is inverted by methods without a network."""
        return self.area["tiles"].get(dataset, 1)

    def runs(self, dataset: str, regime: str) -> list[str]:
        """Folders of all runs of one data set and regime."""
        return [
            f"<results>/inversion/{dataset}/{regime}/{method}/{seed}"
            for method, seeds in self.seeds[dataset][regime].items()
            for seed in seeds
        ]

    def records(self) -> list[str]:
        """Every file of records of the area."""
        evaluated = [
            (dataset, regime, "metrics") for dataset in self.datasets for regime in self.seeds[dataset]
        ]
        timed = [(*place, "timing") for place in self.timed]
        return [
            f"<results>/inversion/{dataset}/{regime}/{name}.json"
            for dataset, regime, name in evaluated + timed
        ]

    def _drawn(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The figures of a data set: name -> entry."""
        kinds = {None, *(entry.kind for entry in self._inverting if dataset in entry.data)}
        return {name: entry for name, entry in self.area["figures"].items() if entry.get("needs") in kinds}

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures of every data set: name -> type and options."""
        return {
            f"{dataset}/{name}": {"type": entry["type"], **entry.get("with", {}), "dataset": dataset}
            for dataset in self.datasets
            for name, entry in self._drawn(dataset).items()
        }

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the tables."""
        return self._shown(figure.partition("/")[0])

    def _shown(self, dataset: str) -> list[str]:
        """Fields and histories of a data set."""
        histories = [
            f"{run}/history.nc"
            for regime in self.seeds[dataset]
            for run in self.runs(dataset, regime)
            if self._trained(run.split("/")[-2])
        ]
        return [*self.field_files(dataset), *histories]

    def field_files(self, dataset: str) -> list[str]:
        """The weak-field problem of a data set, and what every run inferred."""
        runs = [run for regime in self.seeds[dataset] for run in self.runs(dataset, regime)]
        return [*self._problem(dataset), *(f"{run}/field.nc" for run in runs)]

    def page_files(self) -> list[str]:
        """What the page tells of besides the tables."""
        return [file for dataset in self.datasets for file in self._problem(dataset)]

    def shown_files(self) -> list[str]:
        """What cards, plots and pictures of the report read besides the tables."""
        return list(dict.fromkeys(file for name in self.datasets for file in self._shown(name)))

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the tables."""
        return []

    def _problem(self, dataset: str) -> list[str]:
        return [f"<results>/data/{dataset}.nc", f"<results>/inversion/{dataset}/weak_field.nc"]

    def scheme(self, dataset: str) -> dict[str, Any]:
        """Wavelengths and formula of each component on a data set."""
        return self.area["schemes"][self.config["datasets"][dataset]["scheme"]]

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        seeds = [seed for entry in self._inverting for seed in entry.seeds or self.area["seeds"]]
        return {
            "area": "inversion",
            **{name: self.area[name] for name in ("regimes", "encoders", "classical", "training")},
            "seeds": list(dict.fromkeys(seeds)),
            "references": self._references(),
            "schemes": {dataset: self.scheme(dataset) for dataset in self.datasets},
            "sweep": self._swept(),
            "margins": self.config["margins"],
            "figures": {dataset: list(self._drawn(dataset)) for dataset in self.datasets},
        }

    def _references(self) -> dict[str, str]:
        """Regime -> the method that its others are compared with: the first where no experiment names another."""
        named = {
            regime: entry.reference
            for entry in self._inverting
            for regime in entry.regimes
            if entry.reference in matching(self.area, entry.methods, regime)
        }
        first = {
            regime: next(iter(methods))
            for regimes in self.seeds.values()
            for regime, methods in regimes.items()
        }
        return first | named

    def _swept(self) -> dict[str, Any]:
        """The encoder and the regimes of the experiment on resolutions, if one is run."""
        if self._sweep is None:
            return {"encoder": "", "regimes": []}
        regimes = self._sweep.regimes
        return {"encoder": matching(self.area, self._sweep.methods, regimes[0])[0], "regimes": regimes}
