"""What a method without a network leaves: its field and its record."""

from typing import Any

import xarray as xr

from fieldbench import files, io, provenance, record


def hand_over(
    output: Any, wildcards: Any, code: str, made: tuple[xr.Dataset, float] | None, reason: str
) -> None:
    """Write a run's field, or that there is none, and its record.

    Args:
        output: of the job: `field`, `record`.
        wildcards, code, reason: see `measured`.
        made: the field and the seconds that it took; None where it failed.
    """
    field, seconds = made or (None, 0.0)
    if field is None:
        io.save_unusable(reason, output.field)
    else:
        io.save_dataset(field, output.field)
    files.save_text(record.dumps(measured(wildcards, code, field, seconds, reason)), output.record)


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
