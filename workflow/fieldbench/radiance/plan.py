"""What the area `radiance` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench.planning import Skipped

QUESTION = "A scene from its views"


class Plan:
    """Experiments: methods and seeds on scenes.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.area = config["radiance"]
        self.experiments = {
            name: entry for name, entry in self.area["experiments"].items() if entry["methods"]
        }
        self.skipped = skipped({scene for entry in self.experiments.values() for scene in entry["scenes"]})

    def runs(self) -> list[str]:
        """Folders of all trainings of the area."""
        return [
            f"<results>/radiance/{scene}/{experiment}/{method}/{seed}"
            for experiment, entry in self.experiments.items()
            for scene in entry["scenes"]
            if scene not in self.skipped
            for method in entry["methods"]
            for seed in entry.get("seeds", self.area["seeds"])
        ]

    def method(self, name: str) -> dict[str, Any]:
        """What a method is, without the words that only pages use."""
        return {key: value for key, value in self.area["methods"][name].items() if key != "description"}

    def training(self, experiment: str) -> dict[str, Any]:
        """How the methods of an experiment are trained: the common values, and what the experiment says otherwise."""
        return {**self.area["training"], **self.experiments[experiment].get("training", {})}

    def records(self) -> list[str]:
        """Every file of records of the area."""
        return [f"{run}/metrics.json" for run in self.runs()]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures whose scene is run: name -> entry."""
        return {
            name: entry
            for name, entry in self.area["figures"].items()
            if entry["experiment"] in self.experiments
            and entry["dataset"] in self.experiments[entry["experiment"]]["scenes"]
            and entry["dataset"] not in self.skipped
        }

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the tables."""
        return [*self.claim_files(), *(f"{run}/history.nc" for run in self.runs())]

    def page_files(self) -> list[str]:
        """What the page tells of besides the tables."""
        orbits = [f"<results>/figures/radiance/orbit-{scene}.gif" for scene in self.orbits()]
        return [*self.claim_files(), *orbits]

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the tables."""
        scenes = dict.fromkeys(run.split("/")[2] for run in self.runs())
        return [
            *(f"<results>/data/{scene}.nc" for scene in scenes),
            *(f"{run}/views.nc" for run in self.runs()),
        ]

    def orbits(self) -> dict[str, str]:
        """Scene -> the folder of the training that a turn around it shows, of those that are run."""
        first = {run.rpartition("/")[0]: run for run in reversed(self.runs())}
        folders = {
            scene: f"<results>/radiance/{scene}/{entry['experiment']}/{entry['method']}"
            for scene, entry in self.area["orbits"].items()
        }
        return {scene: first[folder] for scene, folder in folders.items() if folder in first}

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        methods = {
            name: {**entry, "uses_masks": bool(entry.get("hull"))}
            for name, entry in self.area["methods"].items()
        }
        kept = {key: self.area[key] for key in ("seeds", "training")}
        return {
            **kept,
            "experiments": self.experiments,
            "methods": methods,
            "figures": self.figures(),
            "orbits": list(self.orbits()),
        }
