"""What is recorded of a method without a network."""

from typing import Any

import xarray as xr

from fieldbench import provenance, record


def measured(
    wildcards: Any, code: str, field: xr.Dataset | None, seconds: float, reason: str = ""
) -> dict[str, Any]:
    """The record of a run.

    Args:
        wildcards: of the job: `dataset`, `regime`, `classical`, `seed`.
        code: fingerprint of the sources.
        field: what was inferred, `field` (component, y, x); None where it failed.
        seconds: that it took.
        reason: why it failed.
    """
    measures = {} if field is None else {"train_seconds": seconds, "parameter_count": field["field"].size}
    return record.make(
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.classical,
        seed=wildcards.seed,
        deterministic=True,
        status="failed" if reason else "ok",
        reason=reason,
        metrics=measures,
        provenance={"code": code, "device": "cpu", **provenance.environment("numpy", "scipy")},
    )
