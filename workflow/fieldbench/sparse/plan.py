"""What the area `sparse` runs, and the files that follow from it."""

from collections.abc import Iterable, Mapping
from typing import Any

from fieldbench import planning
from fieldbench.planning import Skipped
from fieldbench.sparse import catalogue
from fieldbench.sparse.configuration import Experiment, learned_methods

QUESTION = "Whole fields from a few of their points"


class Plan(planning.Plan):
    """Experiments: classical and learned methods on tasks.

    Attributes:
        learned: name -> description of every learned method.
        tasks: those whose data can be had.
    """

    area = "sparse"
    model = Experiment
    experiments: Mapping[str, Experiment]

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.learned = learned_methods(config[self.area])
        self.sources = config["datasets"]
        super().__init__(config, lambda tasks: self._skipped(tasks, skipped))
        asked = dict.fromkeys(task for entry in self.experiments.values() for task in entry.data)
        self.tasks = [task for task in asked if task not in self.skipped]

    def _skipped(self, tasks: Iterable[str], skipped: Skipped) -> dict[str, str]:
        """The tasks whose data set cannot be had, with the reason."""
        missing = skipped({self.dataset(task) for task in tasks})
        return {task: missing[self.dataset(task)] for task in tasks if self.dataset(task) in missing}

    def dataset(self, task: str) -> str:
        """The data set of a task."""
        return self.section["tasks"][task]["dataset"]

    def methods(self) -> dict[str, Any]:
        """All methods, classical ones first."""
        return {**self.section["classical"], **self.learned}

    def runs(self, task: str = "", experiment: str = "") -> list[str]:
        """The folders of all runs; of those on a task, or of an experiment on it, where these are named."""
        return [
            f"<results>/sparse/{place}/{name}/{method}/{seed}"
            for place in ([task] if task else self.tasks)
            for name, entry in self.experiments.items()
            if place in entry.data and experiment in ("", name)
            for method in entry.methods
            for seed in (entry.seeds or self.section["seeds"] if method in self.learned else [0])
        ]

    def records(self) -> list[str]:
        """Every file of records of the area: scores on fields that were not seen, limits, and what was learned by heart."""
        limits = [f"<results>/sparse/{task}/limits.json" for task in self.tasks]
        overfits = [run for run in self.runs() if self.experiments[run.split("/")[3]].overfit]
        return [*self._scores(), *limits, *(f"{run}/training.json" for run in overfits)]

    def _scores(self) -> list[str]:
        return [
            f"<results>/sparse/{task}/{experiment}/metrics.json"
            for task in self.tasks
            for experiment, entry in self.experiments.items()
            if task in entry.data and not entry.overfit
        ]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures with those of their tasks that are run: name -> entry; one without any is left out.

        A task on a file of the user's has its fields shown without being asked.
        """
        shown = {}
        for name, entry in {**self._own_figures(), **super().figures()}.items():
            options = dict(entry.get("with", {}))
            tasks = options.get("tasks", [options["task"]] if "task" in options else self.tasks)
            tasks = [task for task in tasks if task in self.tasks]
            if "tasks" in options:
                options["tasks"] = tasks
            if tasks:
                shown[name] = {**entry, "with": options}
        return shown

    def _own_figures(self) -> dict[str, dict[str, Any]]:
        """A figure of the fields of each task whose data set is a file of the user's."""
        own = [task for task in self.tasks if "path" in self.sources[self.dataset(task)].get("with", {})]
        return {f"fields-{task}": {"type": "fields", "with": {"task": task}} for task in own}

    def figure_files(self, figure: str) -> list[str]:
        """Problem, predictions and histories of the task that a figure shows; of no task for figures of the tables alone."""
        task = self.figures()[figure]["with"].get("task")
        if task is None:
            return []
        return self._shown(task)

    def shown_files(self) -> list[str]:
        """Problems, predictions and histories of all tasks."""
        return [file for task in self.tasks for file in self._shown(task)]

    def _shown(self, task: str) -> list[str]:
        runs = self.runs(task)
        predictions = [f"{run}/prediction.nc" for run in runs]
        histories = [f"{run}/history.nc" for run in runs if run.split("/")[-2] in self.learned]
        return [f"<results>/sparse/{task}/problem.nc", *predictions, *histories]

    def page_files(self) -> list[str]:
        """What the page tells of besides the table: problems, and in records what validation fields chose."""
        return [*(f"<results>/sparse/{task}/problem.nc" for task in self.tasks), *self._scores()]

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        return {
            **super().about(),
            **catalogue.about(self.section["backbones"], self.section["versions_on"]),
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
