"""`fieldbench map`, and the same as a call from Python."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from threadpoolctl import threadpool_limits

from fieldbench import delivery, io
from fieldbench.errors import UserError
from fieldbench.sparse.delivery import asked, judged, product, study, summary
from fieldbench.sparse.delivery.asked import Asked
from fieldbench.sparse.delivery.judged import Judged
from fieldbench.sparse.delivery.methods import METHODS, Done, usual
from fieldbench.sparse.delivery.study import Study
from fieldbench.sparse.prediction import Prediction


@dataclass(frozen=True)
class Mapped:
    """What was handed over.

    Attributes:
        map: mean and standard error on the grid, by the CF conventions.
        target: the file with it.
        study: what was asked for, which may be edited and asked again.
        page: the summary, with figures beside it.
        sentence: which method, how sure, what it cost.
    """

    map: xr.Dataset
    target: Path
    study: Path
    page: Path
    sentence: str


def map_observations(
    observations: str | Path,
    target: str | Path | None = None,
    *,
    grid: str | Path | float | None = None,
    history: str | Path | Mapping[str, Any] | None = None,
    methods: Sequence[str] | None = None,
    cores: int | None = None,
    console: Console | None = None,
    **columns: Any,
) -> Mapped:
    """Make a map of one's own observations, with its standard error, by the best of a few methods, and write it.

    Observations are left out in blocks, in turns, to compare the methods and to calibrate the standard error.

    Args:
        observations: CSV or NetCDF, or a study that an earlier call wrote, which says all but `target` and `cores`.
        target: NetCDF; `<observations>-map.nc` where left out.
        grid: NetCDF file with the cells that are asked for, or a spacing in degrees or in the unit of the plane.
        history: NetCDF series of fields to learn from, or its `path` and other options of the data set type netcdf_series.
        methods: that are compared, see `delivery.methods.METHODS`; all that fit where left out.
        cores: as many as there are where left out.
        console: where progress is shown.
        columns: further keys of `delivery.study.Study`, such as `value`, `error`, `unit`, `time`, `plane`, `mask`.

    Raises:
        UserError: a target that cannot be written, or a file that is damaged or does not say clearly what it holds.
    """
    given = {"grid": grid, "history": history, "methods": methods, **columns}
    wish, path, file = _asked_for(Path(observations), target, given)
    started = time.perf_counter()
    try:
        # Methods take their cores by threads of their own; those of linear algebra would only be in their way.
        with _progress(console or Console(stderr=True)) as show, threadpool_limits(1):
            made = _mapped(wish, cores or os.cpu_count() or 1, show)
    except KeyboardInterrupt:
        raise UserError(
            f"Stopped, before {file} was written; `fieldbench map {path}` begins again."
        ) from None
    words = summary.sentence(made, time.perf_counter() - started)
    made.map.attrs["comment"] = words
    io.save_dataset(made.map, file)
    page = summary.write(made, words, file, path)
    return Mapped(made.map, file, path, page, words)


def _asked_for(source: Path, target: str | Path | None, given: Mapping[str, Any]) -> tuple[Study, Path, Path]:
    """The study, its file, which is written unless it is the source, and the file of the map."""
    ready = source.suffix.lower() in delivery.STUDIES
    if ready and any(value is not None for value in given.values()):
        raise UserError(f"{source} is a study, which says all but -o and --cores itself; edit it.")
    file = Path(target or (source.with_suffix(".nc") if ready else source.with_name(f"{source.stem}-map.nc")))
    wish = study.read(source) if ready else _wish(source, **given)
    delivery.require_target(file, product.SUFFIXES, wish.inputs)
    judged.require_known(wish.methods or [], history=wish.history is not None)
    if ready:
        return wish, source, file
    path = file.with_suffix(".yaml")
    study.write(path, wish)
    return wish, path, file


def _wish(source: Path, *, grid: Any, history: Any, methods: Any, **more: Any) -> Study:
    if grid is None:
        raise UserError("Say where the map is asked for: --grid FILE, or a spacing such as --grid 0.25.")
    spacing = isinstance(grid, int | float)
    past = {"path": history} if isinstance(history, str | Path) else history
    content = {
        "observations": str(source.resolve()),
        "grid": grid if spacing else str(Path(grid).resolve()),
        "history": {**past, "path": str(Path(past["path"]).resolve())} if past else None,
        "methods": list(methods) if methods else None,
        **more,
    }
    return study.checked(
        {key: value for key, value in content.items() if value is not None}, "fieldbench map"
    )


def _mapped(wish: Study, cores: int, show: Callable[[str, int], Done]) -> summary.Made:
    """The map that a study asks for, and all that is told of it."""
    observations, target, history = wish.read()
    target = asked.in_one_unit(target, observations, wish.plane_unit)
    question, observations, target, left = asked.question(observations, target, history, cores)
    design = judged.trial(question)
    names = wish.methods or usual(history is not None)
    every = judged.judge(question, design, names, lambda words: show(f"leaving out: {words}", design.count))
    chosen = judged.recommended(every)
    done = show(f"mapping: {METHODS[chosen].description}", len(question.cells))
    prediction = _predicted(question, every[chosen], done)
    notes = [*observations.notes, *target.notes, *(history.notes if history else []), *left]
    attributes = {
        "title": f"Map of {observations.about.get('long_name', observations.name)}",
        "institution": "not stated",
        "source": f"{len(observations.values):,} observations of {Path(wish.observations).name}"
        + (f", history {Path(wish.history['path']).name}" if wish.history else ""),
        "history": f"made by fieldbench map, method {chosen}",
        "references": "Cressie 1993, Statistics for Spatial Data, chapter 3",
    }
    made = product.dataset(observations, target, prediction, attributes)
    return summary.Made(made, observations, target, question, design, every, chosen, notes)


def _predicted(question: Asked, best: Judged, done: Done) -> Prediction:
    """Mean and calibrated standard error (Q,) of the cells."""
    raw = best.method.predict(question.seen, question.cells, done)
    return Prediction(raw.mean, raw.spread * best.calibration.scale(question.places[question.cells]))


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str, int], Done]]:
    columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(words: str, total: int) -> Done:
            bar.reset(task, total=total, description=words)
            return lambda count: bar.advance(task, count)

        yield show
