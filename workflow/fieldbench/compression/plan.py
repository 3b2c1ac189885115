"""What the area `compression` runs, and the files that follow from it."""

from collections.abc import Mapping
from typing import Any

from fieldbench import experiments
from fieldbench.compression import published
from fieldbench.compression.configuration import Experiment, codec_at
from fieldbench.planning import Skipped

QUESTION = "A field as a small file"


class Plan:
    """Experiments: codecs at their operating points on data sets.

    Args:
        config: the whole configuration.
        skipped: names of data sets -> those that cannot be had, with the reason.
    """

    def __init__(self, config: Mapping[str, Any], skipped: Skipped):
        self.area = config["compression"]
        self.codecs = {**self.area["codecs"], **self.area["standard"]}
        self.experiments = experiments.of_area(config, "compression", Experiment, self.codecs)
        self.skipped = skipped(
            dict.fromkeys(name for entry in self.experiments.values() for name in entry.data)
        )
        pairs = [
            (dataset, codec)
            for entry in self.experiments.values()
            for dataset in entry.data
            for codec in entry.methods
            if dataset not in self.skipped
        ]
        self.pairs = list(dict.fromkeys(pairs))
        self.datasets = list(dict.fromkeys(dataset for dataset, _ in self.pairs))

    def _comparing(self, dataset: str, codec: str) -> list[Experiment]:
        """The experiments that run a codec on a data set."""
        return [
            entry for entry in self.experiments.values() if dataset in entry.data and codec in entry.methods
        ]

    def points(self, dataset: str, codec: str) -> dict[str, Any]:
        """The operating points at which a codec is run on a data set, as the configuration gives them."""
        known = self.codecs[codec]["points"]
        wanted = {name for entry in self._comparing(dataset, codec) for name in entry.points or known}
        return {name: setting for name, setting in known.items() if name in wanted}

    def runs(self, dataset: str, codec: str) -> list[str]:
        """Folders of all fits of one learned codec to one data set."""
        seeds = {
            seed for entry in self._comparing(dataset, codec) for seed in entry.seeds or self.area["seeds"]
        }
        return [
            f"<results>/compression/{dataset}/{codec}/{point}/{seed}"
            for point in self.points(dataset, codec)
            for seed in sorted(seeds)
        ]

    def codec_at(self, codec: str, point: str) -> dict[str, Any]:
        """Type and options of a learned codec at one operating point."""
        return codec_at(self.area, codec, point)

    def standard(self, dataset: str, codec: str) -> dict[str, Any]:
        """Type, options and operating points of a standard codec, as it is run on a data set."""
        entry = self.area["standard"][codec]
        return {"type": entry["type"], "with": entry.get("with", {}), "points": self.points(dataset, codec)}

    def records(self) -> list[str]:
        """Every file of records of the area."""
        return [f"<results>/compression/{dataset}/{codec}/metrics.json" for dataset, codec in self.pairs]

    def figures(self) -> dict[str, dict[str, Any]]:
        """The figures that have something to show: name -> entry."""
        shown = {name for name, entry in self.experiments.items() if set(entry.data) & set(self.datasets)}
        return {
            name: entry
            for name, entry in self.area["figures"].items()
            if entry["with"].get("experiment") in shown or entry["with"].get("dataset") in self.datasets
        }

    def figure_files(self, figure: str) -> list[str]:
        """What a figure may show besides the tables."""
        folders = [f"<results>/compression/{dataset}/{codec}" for dataset, codec in self.pairs]
        histories = [
            f"{run}/history.nc"
            for dataset, codec in self.pairs
            if codec in self.area["codecs"]
            for run in self.runs(dataset, codec)
        ]
        data = [f"<results>/data/{dataset}.nc" for dataset in self.datasets]
        return [*data, *(f"{folder}/decoded.nc" for folder in folders), *histories]

    def page_files(self) -> list[str]:
        """What the page tells of besides the tables."""
        return [f"<results>/data/{dataset}.nc" for dataset in self.datasets]

    def claim_files(self) -> list[str]:
        """What claims are judged by besides the tables."""
        return []

    def about(self) -> dict[str, Any]:
        """What pages and figures say of what was run."""
        described = {
            name: {
                "description": entry["description"],
                "learned": name in self.area["codecs"],
                "points": entry["points"],
                "options": entry.get("with", {}),
            }
            for name, entry in self.codecs.items()
        }
        shown = {
            name: {**entry.model_dump(), "title": entry.title or name}
            for name, entry in self.experiments.items()
        }
        document = {
            part: experiments.matching(patterns, self.codecs)
            for part, patterns in self.area["document"].items()
        }
        return {
            **{key: self.area[key] for key in ("seeds", "training")},
            "experiments": shown,
            "codecs": described,
            "document": document,
            "figures": self.figures(),
            "published": published.rows(),
        }
