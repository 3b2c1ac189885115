"""Train one encoder with one seed on one data set; a run that fails leaves its reason, not a gap."""

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import io
    from fieldbench.inversion import neural

    wildcards, params = snakemake.wildcards, snakemake.params

    def train(**given):
        problem = io.open_dataset(snakemake.input[0])
        return neural.train(problem, params.spec, params.training, precision=params.precision, **given)

    trial.run(
        job,
        snakemake,
        train,
        neural.empty,
        checkpoint_seconds=params.training["checkpoint_seconds"],
        packages=("numpy", "numba", "xarray"),
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.encoder,
    )
