"""Train one encoder with one seed on one data set; a run that fails leaves its reason, not a gap."""

from pathlib import Path

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    import torch
    from fieldbench import devices, files, io, provenance, record
    from fieldbench.inversion import neural
    from fieldbench.training.outcome import outcome

    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    folder = Path(output.record).parent
    device = devices.choose(params.device, snakemake.threads)
    problem = io.open_dataset(snakemake.input[0])
    result, reason = outcome(
        lambda: neural.train(
            problem,
            params.spec,
            params.training,
            seed=int(wildcards.seed),
            device=device,
            precision=params.precision,
            checkpoint_folder=folder,
            progress=job.advance,
        ),
        last_attempt=job.last_attempt,
    )
    if reason:
        job.fail(reason)
    field, history, measures, state = result or neural.no_result(problem)
    made = record.make(
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.encoder,
        seed=wildcards.seed,
        status="failed" if reason else "ok",
        reason=reason,
        metrics=measures,
        provenance={
            "code": params.code,
            **devices.describe(device),
            **provenance.environment("numpy", "numba", "xarray"),
        },
    )
    io.save_dataset(field, output.field)
    io.save_dataset(history, output.history)
    with files.replacing(output.model) as temporary:
        torch.save(state, temporary)
    files.save_text(record.dumps(made), output.record)
    if not reason:
        for file in neural.checkpoint_files(folder):
            file.unlink(missing_ok=True)
