"""What was computed in the compression area: its table, fields, decoded fields and histories, read when asked for."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from fieldbench.compression.report.tables import Study
from fieldbench.report.given import Given
from fieldbench.report.tables import Key, Results


def dataset_facts(data: xr.Dataset, name: str) -> dict[str, Any]:
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
        "notes": [line for line in data.attrs.get("notes", "").split("\n") if line],
    }


class Run:
    """Access to the results of the area.

    Args:
        given: the area's table, and what is asked for of the rest.
        about: see `compression.page`; `facts` are read from the inputs where they are left out.
    """

    def __init__(self, given: Given, about: Mapping[str, Any]):
        self.given = given
        self.about = about

    @cached_property
    def results(self) -> Results:
        """Look-up in the area's long table."""
        return Results(self.given.table("tables/compression.parquet"))

    @cached_property
    def study(self) -> Study:
        """The table with what is known of experiments, codecs and inputs."""
        facts = self.about.get("facts") or {name: self.facts(name) for name in self.results.datasets}
        return Study(self.results, {**self.about, "facts": facts})

    def facts(self, dataset: str) -> dict[str, Any]:
        """What is known of an input, without reading its values; see `dataset_facts`."""
        with xr.open_dataset(self.given.path(_data(dataset)), engine="netcdf4") as data:
            return dataset_facts(data, dataset)

    def field(self, dataset: str) -> xr.DataArray:
        """An input (channel, *space), NaN where it is unknown."""
        return self.given.dataset(_data(dataset)).field

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


def _data(dataset: str) -> str:
    return f"data/{dataset}.nc"
