"""Train one encoder with one seed on one data set; a run that fails leaves its reason, not a gap."""

from functools import partial

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import io
    from fieldbench.inversion import neural

    wildcards, params = snakemake.wildcards, snakemake.params
    problem = io.open_dataset(snakemake.input[0])
    trial.run(
        job,
        snakemake,
        partial(neural.train, problem, params.spec, params.training, precision=params.precision),
        partial(neural.empty, problem),
        checkpoint_seconds=params.training["checkpoint_seconds"],
        packages=("numpy", "numba", "xarray"),
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.encoder,
    )
