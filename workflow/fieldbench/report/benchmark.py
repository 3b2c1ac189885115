"""The benchmark page: the answer first, then everything it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from fieldbench.report import claims, recommendation, sections, templates
from fieldbench.report.tables import Results

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


def page(
    long: pd.DataFrame,
    config: Mapping[str, Any],
    facts: Mapping[str, Mapping[str, Any]],
    judged: pd.DataFrame,
    others: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The whole page, as markdown.

    Args:
        long: the long table of the inversion, with `attrs["environment"]`; empty where that area was not run.
        config: the configuration's `regimes`, `encoders`, `classical`, `inversion`, `seeds`, `training`.
        facts: per data set, from `dataset_facts`.
        judged: the claims' verdicts.
        others: headlines of each other area that was run, which has a page of its own.
    """
    results = Results(long)
    regimes = config["regimes"]
    return templates.render(
        "benchmark.md.j2",
        others=others or {},
        headlines=recommendation.headlines(results, regimes) if len(long) else [],
        overview=recommendation.overview(results, regimes) if results.datasets else "",
        environment=long.attrs.get("environment", {}),
        seeds=config["seeds"],
        training=config["training"],
        datasets=[_dataset(results, name, config, facts[name]) for name in results.datasets],
        absent=results.absent,
        memory=sections.memory_table(results, results.datasets[0]) if results.datasets else "",
        claim_counts=claims.counts(judged),
        claims={title: claims.listing(judged, key) for key, title in claims.DOCUMENTS.items()},
    )


def _dataset(
    results: Results, name: str, config: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    regimes = config["regimes"]
    tables = [
        {
            "name": regime,
            "grid": regimes[regime],
            "document": DOCUMENT[regimes[regime]["definitions"]],
            "losses": sections.loss_table(results, name, regime, config),
            "quality": sections.quality_table(results, name, regime, config),
            "valid": sections.valid_table(results, name, regime, regimes),
        }
        for regime in sections.compared_regimes(results, name, regimes)
    ]
    return {
        "name": name,
        "facts": facts,
        "usage": recommendation.usage(results, name, regimes),
        "regimes": tables,
        "sweep": sections.sweep_table(results, name, config),
        "sweep_encoder": config["inversion"]["sweep"]["encoder"],
        "training": sections.training_table(results, name),
        "failures": sections.failure_table(results, name),
        "figures": list(config["inversion"]["figures"]),
    }
