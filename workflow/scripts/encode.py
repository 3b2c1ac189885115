"""Fit one learned codec to one field at one operating point with one seed, and write its file."""

import time
from pathlib import Path

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import devices, files, io, provenance, record
    from fieldbench.compression import codec, field
    from fieldbench.training.checkpoint import Checkpoint
    from fieldbench.training.outcome import outcome

    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    device = devices.choose(params.device, snakemake.threads)
    data = field.from_dataset(io.open_dataset(snakemake.input[0]))
    checkpoint = Checkpoint(Path(output.record).parent / "checkpoint.pt", params.checkpoint_seconds)
    began = time.perf_counter()
    encoded, reason = outcome(
        lambda: codec.build(params.entry, data).encode(
            data,
            seed=int(wildcards.seed),
            device=device,
            checkpoint=checkpoint,
            progress=lambda done, total, loss: job.advance("fit", done, total, loss),
        ),
        last_attempt=job.last_attempt,
    )
    seconds = time.perf_counter() - began
    if reason:
        job.fail(reason)
    made = record.make(
        area="compression",
        dataset=wildcards.dataset,
        regime=wildcards.point,
        method=wildcards.codec,
        seed=wildcards.seed,
        status="failed" if reason else "ok",
        reason=reason,
        metrics={**encoded.measures, "encode_seconds": seconds} if encoded else {},
        provenance={
            "code": params.code,
            **devices.describe(device),
            **provenance.environment("numpy", "constriction"),
        },
    )
    files.save_bytes(encoded.data if encoded else b"", output.coded)
    io.save_dataset(encoded.history if encoded else codec.no_history(), output.history)
    files.save_text(record.dumps(made), output.record)
    if not reason:
        checkpoint.path.unlink(missing_ok=True)
