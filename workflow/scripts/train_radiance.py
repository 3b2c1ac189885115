"""Learn one scene by one method with one seed."""

from functools import partial

from fieldbench.execution import step, trial

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import io
    from fieldbench.radiance import learning
    from fieldbench.radiance.scene import from_dataset
    from fieldbench.radiance.spec import Spec

    wildcards, params = snakemake.wildcards, snakemake.params
    scene = from_dataset(io.open_dataset(snakemake.input[0]))
    trial.run(
        job,
        snakemake,
        partial(learning.train, scene, Spec(**params.entry), params.training),
        learning.empty,
        checkpoint_seconds=params.training["checkpoint_seconds"],
        packages=("numpy",),
        area="radiance",
        dataset=wildcards.scene,
        regime=wildcards.experiment,
        method=wildcards.method,
    )
