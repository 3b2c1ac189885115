"""Train one learned method with one seed on one task, predict its test fields, and look into its failures."""

from functools import partial

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import io
    from fieldbench.sparse import learning, spec
    from fieldbench.sparse.problem import from_dataset

    wildcards, params = snakemake.wildcards, snakemake.params
    problem = from_dataset(io.open_dataset(snakemake.input[0]))
    method = spec.parse(params.description)
    trial.run(
        job,
        snakemake,
        partial(learning.train, problem, method, params.training, overfit=params.overfit),
        partial(learning.empty, problem, params.overfit),
        checkpoint_seconds=params.training["checkpoint_seconds"],
        packages=("numpy", "scipy"),
        area="sparse",
        dataset=wildcards.task,
        regime=wildcards.experiment,
        method=wildcards.method,
    )
