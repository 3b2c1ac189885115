"""A training as a job of the pipeline: its device, its checkpoint, its files, and its record, whatever becomes of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldbench.execution.step import Step

if TYPE_CHECKING:
    from fieldbench.training.result import Result, Train


def run(
    job: Step,
    snakemake: Any,
    train: "Train",
    empty: "Callable[[], Result]",
    *,
    checkpoint_seconds: float,
    packages: tuple[str, ...],
    **where: Any,
) -> None:
    """Train on the job's device, and write outputs and record; of a run that failed empty ones and the reason.

    Args:
        snakemake: params `device` and `code`, the wildcard `seed`, and outputs named as those of the result, with `record`.
        train: the work.
        empty: makes the result that stands for a failed run.
        checkpoint_seconds: time between checkpoints, which lie beside the record until it is written.
        packages: whose versions the record names.
        where: `area`, `dataset`, `regime` and `method` of the record.

    Raises:
        UserError: memory or time ran out and another attempt is to come, or a file cannot be written.
    """
    # Only now: a job imports torch after it has claimed its GPUs.
    from fieldbench import devices, files, provenance, record
    from fieldbench.training.checkpoint import Checkpoint
    from fieldbench.training.outcome import outcome

    params, output, seed = snakemake.params, snakemake.output, int(snakemake.wildcards.seed)
    device = devices.choose(params.device, snakemake.threads)
    checkpoint = Checkpoint(Path(output.record).parent / "checkpoint.pt", checkpoint_seconds)
    work = partial(train, seed=seed, device=device, checkpoint=checkpoint, progress=job.advance)
    result, reason = outcome(work, last_attempt=job.last_attempt)
    if reason:
        job.fail(reason)
        result = empty()
    assert result is not None  # or there is a reason
    result.save(output)
    ran_on = {"code": params.code, **devices.describe(device), **provenance.environment(*packages)}
    status = "failed" if reason else "ok"
    made = record.make(
        **where, seed=seed, status=status, reason=reason, metrics=result.measures, provenance=ran_on
    )
    files.save_text(record.dumps(made), output.record)
    if not reason:
        checkpoint.remove()
