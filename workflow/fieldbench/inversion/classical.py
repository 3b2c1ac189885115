"""What is recorded of a method without a network."""

from typing import Any

import xarray as xr

from fieldbench import provenance, record


def measured(wildcards: Any, code: str, field: xr.Dataset, seconds: float) -> dict[str, Any]:
    """The record of a run.

    Args:
        wildcards: of the job: `dataset`, `regime`, `classical`, `seed`.
        code: fingerprint of the sources.
        field: what was inferred, `field` (component, y, x).
        seconds: that it took.
    """
    return record.make(
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.classical,
        seed=wildcards.seed,
        deterministic=True,
        metrics={"train_seconds": seconds, "parameter_count": field["field"].size},
        provenance={"code": code, "device": "cpu", **provenance.environment("numpy", "scipy")},
    )
