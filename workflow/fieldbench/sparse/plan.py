"""What the area `sparse` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench import experiments
from fieldbench.planning import Skipped
from fieldbench.sparse import catalogue
from fieldbench.sparse.configuration import Experiment, learned_methods

QUESTION = "Whole fields from a few of their points"


class Plan:
    """Tasks, experiments and their methods.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.section = config["sparse"]
        self.experiments = experiments.of_area(config, "sparse", Experiment)
        self.learned = learned_methods(self.section)
        asked = dict.fromkeys(task for entry in self.experiments.values() for task in entry.data)
        missing = skipped({self.dataset(task) for task in asked})
        self.skipped = {task: missing[self.dataset(task)] for task in asked if self.dataset(task) in missing}
        self.tasks = [task for task in asked if task not in self.skipped]

    def dataset(self, task: str) -> str:
        """The data set of a task."""
        return self.section["tasks"][task]["dataset"]

    def methods(self, experiment: str) -> list[str]:
        """The methods of an experiment by name."""
        return catalogue.matching(
            self.experiments[experiment].methods, [*self.section["classical"], *self.learned]
        )

    def runs(self, task: str, experiment: str) -> list[str]:
        """Folders of all runs of an experiment on a task."""
        seeds = self.experiments[experiment].seeds or self.section["seeds"]
        return [
            f"<results>/sparse/{task}/{experiment}/{method}/{seed}"
            for method in self.methods(experiment)
            for seed in (seeds if method in self.learned else [0])
        ]

    def scored(self, task: str) -> list[str]:
        """The experiments whose runs on a task are scored on fields that they have not seen."""
        return self._on(task, overfit=False)

    def overfits(self, task: str) -> list[str]:
        """Folders of the trainings on a task that memory alone should win."""
        return [run for experiment in self._on(task, overfit=True) for run in self.runs(task, experiment)]

    def _on(self, task: str, overfit: bool) -> list[str]:
        return [
            name
            for name, entry in self.experiments.items()
            if task in entry.data and bool(entry.overfit) == overfit
        ]

    def scores(self, name: str) -> list[str]:
        """A file of every task and scored experiment."""
        return [
            f"<results>/sparse/{task}/{experiment}/{name}"
            for task in self.tasks
            for experiment in self.scored(task)
        ]

    def records(self) -> list[str]:
        """Every file of records of the area."""
        limits = [f"<results>/sparse/{task}/limits.json" for task in self.tasks]
        overfits = [f"{run}/training.json" for task in self.tasks for run in self.overfits(task)]
        return [*self.scores("metrics.json"), *limits, *overfits]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures with those of their tasks that are run: name -> entry; one without any is left out."""
        shown = {}
        for name, entry in self.section["figures"].items():
            options = dict(entry.get("with", {}))
            tasks = options.get("tasks", [options["task"]] if "task" in options else self.tasks)
            tasks = [task for task in tasks if task in self.tasks]
            if "tasks" in options:
                options["tasks"] = tasks
            if tasks:
                shown[name] = {**entry, "with": options}
        return shown

    def figure_files(self, figure: str) -> list[str]:
        """Problem, predictions and histories of the task that a figure shows; of no task for figures of the tables alone."""
        task = self.figures()[figure]["with"].get("task")
        if task is None:
            return self.claim_files()
        scored = [run for experiment in self.scored(task) for run in self.runs(task, experiment)]
        runs = [*scored, *self.overfits(task)]
        predictions = [f"{run}/prediction.nc" for run in runs]
        histories = [f"{run}/history.nc" for run in runs if run.split("/")[-2] in self.learned]
        return [*self.claim_files(), f"<results>/sparse/{task}/problem.nc", *predictions, *histories]

    def page_files(self) -> list[str]:
        """What the page tells of besides the tables."""
        return [*self.claim_files(), *(f"<results>/sparse/{task}/problem.nc" for task in self.tasks)]

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the tables."""
        return ["<results>/tables/sparse_fields.parquet"]

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        return {
            **catalogue.about(self.section["backbones"]),
            **{name: self.section[name] for name in ("seeds", "training", "versions_on")},
            "figures": self.figures(),
            "oracles": {
                name: entry["oracle"]
                for name, entry in self.section["classical"].items()
                if "oracle" in entry
            },
            "variants": [name for name, entry in self.experiments.items() if entry.variants],
            "overfits": {
                name: entry.title or name for name, entry in self.experiments.items() if entry.overfit
            },
        }

    def modules(self, method: str) -> list[str]:
        """The modules that a learned method picks by name, for provenance."""
        return catalogue.modules(self.learned[method])

    def training(self, experiment: str) -> dict[str, Any]:
        """How the learned methods of an experiment are trained: the common values, and what it says otherwise."""
        changes = self.experiments[experiment].training.model_dump(exclude_unset=True)
        return {**self.section["training"], **changes}

    def overfit(self, experiment: str) -> dict[str, Any] | None:
        """The few fields that an experiment's networks learn by heart, see `diagnostics.overfit`; None for all fields."""
        few = self.experiments[experiment].overfit
        return few.model_dump() if few else None
