"""The page on inverted magnetic fields: the answer first, then everything it rests on."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.inversion.report import recommendation
from fieldbench.inversion.report import tables as sections
from fieldbench.inversion.report.results import Run
from fieldbench.report import claims, templates
from fieldbench.report.parts import failure_table

DOCUMENT = {"open": "Benchmarks", "strict": "Technical Report"}


def dataset_facts(data: xr.Dataset, problem: xr.Dataset) -> dict[str, Any]:
    """What a page says about a data set.

    Args:
        data: Stokes profiles with `usable` (y, x) and attributes.
        problem: the weak-field problem made from them, with `valid` (y, x).

    Returns:
        The attributes of both as text and lists of lines, the shape, and counts of pixels.
    """
    usable = data.usable.values
    beyond = usable & ~problem.valid.values.astype(bool)
    return {
        **{name: data.attrs[name] for name in ("title", "kind", "line")},
        **{name: "; ".join(_lines(data.attrs.get(name, ""))) for name in ("source", "licence")},
        "shape": list(usable.shape),
        "wavelengths": data.sizes["wavelength"],
        "noise": {
            str(name): float(value) for name, value in zip(data.stokes.values, data.noise.values, strict=True)
        },
        "half_width": float(problem.attrs["line_half_width_angstrom"]),
        "usable": int(usable.sum()),
        "masked": int((~usable).sum()),
        "held_out": int(problem.held_out.values.sum()),
        "beyond_share": float(beyond.sum() / np.maximum(usable.sum(), 1)),
        "scheme": _lines(problem.attrs.get("scheme", "")),
        "notes": _lines(data.attrs.get("notes", "")),
        "warnings": _lines(problem.attrs.get("warnings", "")),
    }


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def headlines(run: Run) -> list[str]:
    """One sentence per component: the method that is best on most data sets."""
    return recommendation.headlines(run.results, run.regimes)


def page(run: Run, judged: pd.DataFrame) -> str:
    """The whole page, as markdown.

    Args:
        run: the area's results.
        judged: the claims' verdicts.
    """
    results, about = run.results, run.about
    return templates.render(
        "inversion.md.j2",
        headlines=headlines(run),
        overview=recommendation.overview(results, run.regimes) if results.datasets else "",
        environment=results.environment,
        seeds=about["seeds"],
        training=about["training"],
        datasets=[_dataset(run.on(name)) for name in results.datasets],
        absent=results.absent,
        memory=sections.memory_table(results, results.datasets[0]) if results.datasets else "",
        claim_counts=claims.counts(judged),
        claims=claims.listings(judged),
    )


def _dataset(run: Run) -> dict[str, Any]:
    results, name, about, regimes = run.results, run.dataset, run.about, run.regimes
    tables = [
        {
            "name": regime,
            "grid": regimes[regime],
            "document": DOCUMENT[regimes[regime]["definitions"]],
            "losses": sections.loss_table(results, name, regime, about),
            "quality": sections.quality_table(results, name, regime, about),
            "valid": sections.valid_table(results, name, regime, regimes),
        }
        for regime in sections.compared_regimes(results, name, regimes)
    ]
    return {
        "name": name,
        "facts": dataset_facts(run.data, run.weak_field),
        "usage": recommendation.usage(results, name, regimes),
        "regimes": tables,
        "sweep": sections.sweep_table(results, name, about),
        "sweep_encoder": about["sweep"]["encoder"],
        "training": sections.training_table(results, name, about["references"]),
        "failures": failure_table(results, name),
        "figures": about["figures"][name],
    }
