"""Invert one data set by a method without a network."""

import time

from fieldbench import files, io, provenance, record, registry
from fieldbench.execution import step

with step.running(snakemake) as job:
    entry = snakemake.params.entry
    problem = io.open_dataset(snakemake.input[0])
    start = time.perf_counter()
    field = registry.build("inversion", entry["type"], problem, **entry["with"])
    seconds = time.perf_counter() - start
    job.say(f"{entry['type']}: {seconds:.2f} s, {field.attrs}")
    result = record.make(
        area="inversion",
        dataset=snakemake.wildcards.dataset,
        regime=snakemake.wildcards.regime,
        method=snakemake.wildcards.classical,
        seed=snakemake.wildcards.seed,
        deterministic=True,
        metrics={"train_seconds": seconds, "parameter_count": 3 * problem.sizes["y"] * problem.sizes["x"]},
        provenance={
            "code": snakemake.params.code,
            "device": "cpu",
            **provenance.environment("numpy", "scipy"),
        },
    )
    io.save_dataset(field, snakemake.output.field)
    files.save_text(record.dumps(result), snakemake.output.record)
