"""What was computed in the compression area, read when asked for, and what the configuration says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.compression.report.rates import PSNR, RATE, Rates
from fieldbench.report import results
from fieldbench.report.experiments import Experiment, measured
from fieldbench.report.metrics import scale
from fieldbench.report.statistics import Comparison, Estimate, estimate
from fieldbench.report.tables import Key

TABLED = ("rate_distortion", "bounded")  # kinds of experiments with a table of rates


def input_facts(data: xr.Dataset, name: str) -> dict[str, Any]:
    """What a page says about an input.

    Args:
        data: `field` (channel, *space) with attributes.
        name: of the input, for one without title.

    Returns:
        title, kind, units, shape (space), pixels, channels, peak, source, licence, notes (list of lines).
    """
    shape = list(data.field.shape[1:])
    return {
        "title": data.attrs.get("title", name),
        **{key: data.attrs.get(key, "") for key in ("kind", "source", "licence")},
        "units": data.attrs.get("units", "1"),
        "shape": shape,
        "pixels": int(np.prod(shape)),
        "channels": [str(channel) for channel in data.channel.values],
        "peak": float(data.attrs["peak"]),
        "notes": results.lines(data.attrs, "notes"),
    }


class Study(results.Study):
    """All that the page and the figures rest on.

    Args:
        results: the area's long table; `dataset` is an input, `regime` an operating point, `method` a codec.
        about: what the plan says of the configuration: `experiments`, `codecs`, `document`, which of them it is about,
            `figures`, `published` averages, `seeds` and `training`.
        given: inputs, decoded fields and histories.
        facts: what is read of the inputs where they are left out.
    """

    facts_of = staticmethod(input_facts)

    @cached_property
    def rates(self) -> Rates:
        """Curves and comparisons."""
        return Rates(self.results)

    @cached_property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of which something was measured."""

        def has(experiment: str, dataset: str, codec: str) -> bool:
            return bool(self.rates.points(dataset, codec))

        return measured(self.about["experiments"], has)

    def of_kind(self, kind: str) -> list[Experiment]:
        """The experiments of a kind of which something was measured: rate_distortion, sweep, scaling or bounded."""
        return [experiment for experiment in self.experiments.values() if experiment.entry["kind"] == kind]

    def learned(self, codec: str) -> bool:
        """Whether a codec is trained."""
        return self.about["codecs"][codec]["learned"]

    def documented(self, experiment: Experiment) -> str | None:
        """The document's codec."""
        return next(iter(self._of_document(experiment, "codecs")), None)

    def uncompressed(self, experiment: Experiment) -> list[str]:
        """What the document compares its sizes with: Instant-NGP, in every precision that was run."""
        return self._of_document(experiment, "baselines")

    def rivals(self, experiment: Experiment) -> list[str]:
        """The codecs that the document wants its own compared with as it is perceived."""
        return self._of_document(experiment, "rivals")

    def _of_document(self, experiment: Experiment, part: str) -> list[str]:
        return [codec for codec in self.about["document"][part] if codec in experiment.methods]

    def trainings(self, experiment: Experiment) -> int:
        """The number of trainings of its learned codecs on an input; 0 without any."""
        learned = [
            key for codec in filter(self.learned, experiment.methods) for key in self.keys(experiment, codec)
        ]
        return max((len(self.results.seeds(key, RATE)) for key in learned), default=0)

    def keys(self, experiment: Experiment, codec: str) -> list[Key]:
        """The operating points of a codec that were measured, input by input."""
        return [key for name in experiment.data for key in self.rates.points(name, codec)]

    def points(self, experiment: Experiment, codec: str) -> list[str]:
        """The names of these: in the order of a sweep's option, or of the rate."""
        points = dict.fromkeys(key.regime for key in self.keys(experiment, codec))
        if experiment.entry.get("option"):
            return sorted(points, key=lambda point: self.option(experiment, codec, point))
        return sorted(points, key=lambda point: self.estimate(experiment, codec, point, RATE).mean)

    def option(self, experiment: Experiment, codec: str, point: str) -> float:
        """The value of a sweep's option at an operating point; NaN where the point does not set it."""
        return setting(self.about["codecs"][codec]["points"][point], experiment.entry["option"])

    def bound(self, key: Key) -> float:
        """The largest error that a file may have, in the data's unit; NaN where its operating point says none."""
        share = setting(self.about["codecs"][key.method]["points"][key.regime], "max_error_share")
        return share * float(self.facts[key.dataset]["peak"])

    def pixels(self, dataset: str) -> int:
        """Spatial samples of an input, its frames included: what its files' bytes are divided by."""
        key = next(key for key in self.results.select(dataset) if self.rates.has(key, RATE))
        return round(8 * self.rates.first(key, "file_bytes") / self.rates.first(key, RATE))

    def draws(self, experiment: Experiment, codec: str, point: str, metric: str) -> pd.Series:
        """A metric at an operating point over seeds and inputs; see `rates.nested`."""
        return self.rates.over(experiment.data, codec, point, metric)

    def estimate(self, experiment: Experiment, codec: str, point: str, metric: str) -> Estimate:
        """Mean and interval of these."""
        return estimate(self.draws(experiment, codec, point, metric), scale(metric))

    def mean(self, experiment: Experiment, codec: str, point: str, metric: str) -> float:
        """Their mean, of which parts add up to a whole; NaN without any."""
        return float(self.draws(experiment, codec, point, metric).mean())

    def measured(self, experiment: Experiment, metrics: Sequence[str]) -> list[str]:
        """Those of some metrics that a codec of the experiment has."""
        keys = [key for codec in experiment.methods for key in self.keys(experiment, codec)]
        return [metric for metric in metrics if any(self.rates.has(key, metric) for key in keys)]

    def cost(self, experiment: Experiment, codec: str, metric: str) -> float:
        """The mean of a metric over operating points and inputs."""
        keys = [key for key in self.keys(experiment, codec) if self.results.has(key, metric)]
        means = [np.mean(self.results.draws(key, metric)) for key in keys]
        return float(np.mean(means)) if means else float("nan")

    def changes(self, experiment: Experiment, reference: str, metric: str = PSNR) -> dict[str, Comparison]:
        """The rate of every codec that has a common quality with `reference`, against it: a column of a table."""
        others = [codec for codec in experiment.methods if codec != reference]
        return self.rates.compare(experiment.data, others, reference, metric)

    def change(self, datasets: Sequence[str], of: str, over: str, metric: str = PSNR) -> Comparison | None:
        """The rate of a codec against another's: as in the table of an experiment with both on these inputs, or else alone.

        None without a common quality.
        """
        tables = {table.reference: table for table in reversed(self._holding(datasets, of, over))}
        if of in tables and over not in tables:
            found = self.changes(tables[of], of, metric).get(over)
            return found and replace(found, mean=-found.mean)
        table = tables.get(over) or next(iter(tables.values()), None)
        if table is None:
            return self.rates.compare(datasets, [of], over, metric).get(of)
        return self.changes(table, over, metric).get(of)

    def _holding(self, datasets: Sequence[str], *codecs: str) -> list[Experiment]:
        """The experiments with a table of rates that compares some codecs on the same inputs."""
        inputs = set(self.rates.inputs(datasets, *codecs))
        return [
            experiment
            for experiment in self.experiments.values()
            if experiment.entry["kind"] in TABLED
            and set(codecs) <= set(experiment.methods)
            and set(self.rates.inputs(experiment.data, *codecs)) == inputs
        ]

    def ranked(self, experiment: Experiment, metric: str = PSNR) -> list[str]:
        """The codecs that can be compared with the reference, the smallest files at equal quality first."""
        changes = self.changes(experiment, experiment.reference, metric)
        means = {codec: change.mean for codec, change in changes.items()}
        return sorted([experiment.reference, *means], key=lambda codec: means.get(codec, 0.0))

    def covers(self, experiment: Experiment, codec: str) -> bool:
        """Whether a codec has a common PSNR with the reference on every input that the reference was measured on."""
        if codec == experiment.reference:
            return True
        draws, _ = self.rates.draws(experiment.data, codec, experiment.reference)
        inputs = self.rates.inputs(experiment.data, experiment.reference)
        return len(draws.index.unique("input")) == len(inputs)

    def input(self, dataset: str) -> xr.Dataset:
        """An input, whose `field` (channel, *space) is NaN where it is unknown."""
        return self.given.dataset(f"data/{dataset}.nc")

    def decoded(self, dataset: str, codec: str) -> xr.DataArray | None:
        """The first seed's decoded fields (point, channel, *space), on the input's scale; None where there are none."""
        place = f"compression/{dataset}/{codec}/decoded.nc"
        if place not in self.given:
            return None
        data = self.given.dataset(place)
        if "field" not in data or not data.field.size:
            return None
        if np.issubdtype(data.field.dtype, np.integer):
            return data.field.astype(np.float32) / (data.attrs["levels"] - 1)
        return data.field

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds`, `psnr_db` and `rate_bpp` (step); None for a codec without training."""
        folder = f"compression/{key.dataset}/{key.method}/{key.regime}"
        for seed in self.given.seeds(folder, "history.nc"):
            history = self.given.dataset(f"{folder}/{seed}/history.nc")
            if history.sizes.get("step"):
                return history
        return None


def setting(options: Any, name: str) -> float:
    """An option's value, however deep it stands; the first of a schedule, a bare number for any name, NaN without it."""
    if isinstance(options, int | float):
        return float(options)
    if isinstance(options, list | tuple):
        return setting(options[0], name)
    if not isinstance(options, Mapping):
        return float("nan")
    if name in options:
        return setting(options[name], name)
    nested = (setting(value, name) for value in options.values() if isinstance(value, Mapping))
    return next((value for value in nested if np.isfinite(value)), float("nan"))
