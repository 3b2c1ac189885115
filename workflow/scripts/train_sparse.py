"""Train one learned method with one seed on one task, predict its test fields, and look into its failures."""

from functools import partial

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench.sparse import learning, spec

    wildcards, params = snakemake.wildcards, snakemake.params
    method = spec.parse(params.description)
    trial.run(
        job,
        snakemake,
        partial(learning.train_on, snakemake.input[0], method, params.training, overfit=params.overfit),
        learning.empty,
        checkpoint_seconds=params.training["checkpoint_seconds"],
        packages=("numpy", "scipy"),
        area="sparse",
        dataset=wildcards.task,
        regime=wildcards.experiment,
        method=wildcards.method,
    )
