"""Fit one learned codec to one field at one operating point with one seed, and write its file."""

from functools import partial

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import io
    from fieldbench.compression import field, learning

    wildcards, params = snakemake.wildcards, snakemake.params
    data = field.from_dataset(io.open_dataset(snakemake.input[0]))
    trial.run(
        job,
        snakemake,
        partial(learning.train, data, params.entry),
        learning.empty,
        checkpoint_seconds=params.checkpoint_seconds,
        packages=("numpy", "constriction"),
        area="compression",
        dataset=wildcards.dataset,
        regime=wildcards.point,
        method=wildcards.codec,
    )
