"""Time one step of every encoder of a regime, in turn within this one job."""

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import devices, files, io, provenance, record
    from fieldbench.execution.attempt import attempt
    from fieldbench.inversion.timing import step_times

    params = snakemake.params
    device = devices.choose(params.device, params.compute_threads)
    entries, _ = attempt(
        job,
        lambda: step_times(
            io.open_dataset(snakemake.input[0]),
            params.specs,
            params.training,
            repetitions=params.repetitions,
            device=device,
            progress=job.say,
        ),
    )
    ran_on = {
        "code": params.code,
        **devices.describe(device),
        **provenance.environment("numpy", "numba", "xarray"),
    }
    where = {
        "area": "inversion",
        "dataset": snakemake.wildcards.dataset,
        "regime": snakemake.wildcards.regime,
    }
    records = [
        record.make(**where, **entry, seed=0, deterministic=True, provenance=ran_on)
        for entry in entries or ()
    ]
    files.save_text(record.dumps(records), snakemake.output[0])
