"""What is said of a map that was handed over: one sentence, and one page with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from fieldbench import files
from fieldbench.datasets._scattered import Scattered
from fieldbench.datasets._target import Target
from fieldbench.figures.drawing import DPI
from fieldbench.monitor.view import duration
from fieldbench.report import templates
from fieldbench.report.formatting import ABSENT, interval, number, table, verdict_text
from fieldbench.report.metrics import data_unit
from fieldbench.sparse import held_out
from fieldbench.sparse.delivery import pictures
from fieldbench.sparse.delivery.asked import Asked
from fieldbench.sparse.delivery.judged import MARGIN, Judged, Trial
from fieldbench.sparse.delivery.methods import METHODS

LEVELS = [f"{100 * level:.0f} %" for level in held_out.LEVELS]


@dataclass(frozen=True)
class Made:
    """A map, and all that is told of it.

    Attributes:
        map: see `product.dataset`.
        observations, target, question, design: what it was made of.
        judged: the methods that were compared, by name.
        chosen: the one that was recommended.
        notes: what was left out, a sentence each.
    """

    map: xr.Dataset
    observations: Scattered
    target: Target
    question: Asked
    design: Trial
    judged: Mapping[str, Judged]
    chosen: str
    notes: Sequence[str]

    @property
    def best(self) -> Judged:
        """How the recommended method was judged."""
        return self.judged[self.chosen]

    @property
    def unit(self) -> str:
        """Of the values, as a reader wants it."""
        return data_unit(self.observations.unit)


def sentence(made: Made, seconds: float) -> str:
    """Which method, how sure, and what it cost."""
    method, best = METHODS[made.chosen].description, made.best
    chose = f" ({best.method.words})" if best.method.words else ""
    shares = " and ".join(f"{100 * share:.0f} %" for share in best.coverage)
    rank = (
        f"chosen from {len(made.judged)} methods"
        if len(made.judged) > 1
        else "the only method that was asked for"
    )
    error = f"{interval(best.rmse)} {made.unit}".rstrip()
    return (
        f"{made.observations.name} by {method[0].lower() + method[1:]}{chose}; where {made.design.count:,} observations "
        f"were left out, the root-mean-square error is {error} and the intervals of {' and '.join(LEVELS)} hold "
        f"{shares}; {rank}, in {duration(seconds)}."
    )


def write(made: Made, words: str, target: Path, study: Path) -> Path:
    """Write the page beside the map, and its figures; returns the page.

    Raises:
        UserError: the folder cannot be written to.
    """
    page, picture, scatter = (target.with_suffix(suffix) for suffix in (".md", ".png", ".left-out.png"))
    out = np.concatenate([np.flatnonzero(made.design.fold == turn) for turn in range(held_out.FOLDS)])
    drawn = {
        picture: pictures.maps(made.map, made.observations, made.target),
        scatter: pictures.left_out(
            made.best.errors,
            made.observations.values[out],
            made.observations.unit,
            METHODS[made.chosen].description,
        ),
    }
    for path, figure in drawn.items():
        with files.replacing(path) as temporary:
            figure.savefig(temporary, dpi=DPI)
    text = templates.render(
        "mapped.md.j2",
        title=made.map.attrs["title"],
        sentence=words,
        target=target.name,
        study=study.name,
        quantity=made.observations.name,
        unit=made.unit,
        picture=picture.name,
        scatter=scatter.name,
        methods=_methods(made),
        typical=number(float(np.nanmedian(made.map[f"{made.observations.name}_standard_error"]))),
        cells=made.target.known.sum(),
        observed=made.observations.values.size,
        size=made.design.size,
        folds=held_out.FOLDS,
        margin=MARGIN,
        noisy=made.question.noisy,
        notes=[*made.notes, *_span(made.observations)],
    )
    files.save_text(text, page)
    return page


def _span(observations: Scattered) -> list[str]:
    if observations.times is None:
        return []
    first, last = observations.times.min(), observations.times.max()
    if first == last:
        return [f"Observations of {first!s:.16}."]
    return [f"Observations from {first!s:.16} to {last!s:.16}, taken as of one time."]


def _methods(made: Made) -> str:
    """A row for each method that was compared."""
    within = [f"within {level}" for level in LEVELS]
    heads = ["Method", f"RMSE ({made.unit})", "Mean square against the least", *within, "Time", "Chosen"]
    rows = []
    for name, each in made.judged.items():
        words = METHODS[name].description
        rows.append(
            [
                f"**{words}**" if name == made.chosen else words,
                interval(each.rmse),
                verdict_text(each.against),
                *(f"{100 * share:.1f} %" for share in each.coverage),
                duration(each.seconds),
                each.method.words or ABSENT,
            ]
        )
    return table(heads, rows)
