"""What the area `radiance` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench import experiments
from fieldbench.planning import Skipped
from fieldbench.radiance.configuration import Experiment

QUESTION = "A scene from its views"


class Plan:
    """Experiments: methods and seeds on scenes.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.area = config["radiance"]
        self.experiments = experiments.of_area(config, "radiance", Experiment, self.area["methods"])
        self.skipped = skipped(
            dict.fromkeys(scene for entry in self.experiments.values() for scene in entry.data)
        )

    def runs(self) -> list[str]:
        """Folders of all trainings of the area."""
        return [
            f"<results>/radiance/{scene}/{experiment}/{method}/{seed}"
            for experiment, entry in self.experiments.items()
            for scene in entry.data
            if scene not in self.skipped
            for method in entry.methods
            for seed in entry.seeds or self.area["seeds"]
        ]

    def method(self, name: str) -> dict[str, Any]:
        """The choices that a method is, keys of `Spec`."""
        return self.area["methods"][name]["with"]

    def training(self, experiment: str) -> dict[str, Any]:
        """How the methods of an experiment are trained: the common values, and what the experiment says otherwise."""
        return {**self.area["training"], **self._changes(self.experiments[experiment])}

    def _changes(self, experiment: Experiment) -> dict[str, Any]:
        return experiment.training.model_dump(exclude_unset=True)

    def records(self) -> list[str]:
        """Every file of records of the area."""
        return [f"{run}/metrics.json" for run in self.runs()]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures that have something to show: name -> entry."""
        return {name: entry for name, entry in self.area["figures"].items() if self._run(**entry["with"])}

    def _run(self, experiment: str, dataset: str | None = None, **_: Any) -> bool:
        """Whether an experiment is run on a scene, or on any."""
        data = self.experiments[experiment].data if experiment in self.experiments else []
        return any(scene not in self.skipped and dataset in (None, scene) for scene in data)

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
        shown = {
            name: {**entry.model_dump(), "title": entry.title or name, "training": self._changes(entry)}
            for name, entry in self.experiments.items()
        }
        return {
            **{key: self.area[key] for key in ("seeds", "training", "methods")},
            "experiments": shown,
            "figures": self.figures(),
            "orbits": list(self.orbits()),
        }
