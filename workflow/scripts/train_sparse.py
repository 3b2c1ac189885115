"""Train one learned method with one seed on one task, predict its test fields, and look into its failures."""

from pathlib import Path

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    import torch
    from fieldbench import devices, files, io, provenance, record
    from fieldbench.sparse import catalogue, learning, neural, prediction
    from fieldbench.sparse.problem import from_dataset
    from fieldbench.training.outcome import outcome

    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    folder = Path(output.record).parent
    device = devices.choose(params.device, snakemake.threads)
    problem = from_dataset(io.open_dataset(snakemake.input[0]))
    result, reason = outcome(
        lambda: learning.learn(
            problem,
            catalogue.specification(params.description),
            params.training,
            overfit=params.overfit,
            seed=int(wildcards.seed),
            device=device,
            checkpoint_folder=folder,
            progress=job.advance,
        ),
        last_attempt=job.last_attempt,
    )
    if reason:
        job.fail(reason)
    found = result or learning.no_result(problem)
    made = record.make(
        area="sparse",
        dataset=wildcards.task,
        regime=wildcards.experiment,
        method=wildcards.method,
        seed=wildcards.seed,
        status="failed" if reason else "ok",
        reason=reason,
        metrics=found.measures,
        provenance={
            "code": params.code,
            **devices.describe(device),
            **provenance.environment("numpy", "scipy"),
        },
    )
    truth = {"truth": found.problem.test} if params.overfit else {}
    io.save_dataset(prediction.to_dataset(found.prediction, **truth), output.prediction)
    io.save_dataset(found.history, output.history)
    with files.replacing(output.model) as temporary:
        torch.save(found.state, temporary)
    files.save_text(record.dumps(made), output.record)
    if not reason:
        for file in neural.checkpoint_files(folder):
            file.unlink(missing_ok=True)
