"""`fieldbench invert`, and the same as a call from Python."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from rich.console import Console

from fieldbench import delivery, io, studies
from fieldbench.inversion.delivery import product, recognise, study, summary


@dataclass(frozen=True)
class Inverted:
    """What was handed over.

    Attributes:
        field: see `report.field.recommended`.
        target: the file with it.
        study: what was run, which may be edited and run again.
        page: the summary, with maps beside it.
        sentence: which method, how sure, what it cost.
    """

    field: xr.Dataset
    target: Path
    study: Path
    page: Path
    sentence: str


def invert(
    source: str | Path,
    target: str | Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    methods: Sequence[str] | None = None,
    seeds: int = 3,
    steps: int | None = None,
    cores: int | None = None,
    console: Console | None = None,
) -> Inverted:
    """Infer the magnetic field of a Stokes cube, by the best of a few methods, and write it.

    Everything is kept beside the target: the study, its results folder, a page with maps. The same call goes on where
    one was interrupted.

    Args:
        source: a cube in FITS or NetCDF, or a study that an earlier call wrote.
        target: FITS or NetCDF by its suffix; `<source>-field.fits` or `.nc` where left out.
        options: of the data set type fits_cube or netcdf_cube, such as `line`, `axes`, `wavelengths`; those that the file
            says itself may be left out.
        methods: that are compared, as the catalogue names them; those that end in minutes where left out, see `study.quick`.
        seeds: trainings of each network.
        steps: of a training; the catalogue's where left out.
        cores: as many as there are where left out.
        console: where progress is shown.

    Raises:
        UserError: a target that cannot be written, a cube that is damaged or does not say what it is, unknown methods or
            options, or a job that failed.
    """
    source = Path(source)
    if source.suffix.lower() in delivery.STUDIES:
        made = studies.read(source)
        file = Path(target or source.with_suffix(_suffix(made.entry["type"])))
        delivery.require_target(file, product.SUFFIXES, [study.cube_of(made)])
    else:
        kind = recognise.kind(source)
        file = Path(target or source.with_name(f"{source.stem}-field{_suffix(kind)}"))
        delivery.require_target(file, product.SUFFIXES, [source])
        path = file.with_suffix(".yaml")
        entry = recognise.described(source, options or {})
        pixels = recognise.pixels(entry)
        study.write(path, entry, methods or study.quick(pixels), seeds, steps, study.tiles(pixels))
        made = studies.read(path)
    place = made.results / "inversion" / made.dataset / "recommended.nc"
    targets = ["all", str(place)]
    studies.run(made, targets, cores or os.cpu_count() or 1, console or Console(stderr=True))
    field = io.open_dataset(place)
    product.write(field, file, study.cube_of(made), made.entry)
    headlines = json.loads((made.results / "tables/inversion_headlines.json").read_text(encoding="utf-8"))
    page = summary.write(field, file, made.results, headlines)
    return Inverted(field, file, made.path, page, summary.sentence(field))


def _suffix(kind: str) -> str:
    """A field is written in its cube's format where nothing else is asked for."""
    return ".nc" if kind == "netcdf_cube" else ".fits"
