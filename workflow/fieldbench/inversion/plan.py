"""What the area `inversion` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench.planning import Skipped

QUESTION = "A magnetic field from Stokes profiles"


class Plan:
    """Data sets, regimes, methods and seeds.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.config = config
        self.area = config["inversion"]
        self.skipped = skipped(self.area["datasets"])
        self.datasets = [name for name in self.area["datasets"] if name not in self.skipped]
        self.regimes = {regime: methods for regime, methods in self.area["plan"].items() if methods}

    def seeds(self, method: str) -> list[int]:
        """A method without a network gives the same answer for every seed: one is enough."""
        seeds = self.config["seeds"]
        return seeds if method in self.config["encoders"] else seeds[:1]

    def encoders(self, regime: str) -> list[str]:
        """The trained methods of a regime."""
        return [method for method in self.regimes[regime] if method in self.config["encoders"]]

    def runs(self, dataset: str, regime: str) -> list[str]:
        """Folders of all runs of one data set and regime."""
        return [
            f"<results>/inversion/{dataset}/{regime}/{method}/{seed}"
            for method in self.regimes[regime]
            for seed in self.seeds(method)
        ]

    def records(self) -> list[str]:
        """Every file of records of the area."""
        timing = self.area["timing"]
        evaluated = [(dataset, regime, "metrics") for dataset in self.datasets for regime in self.regimes]
        timed = [
            (dataset, regime, "timing")
            for dataset in timing["datasets"]
            for regime in timing["regimes"]
            if dataset in self.datasets and regime in self.regimes
        ]
        return [
            f"<results>/inversion/{dataset}/{regime}/{name}.json"
            for dataset, regime, name in evaluated + timed
        ]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures of every data set: name -> entry."""
        return {
            f"{dataset}/{name}": {**entry, "dataset": dataset}
            for dataset in self.datasets
            for name, entry in self.area["figures"].items()
        }

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the tables."""
        dataset = figure.partition("/")[0]
        fields = [
            f"{run}/{name}.nc"
            for regime in self.regimes
            for method in self.regimes[regime]
            for seed in self.seeds(method)
            for run in [f"<results>/inversion/{dataset}/{regime}/{method}/{seed}"]
            for name in ("field", "history")
            if name == "field" or method in self.config["encoders"]
        ]
        return [*self._problem(dataset), *fields]

    def page_files(self) -> list[str]:
        """What the page tells of besides the tables."""
        return [file for dataset in self.datasets for file in self._problem(dataset)]

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the tables."""
        return []

    def _problem(self, dataset: str) -> list[str]:
        return [f"<results>/data/{dataset}.nc", f"<results>/inversion/{dataset}/weak_field.nc"]

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        schemes = {
            name: self.config["schemes"][self.config["datasets"][name]["scheme"]] for name in self.datasets
        }
        words = ("regimes", "encoders", "classical", "seeds", "training")
        return {
            **{name: self.config[name] for name in words},
            "schemes": schemes,
            "reference": "v0",  # the method that others of its regime are compared with
            "sweep": self.area["sweep"],
            "figures": self.area["figures"],
        }
