"""What the area `radiance` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench import planning
from fieldbench.planning import Skipped
from fieldbench.radiance.configuration import Experiment

QUESTION = "A scene from its views"


class Plan(planning.Plan):
    """Experiments: methods and seeds on scenes.

    Attributes:
        changes: experiment -> what its trainings do otherwise.
    """

    area = "radiance"
    model = Experiment

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        super().__init__(config, skipped)
        self.changes = {name: config["experiments"][name].get("training", {}) for name in self.experiments}

    def methods(self) -> dict[str, Any]:
        """All of the configuration."""
        return self.section["methods"]

    def method(self, name: str) -> dict[str, Any]:
        """The choices that a method is, keys of `Spec`."""
        return self.methods()[name]["with"]

    def modules(self, name: str) -> list[str]:
        """The modules that a method picks by name."""
        return [f"radiance.fields.{self.method(name)['field']['type']}"]

    def orbiting(self, scene: str) -> str:
        """The method whose training a turn around a scene shows."""
        return self.section["orbits"][scene]["method"]

    def training(self, experiment: str) -> dict[str, Any]:
        """How the methods of an experiment are trained: the common values, and what the experiment says otherwise."""
        return {**self.section["training"], **self.changes[experiment]}

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures that have something to show: name -> type and options."""
        return {name: entry for name, entry in super().figures().items() if self._run(**entry["with"])}

    def _run(self, experiment: str, dataset: str | None = None, **_: Any) -> bool:
        """Whether an experiment is run on a scene, or on any."""
        scenes = self.experiments[experiment].data if experiment in self.experiments else []
        return any(scene not in self.skipped and dataset in (None, scene) for scene in scenes)

    def model_files(self, scene: str) -> list[str]:
        """What every run on a scene learned, and how it went."""
        runs = [run for run in self.runs() if run.split("/")[2] == scene]
        return [f"{run}/{file}" for run in runs for file in ("model.pt", "views.nc")]

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the table."""
        runs = self.runs()
        return [
            *self._scenes(),
            *(f"{run}/views.nc" for run in runs),
            *(f"{run}/history.nc" for run in runs),
        ]

    def shown_files(self) -> list[str]:
        """What figures read."""
        return self.figure_files("")

    def page_files(self) -> list[str]:
        """What the page tells of besides the table."""
        orbits = [f"<results>/figures/radiance/orbit-{scene}.gif" for scene in self.orbits()]
        return [*self._scenes(), *orbits]

    def _scenes(self) -> list[str]:
        scenes = dict.fromkeys(run.split("/")[2] for run in self.runs())
        return [f"<results>/data/{scene}.nc" for scene in scenes]

    def orbits(self) -> dict[str, str]:
        """Scene -> the folder of the training that a turn around it shows, of those that are run."""
        first = {run.rpartition("/")[0]: run for run in reversed(self.runs())}
        folders = {
            scene: f"<results>/radiance/{scene}/{entry['experiment']}/{entry['method']}"
            for scene, entry in self.section["orbits"].items()
        }
        return {scene: first[folder] for scene, folder in folders.items() if folder in first}

    def about(self) -> dict[str, Any]:
        """What pages, figures and claims are told of the configuration."""
        told = super().about()
        for name, entry in told["experiments"].items():
            entry["training"] = self.changes[name]
        return {**told, "methods": self.methods(), "orbits": list(self.orbits())}
