"""Learn one scene by one method with one seed."""

from pathlib import Path

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    import torch
    from fieldbench import devices, files, io, provenance, record
    from fieldbench.radiance import learning
    from fieldbench.radiance.scene import from_dataset
    from fieldbench.radiance.spec import Spec
    from fieldbench.training.checkpoint import Checkpoint
    from fieldbench.training.outcome import outcome

    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    device = devices.choose(params.device, snakemake.threads)
    scene = from_dataset(io.open_dataset(snakemake.input[0]))
    kept = Checkpoint(Path(output.record).parent / "checkpoint.pt", params.training["checkpoint_seconds"])
    result, reason = outcome(
        lambda: learning.train(
            scene,
            Spec(**params.entry),
            params.training,
            seed=int(wildcards.seed),
            device=device,
            checkpoint=kept,
            progress=lambda done, total, loss: job.advance("learn", done, total, loss),
        ),
        last_attempt=job.last_attempt,
    )
    if reason:
        job.fail(reason)
    model, history, measures = result or (None, learning.no_history(), {})
    made = record.make(
        area="radiance",
        dataset=wildcards.scene,
        regime=wildcards.experiment,
        method=wildcards.method,
        seed=wildcards.seed,
        status="failed" if reason else "ok",
        reason=reason,
        metrics=measures,
        provenance={"code": params.code, **devices.describe(device), **provenance.environment("numpy")},
    )
    with files.replacing(output.model) as temporary:
        torch.save(model.state_dict() if model else {}, temporary)
    io.save_dataset(history, output.history)
    files.save_text(record.dumps(made), output.record)
    if not reason:
        kept.path.unlink(missing_ok=True)
