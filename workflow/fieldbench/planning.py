"""What an area runs, and the files that follow from it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fieldbench import experiments
from fieldbench.models import Experiment

# Names of data sets -> those that cannot be had, with the reason.
Skipped = Callable[[Iterable[str]], dict[str, str]]


class Plan:
    """The plan of an area whose runs lie in `<results>/<area>/{dataset}/{experiment}/{method}/{seed}/`.

    `<area>/plan.py` defines a class `Plan`, this one with the area's name or one of the same form, and `QUESTION`, the
    area's heading. One set of rules asks the plans of all areas.

    Args:
        config: the whole configuration.
        skipped: see `Skipped`.

    Attributes:
        section: the configuration's of the area.
        experiments: those that are run.
        skipped: what was asked for and cannot be had, with the reason.
    """

    area = ""
    model: type[Experiment] = Experiment
    experiments: Mapping[str, Experiment]

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.section = config[self.area]
        self.margins = config["margins"]
        self.experiments = experiments.of_area(config, self.area, self.model, self.methods())
        names = (name for experiment in self.experiments.values() for name in experiment.data)
        self.skipped = skipped(dict.fromkeys(names))

    def methods(self) -> Mapping[str, Any]:
        """The methods that patterns in experiments may stand for; none where these name them in full."""
        return {}

    def runs(self) -> list[str]:
        """The folders of all runs."""
        return [
            f"<results>/{self.area}/{dataset}/{name}/{method}/{seed}"
            for name, experiment in self.experiments.items()
            for dataset in experiment.data
            if dataset not in self.skipped
            for method in experiment.methods
            for seed in experiment.seeds or self.section["seeds"]
        ]

    def records(self) -> list[str]:
        """Files of records, from which the area's table is made."""
        return [f"{run}/metrics.json" for run in self.runs()]

    def figures(self) -> dict[str, dict[str, Any]]:
        """Name -> type and options."""
        return self.section["figures"]

    def figure_files(self, figure: str) -> list[str]:
        """What a figure reads besides the area's table."""
        return []

    def page_files(self) -> list[str]:
        """What the page reads besides the area's table."""
        return []

    def shown_files(self) -> list[str]:
        """What cards, plots and pictures of the report read besides the area's table."""
        return self.page_files()

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the area's table."""
        return []

    def about(self) -> dict[str, Any]:
        """What pages, figures and claims are told of the configuration."""
        named = {
            name: {**experiment.model_dump(), "title": experiment.title or name}
            for name, experiment in self.experiments.items()
        }
        own = {key: self.section[key] for key in ("seeds", "training") if key in self.section}
        return {
            "area": self.area,
            "experiments": named,
            "figures": self.figures(),
            "margins": self.margins,
            **own,
        }
