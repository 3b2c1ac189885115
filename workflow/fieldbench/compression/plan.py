"""What the area `compression` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench import experiments, planning
from fieldbench.compression import published
from fieldbench.compression.configuration import Experiment, codec_at
from fieldbench.planning import Skipped

QUESTION = "A field as a small file"


class Plan(planning.Plan):
    """Experiments: codecs at their operating points on data sets.

    Attributes:
        pairs: data sets and the codecs that are run on them.
        datasets: those of them.
    """

    area = "compression"
    model = Experiment
    experiments: Mapping[str, Experiment]

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        super().__init__(config, skipped)
        pairs = [
            (dataset, codec)
            for entry in self.experiments.values()
            for dataset in entry.data
            for codec in entry.methods
            if dataset not in self.skipped
        ]
        self.pairs = list(dict.fromkeys(pairs))
        self.datasets = list(dict.fromkeys(dataset for dataset, _ in self.pairs))

    def methods(self) -> dict[str, Any]:
        """All codecs."""
        return {**self.section["codecs"], **self.section["standard"]}

    def _comparing(self, dataset: str, codec: str) -> list[Experiment]:
        """The experiments that run a codec on a data set."""
        return [
            entry for entry in self.experiments.values() if dataset in entry.data and codec in entry.methods
        ]

    def points(self, dataset: str, codec: str) -> dict[str, Any]:
        """The operating points at which a codec is run on a data set, as the configuration gives them."""
        known = self.methods()[codec]["points"]
        wanted = {name for entry in self._comparing(dataset, codec) for name in entry.points or known}
        return {name: setting for name, setting in known.items() if name in wanted}

    def fits(self, dataset: str, codec: str) -> list[str]:
        """Folders of all fits of one learned codec to one data set."""
        seeds = {
            seed for entry in self._comparing(dataset, codec) for seed in entry.seeds or self.section["seeds"]
        }
        return [
            f"<results>/compression/{dataset}/{codec}/{point}/{seed}"
            for point in self.points(dataset, codec)
            for seed in sorted(seeds)
        ]

    def codec_at(self, codec: str, point: str) -> dict[str, Any]:
        """Type and options of a learned codec at one operating point."""
        return codec_at(self.section, codec, point)

    def standard(self, dataset: str, codec: str) -> dict[str, Any]:
        """Type, options and operating points of a standard codec, as it is run on a data set."""
        entry = self.section["standard"][codec]
        return {"type": entry["type"], "with": entry.get("with", {}), "points": self.points(dataset, codec)}

    def records(self) -> list[str]:
        """Every file of records of the area."""
        return [f"<results>/compression/{dataset}/{codec}/metrics.json" for dataset, codec in self.pairs]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures that have something to show: name -> type and options."""
        shown = {name for name, entry in self.experiments.items() if set(entry.data) & set(self.datasets)}
        return {
            name: entry
            for name, entry in super().figures().items()
            if entry["with"].get("experiment") in shown or entry["with"].get("dataset") in self.datasets
        }

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the table."""
        folders = [f"<results>/compression/{dataset}/{codec}" for dataset, codec in self.pairs]
        histories = [
            f"{run}/history.nc"
            for dataset, codec in self.pairs
            if codec in self.section["codecs"]
            for run in self.fits(dataset, codec)
        ]
        data = [f"<results>/data/{dataset}.nc" for dataset in self.datasets]
        return [*data, *(f"{folder}/decoded.nc" for folder in folders), *histories]

    def shown_files(self) -> list[str]:
        """What figures read."""
        return self.figure_files("")

    def page_files(self) -> list[str]:
        """What the page tells of besides the table."""
        return [f"<results>/data/{dataset}.nc" for dataset in self.datasets]

    def about(self) -> dict[str, Any]:
        """What pages, figures and claims are told of the configuration."""
        described = {
            name: {
                "description": entry["description"],
                "learned": name in self.section["codecs"],
                "points": entry["points"],
                "options": entry.get("with", {}),
            }
            for name, entry in self.methods().items()
        }
        document = {
            part: experiments.matching(patterns, self.methods())
            for part, patterns in self.section["document"].items()
        }
        own = {"codecs": described, "document": document, "published": published.rows()}
        return {**super().about(), **own}
