"""What was computed in the compression area: its table, fields, decoded fields and histories, read when asked for."""

import csv
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench import io
from fieldbench.errors import UserError
from fieldbench.report.compression_tables import Study
from fieldbench.report.tables import Key, Results

PUBLISHED = ("codec", "bpp", "psnr_db", "source")


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


def published(path: str | Path) -> list[dict[str, Any]]:
    """Rows of PUBLISHED: average rate and PSNR of other systems, as their authors give them.

    Raises:
        UserError: a column is missing.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    if rows and (missing := [name for name in PUBLISHED if name not in rows[0]]):
        raise UserError(f"{path} lacks the column {missing[0]}; it needs {', '.join(PUBLISHED)}.")
    return [{**row, "bpp": float(row["bpp"]), "psnr_db": float(row["psnr_db"])} for row in rows]


class CompressionRun:
    """Access to the results of the area.

    Args:
        results_root: the results folder.
        about: see `compression.page`; `facts` are read from the inputs where they are left out.
    """

    def __init__(self, results_root: str | Path, about: Mapping[str, Any]):
        self.root = Path(results_root)
        self.about = about

    @cached_property
    def results(self) -> Results:
        """Look-up in the area's long table."""
        return Results(pd.read_parquet(self.root / "tables" / "compression.parquet"))

    @cached_property
    def study(self) -> Study:
        """The table with what is known of experiments, codecs and inputs."""
        facts = self.about.get("facts") or {name: self.facts(name) for name in self.results.datasets}
        return Study(self.results, {**self.about, "facts": facts})

    def facts(self, dataset: str) -> dict[str, Any]:
        """What is known of an input, without reading its values; see `dataset_facts`."""
        with xr.open_dataset(self._data(dataset), engine="netcdf4") as data:
            return dataset_facts(data, dataset)

    def _data(self, dataset: str) -> Path:
        return self.root / "data" / f"{dataset}.nc"

    def field(self, dataset: str) -> xr.DataArray:
        """An input (channel, *space), NaN where it is unknown."""
        return io.open_dataset(self._data(dataset)).field

    def decoded(self, dataset: str, codec: str) -> xr.DataArray | None:
        """The first seed's decoded fields (point, channel, *space), on the input's scale; None where there are none."""
        file = self.root / "compression" / dataset / codec / "decoded.nc"
        if not file.exists():
            return None
        data = io.open_dataset(file)
        if "field" not in data or not data.field.size:
            return None
        if np.issubdtype(data.field.dtype, np.integer):
            return data.field.astype(np.float32) / (data.attrs["levels"] - 1)
        return data.field

    def seeds(self, key: Key) -> list[int]:
        """Seeds whose history is there."""
        names = [path.parent.name for path in self._folder(key).glob("*/history.nc")]
        return sorted(int(name) for name in names if name.isdecimal())

    def history(self, key: Key) -> xr.Dataset | None:
        """The first seed's `loss`, `seconds`, `psnr_db` and `rate_bpp` (step); None for a codec without training."""
        for seed in self.seeds(key):
            history = io.open_dataset(self._folder(key) / str(seed) / "history.nc")
            if history.sizes.get("step"):
                return history
        return None

    def _folder(self, key: Key) -> Path:
        return self.root / "compression" / key.dataset / key.method / key.regime
