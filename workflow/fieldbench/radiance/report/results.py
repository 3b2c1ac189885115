"""What was computed in the radiance area: its table, rendered views and histories, read when asked for."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.metrics.images import psnr
from fieldbench.radiance.report.comparison import VIEW_COLUMNS, Views
from fieldbench.radiance.report.tables import Study
from fieldbench.report.given import Given
from fieldbench.report.tables import Key, Results


def scene_facts(data: xr.Dataset, name: str) -> dict[str, Any]:
    """What a page says about a scene.

    Args:
        data: `image` (view, y, x, channel) and `split` (view) with attributes.
        name: of the scene, for one without title.

    Returns:
        title, views_train, views_test, width, height, source, licence, notes (list of lines).
    """
    split = data.split.values
    return {
        "title": data.attrs.get("title", name),
        **{f"views_{part}": int((split == part).sum()) for part in ("train", "test")},
        "width": data.sizes["x"],
        "height": data.sizes["y"],
        **{key: data.attrs.get(key, "") for key in ("source", "licence")},
        "notes": [line for line in data.attrs.get("notes", "").split("\n") if line],
    }


def squared_error(views: xr.Dataset) -> np.ndarray:
    """(view, y, x): mean over channels of the squared error of `rendered` against `truth`, both uint8, peak 1."""
    rendered, truth = (
        views[name].transpose("view", "y", "x", "channel").values for name in ("rendered", "truth")
    )
    return (((rendered.astype(np.float32) - truth) / 255) ** 2).mean(-1)


def view_psnr(views: xr.Dataset) -> np.ndarray:
    """(view,), PSNR of every rendered view in dB."""
    return psnr(squared_error(views).mean((1, 2), dtype=float), 1.0)


class Run:
    """Access to the results of the area.

    Args:
        given: the area's table, and what is asked for of the rest.
        about: see `radiance.page`; `facts` are read from the scenes where they are left out.
    """

    def __init__(self, given: Given, about: Mapping[str, Any]):
        self.given = given
        self.about = about

    @cached_property
    def results(self) -> Results:
        """Look-up in the area's long table."""
        return Results(self.given.table("tables/radiance.parquet"))

    @cached_property
    def study(self) -> Study:
        """The table with what is known of experiments, methods and scenes."""
        facts = self.about.get("facts") or {name: self.facts(name) for name in self.results.datasets}
        return Study(self.results, {**self.about, "facts": facts}, Views(self.view_table()))

    def facts(self, scene: str) -> dict[str, Any]:
        """What is known of a scene; see `scene_facts`."""
        with xr.open_dataset(self.given.path(f"data/{scene}.nc"), engine="netcdf4") as data:
            return scene_facts(data, scene)

    def view_table(self) -> pd.DataFrame:
        """The PSNR of every test view of every run whose views are there: `scenes.VIEW_COLUMNS`."""
        rows = [
            (*key, seed, view, level)
            for key in self.results.keys
            for seed in self.given.seeds(_folder(key), "views.nc")
            if (views := self._read(key, seed, "views.nc")) is not None
            for view, level in enumerate(view_psnr(views))
        ]
        return pd.DataFrame(rows, columns=VIEW_COLUMNS)

    def views(self, key: Key) -> xr.Dataset | None:
        """The first seed's `rendered` and `truth` (view, y, x, channel), perhaps `occupancy` of cells; None without."""
        return next(self._found(key, "views.nc"), None)

    def histories(self, key: Key) -> list[xr.Dataset]:
        """By seed `loss`, `seconds` (step), and `evaluated_seconds`, `psnr_db` (evaluation)."""
        return list(self._found(key, "history.nc"))

    def _found(self, key: Key, file: str) -> Iterator[xr.Dataset]:
        found = (self._read(key, seed, file) for seed in self.given.seeds(_folder(key), file))
        return (data for data in found if data is not None)

    def _read(self, key: Key, seed: int, file: str) -> xr.Dataset | None:
        """A file of a run; None where it holds nothing because the run failed."""
        data = self.given.dataset(f"{_folder(key)}/{seed}/{file}")
        return data if all(data.sizes.values()) and data.sizes else None


def _folder(key: Key) -> str:
    return "/".join(("radiance", *key))
