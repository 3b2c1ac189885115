"""Train one encoder with one seed on one data set; a run that fails leaves its reason, not a gap."""

from pathlib import Path

import torch
from fieldbench import devices, files, io, provenance, record
from fieldbench.errors import logged_step
from fieldbench.inversion import neural
from fieldbench.training.loop import Diverged

with logged_step(snakemake.log[0]) as log:
    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    device = devices.choose(params.device, snakemake.threads)
    problem = io.open_dataset(snakemake.input[0])
    status, reason, measures = "ok", "", {}
    try:
        field, history, measures, state = neural.train(
            problem,
            params.spec,
            params.training,
            seed=int(wildcards.seed),
            device=device,
            precision=params.precision,
            checkpoint_folder=Path(output.record).parent,
            progress=log,
        )
    except (Diverged, MemoryError, torch.OutOfMemoryError) as error:
        status, reason = "failed", f"{type(error).__name__}: {error}".splitlines()[0]
        field, history, state = neural.no_result(problem)
        log(reason)
    result = record.make(
        area="inversion",
        dataset=wildcards.dataset,
        regime=wildcards.regime,
        method=wildcards.encoder,
        seed=wildcards.seed,
        status=status,
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
    files.save_text(record.dumps(result), output.record)
