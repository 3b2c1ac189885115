"""Maps from observations, cost and certainty: `python bench/mapping.py DATA_ROOT [section ...]`, all by default.

`fieldbench map` in a process of its own, on observations that are drawn from known fields, so that its map is judged, too.
Shares of left-out observations are what the command says. Its files stay in results/bench/mapping. DATA_ROOT holds geo/.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from maps import METER, ROOT
from measure import Table, write
from scipy.stats import norm

COLUMNS = (
    *("area", "benchmark", "size", "variant", "cells", "rmse", "rmse_low", "rmse_high"),
    *("within68", "within90", "cells_rmse", "cells_within68", "cells_within90"),
    *("seconds", "wall_seconds", "bytes", "threads", "device"),
)
NUMBER = r"(\d+(?:\.\d+)?)"
SENTENCE = rf"is {NUMBER} \[{NUMBER}, {NUMBER}\] .* hold {NUMBER} % and {NUMBER} %"
DAY = "2017-07-29"
BOX = {"lat": slice(60, 20), "lon": slice(300, 350)}  # of the gauges, in the North Atlantic
TURNS, POINTS = 127, 100_000  # of the satellite, in ten days; on its tracks
TILT, STEP = (
    66.0,
    360 * 9.9156 / 127,
)  # degrees: of the orbit against the equator, and that the Earth turns on meanwhile
CORES = 2
Seen = tuple[pd.DataFrame, xr.DataArray, list[str]]  # observations, the true map, and options beside the grid


def day(root: Path) -> xr.DataArray:
    """Sea-surface temperature of a day at a quarter of a degree."""
    with xr.open_dataset(root / "geo/oisst_avhrr_20170729.nc") as file:
        return described(file["sst"].load())


def described(field: xr.DataArray) -> xr.DataArray:
    """`field` with the units of a grid."""
    about = {"units": "degC", "standard_name": "sea_surface_temperature"}
    field = field.drop_attrs().drop_encoding().assign_attrs(about)
    units = {"lat": {"units": "degrees_north"}, "lon": {"units": "degrees_east"}}
    return field.assign_coords({name: field[name].assign_attrs(about) for name, about in units.items()})


def observed(
    latitude, longitude, values, noise: float, rng: np.random.Generator, *, stated: bool
) -> pd.DataFrame:
    """The columns of a file of observations, with normal noise that it states or not."""
    values = values + noise * rng.standard_normal(len(values))
    columns = {"lat": latitude, "lon": longitude, "sst [degC]": values, "time": DAY}
    return pd.DataFrame({**columns, "sst_error": noise} if stated else columns)


def gauges(root: Path, *, stated: bool) -> Seen:
    """300 places of a region of the sea."""
    field, rng = day(root).sel(BOX), np.random.default_rng(0)
    row, column = np.nonzero(np.isfinite(field.values))
    some = rng.choice(len(row), 300, replace=False)
    row, column = row[some], column[some]
    latitude, longitude = field["lat"].values[row], field["lon"].values[column]
    return observed(latitude, longitude, field.values[row, column], 0.3, rng, stated=stated), field, []


def tracks(root: Path) -> Seen:
    """Points along the ground tracks of ten days, evenly in time; the map has every fourth cell as far as they go."""
    field, rng = day(root), np.random.default_rng(0)
    turn = np.linspace(0, TURNS, 2 * POINTS)
    along, tilt = 2 * np.pi * turn, np.radians(TILT)
    latitude = np.degrees(np.arcsin(np.sin(tilt) * np.sin(along)))
    longitude = np.degrees(np.arctan2(np.cos(tilt) * np.sin(along), np.cos(along))) - STEP * turn
    values = field.sel(
        lat=xr.DataArray(latitude, dims="point"),
        lon=xr.DataArray(longitude % 360, dims="point"),
        method="nearest",
    ).values
    sea = np.flatnonzero(np.isfinite(values))
    some = sea[np.linspace(0, len(sea) - 1, POINTS).astype(int)]
    seen = observed(latitude[some], longitude[some] % 360, values[some], 0.2, rng, stated=True)
    return seen, field.sel(lat=slice(TILT, -TILT))[2::4, 2::4], []


def thinned(root: Path) -> Seen:
    """One in a hundred of the day's cells."""
    field, rng = day(root), np.random.default_rng(0)
    row, column = np.nonzero(np.isfinite(field.values))
    some = rng.choice(len(row), len(row) // 100, replace=False)
    latitude, longitude = field["lat"].values[row[some]], field["lon"].values[column[some]]
    return (
        observed(latitude, longitude, field.values[row[some], column[some]], 0.0, rng, stated=False),
        field,
        [],
    )


def month(root: Path) -> Seen:
    """One in twenty of the cells of a month, whose series without it is the history."""
    with xr.open_dataset(root / "geo/sst.mnmean.nc") as file:
        series = described(file["sst"].load())
    field, rng = series[-1], np.random.default_rng(0)
    series[:-1].to_netcdf("history.nc")
    row, column = np.nonzero(np.isfinite(field.values))
    some = rng.choice(len(row), round(0.05 * len(row)), replace=False)
    latitude, longitude = field["lat"].values[row[some]], field["lon"].values[column[some]]
    seen = observed(latitude, longitude, field.values[row[some], column[some]], 0.0, rng, stated=False)
    seen["time"] = str(field["time"].values)[:10]
    return seen, field.drop_vars("time"), ["--history", "history.nc"]


CASES: dict[str, Callable[[Path], Seen]] = {
    "gauges": partial(gauges, stated=False),
    "gauges-stated": partial(gauges, stated=True),
    "tracks": tracks,
    "thinned-day": thinned,
    "month-with-history": month,
}


def mapped(root: Path, name: str, table: Table) -> None:
    """One map, and the row of it."""
    folder = Path("results/bench/mapping", name)
    folder.mkdir(parents=True, exist_ok=True)
    with chdir(folder):
        seen, truth, options = CASES[name](root)
        seen.to_csv("seen.csv", index=False)
        truth.to_dataset(name="sst").to_netcdf("grid.nc")
        costs = command(["seen.csv", "--grid", "grid.nc", "--value", "sst", "-o", "map.nc", *options])
        with xr.open_dataset("map.nc") as made:
            scores = {**said(made.attrs["comment"]), **judged(made, truth)}
    table.add(name, len(seen), scores.pop("method"), **scores, **costs)


def command(options: list[str]) -> dict[str, float]:
    """Processor and wall-clock seconds of `fieldbench map`, imports and figures included, and its largest memory, bytes."""
    call = [sys.executable, "-m", "fieldbench.cli", "map", *options, "--cores", str(CORES)]
    library = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", METER, *call], env=library, text=True, capture_output=True)
    wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(call)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    spent = json.loads(done.stdout.splitlines()[-1])
    return {**spent, "wall_seconds": wall}


def said(sentence: str) -> dict[str, float | str]:
    """What the command says of observations that were left out: method, error with its interval, shares within intervals."""
    numbers = re.search(SENTENCE, sentence)
    if numbers is None:
        sys.exit(f"no error and shares in: {sentence}")
    rmse, low, high, narrow, wide = map(float, numbers.groups())
    method = sentence.split(" by ", 1)[1].split(";")[0].split(" (")[0]
    shares = {"within68": narrow / 100, "within90": wide / 100}
    return {"method": method, "rmse": rmse, "rmse_low": low, "rmse_high": high, **shares}


def judged(made: xr.Dataset, truth: xr.DataArray) -> dict[str, float]:
    """The map against the truth, at all of its cells."""
    known = np.isfinite(truth.values)
    error = np.abs(made["sst"].values - truth.values)[known]
    spread = made["sst_standard_error"].values[known]
    shares = {
        f"cells_within{percent}": float(np.mean(error <= norm.ppf(0.5 + percent / 200) * spread))
        for percent in (68, 90)
    }
    return {"cells": int(known.sum()), "cells_rmse": float(np.sqrt(np.mean(error**2))), **shares}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("say where the data lie: python bench/mapping.py DATA_ROOT [section ...]")
    data = Path(sys.argv.pop(1)).resolve()
    write("mapping", {CORES: {name: partial(mapped, data, name) for name in CASES}}, COLUMNS)
