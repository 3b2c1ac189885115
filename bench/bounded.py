"""Bytes of every codec with a bounded error: `python bench/bounded.py DATA_ROOT [section ...]`, all sections by default.

Six fields and a series, three bounds each. `smallest` is what `fieldbench encode --max-error` writes. The mask is in every
file, coded alike. A codec whose package is not installed has a row that says so.
"""

import sys
import time
from functools import partial
from pathlib import Path

import netCDF4
import numpy as np
import torch
import yaml
from fieldbench import registry
from fieldbench.compression import codec, field
from fieldbench.compression.correction import largest_error
from fieldbench.compression.field import Field
from fieldbench.datasets import sst_field, sunspot_field, wind_field
from fieldbench.errors import UserError
from measure import Table, write

COLUMNS = (
    *("area", "benchmark", "size", "variant", "bytes", "largest_error"),
    *("encode_seconds", "decode_seconds", "note", "device"),
)
SHARES = (1e-2, 3e-3, 1e-3)
CATALOGUE = Path(__file__).parents[1] / "config/catalogue/compression.yaml"
MONTHS = 12  # of the series
STEPS = 600  # of the pyramid's training
LEARNED = {1e-2: 4.6e-5, 3e-3: 4.2e-6, 1e-3: 4.6e-7}  # the catalogue's rate weights of `pyramid-bounded`
FROM_GEO = {
    "oisst-day": ("oisst_avhrr_20170729.nc", "sst", "variable"),
    "sst-series": ("sst.mnmean.nc", "sst", "volume"),
}


def codecs() -> dict[str, tuple[str, dict]]:
    """Type and options of the catalogue's codecs whose points are bounds."""
    entries = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["compression"]["standard"]
    bounded = {name: entry for name, entry in entries.items() if tuple(entry["points"].values()) == SHARES}
    return {name: (entry["type"], entry.get("with", {})) for name, entry in bounded.items()}


def read(name: str, root: str) -> Field:
    """One of the fields."""
    where = {"data_root": root, "download": False}
    if name in FROM_GEO:
        file, variable, kind = FROM_GEO[name]
        with netCDF4.Dataset(Path(root) / "geo" / file) as data:
            cut = slice(MONTHS if kind == "volume" else None)
            values = np.ma.filled(data[variable][cut].astype("f4"), np.nan)
        peak = float(np.nanmax(values) - np.nanmin(values))
        return field.make(values[None], kind=kind, units="degC", peak=peak, levels=0, channels=("sst",))
    if name.startswith("wind"):
        return field.from_dataset(wind_field.load(level=int(name.split("-")[1]), **where))
    return field.from_dataset(
        sst_field.load(month=0, **where) if name == "sst-month" else sunspot_field.load(**where)
    )


def compare(name: str, root: str, table: Table) -> None:
    """Every codec at every bound on one field."""
    truth = read(name, root)
    for share in SHARES:
        size = f"{share * truth.peak:.4g} {truth.units}"
        for variant, (kind, options) in codecs().items():
            standard = registry.build("compression/standard", kind, **options)
            decode = partial(standard.decode, field=truth)
            add(table, name, size, variant, truth, partial(standard.encode, truth, share), decode)


def learned(name: str, root: str, table: Table) -> None:
    """The pyramid and a correction by the best of our coders."""
    truth = read(name, root)
    for share in SHARES:
        entry = {"type": "pyramid", "steps": STEPS, "rate_weight": LEARNED[share], "max_error_share": share}
        model = codec.build(entry, truth)
        size = f"{share * truth.peak:.4g} {truth.units}"
        encode = partial(file_of, model, truth)
        add(table, f"{name}, learned", size, "pyramid-bounded", truth, encode, codec.decode)


def file_of(model: codec.WithMaxError, truth: Field) -> bytes:
    """What a trained codec writes."""
    return model.encode(truth, seed=0, device=torch.device("cpu")).data


def add(table: Table, name: str, size: str, variant: str, truth: Field, encode, decode) -> None:
    """A row of one file."""
    began = time.perf_counter()
    try:
        data = encode()
    except UserError as error:
        table.add(name, size, variant, note=f"skipped: {error}")
        return
    encoded = time.perf_counter()
    found = decode(data)
    times = {"encode_seconds": encoded - began, "decode_seconds": time.perf_counter() - encoded}
    table.add(name, size, variant, bytes=len(data), largest_error=largest_error(truth, found), **times)


if __name__ == "__main__":
    root = sys.argv.pop(1)
    names = ("sst-month", "sunspot-blos", "wind-200", "wind-500", "wind-850", "oisst-day", "sst-series")
    sections = {name: partial(compare, name, root) for name in names}
    trained = {f"{name}-learned": partial(learned, name, root) for name in names[:2]}
    write("bounded", {1: {**sections, **trained}}, COLUMNS)
