"""What the area `sparse` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench.config import learned_methods
from fieldbench.planning import Skipped
from fieldbench.sparse import catalogue

QUESTION = "Whole fields from a few of their points"
VARIANTS = ("fixes", "factors", "versions")  # groups whose methods vary one method
OVERFITS = {
    "one-field-fixed-mask": "one field, always the same points observed",
    "one-field-random-masks": "one field, other points observed in every batch",
    "eight-fields": "eight fields, other points observed in every batch",
}


class Plan:
    """Tasks, groups of methods and seeds.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.config = config
        self.area = config["sparse"]
        self.overfit = self.area["overfit"]
        self.learned = learned_methods(config)
        planned = dict.fromkeys(
            task
            for part in [*self.area["plan"].values(), self.overfit]
            for task in part["tasks"]
            if part["methods"]
        )
        missing = skipped({self.dataset(task) for task in planned})
        self.skipped = {
            task: missing[self.dataset(task)] for task in planned if self.dataset(task) in missing
        }
        self.tasks = [task for task in planned if task not in self.skipped]

    def dataset(self, task: str) -> str:
        """The data set of a task."""
        return self.area["tasks"][task]["dataset"]

    def groups(self, task: str) -> dict[str, list[str]]:
        """The groups of methods that are run on a task, with their methods."""
        known = [*self.area["classical"], *self.learned]
        return {
            group: catalogue.matching(entry["methods"], known)
            for group, entry in self.area["plan"].items()
            if task in entry["tasks"] and entry["methods"]
        }

    def runs(self, task: str, group: str) -> list[str]:
        """Folders of all runs of one task and group."""
        return [
            f"<results>/sparse/{task}/{group}/{method}/{seed}"
            for method in self.groups(task)[group]
            for seed in (self.area["seeds"] if method in self.learned else [0])
        ]

    def overfits(self, task: str) -> list[str]:
        """Folders of the trainings on a task that memory alone should win."""
        return [
            f"<results>/sparse/{task}/{case}/{method}/{seed}"
            for case in self.overfit["cases"]
            for method in catalogue.matching(self.overfit["methods"], self.learned)
            for seed in self.area["seeds"]
            if task in self.overfit["tasks"]
        ]

    def scores(self, name: str) -> list[str]:
        """A file of every task and group."""
        return [
            f"<results>/sparse/{task}/{group}/{name}" for task in self.tasks for group in self.groups(task)
        ]

    def records(self) -> list[str]:
        """Every file of records of the area."""
        limits = [f"<results>/sparse/{task}/limits.json" for task in self.tasks]
        overfits = [f"{run}/training.json" for task in self.tasks for run in self.overfits(task)]
        return [*self.scores("metrics.json"), *limits, *overfits]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures with those of their tasks that are run: name -> entry; one without any is left out."""
        shown = {}
        for name, entry in self.area["figures"].items():
            if "tasks" in entry:
                entry = {**entry, "tasks": [task for task in entry["tasks"] if task in self.tasks]}
            if entry.get("task", self.tasks and self.tasks[0]) in self.tasks and entry.get(
                "tasks", self.tasks
            ):
                shown[name] = entry
        return shown

    def figure_files(self, figure: str) -> list[str]:
        """Problem, predictions and histories of the task that a figure shows; of no task for figures of the tables alone."""
        task = self.figures()[figure].get("task")
        if task is None:
            return self.claim_files()
        runs = [run for group in self.groups(task) for run in self.runs(task, group)] + self.overfits(task)
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
        oracles = {
            name: entry["oracle"] for name, entry in self.area["classical"].items() if "oracle" in entry
        }
        kept = {key: self.area[key] for key in ("seeds", "training", "versions_on")}
        overfits = {case: OVERFITS[case] for case in self.overfit["cases"]}
        own = {
            "figures": self.figures(),
            "oracles": oracles,
            "variants": list(VARIANTS),
            "overfits": overfits,
        }
        return {**catalogue.about(self.area["backbones"]), **kept, **own}

    def modules(self, method: str) -> list[str]:
        """The modules that a learned method picks by name, for provenance."""
        return catalogue.modules(self.learned[method])

    def training(self, group: str) -> dict[str, Any]:
        """How the learned methods of a group are trained: the common values, and what the group says otherwise."""
        own = (
            self.overfit["training"]
            if group in self.overfit["cases"]
            else self.area["plan"][group].get("training", {})
        )
        return {**self.area["training"], **own}
