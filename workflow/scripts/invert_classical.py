"""Invert one data set by a method without a network."""

import time

from fieldbench import files, io, record, registry
from fieldbench.execution import step
from fieldbench.inversion import classical

with step.running(snakemake) as job:
    entry = snakemake.params.entry
    problem = io.open_dataset(snakemake.input[0])
    start = time.perf_counter()
    field = registry.build("inversion", entry["type"], problem, **entry["with"])
    seconds = time.perf_counter() - start
    job.say(f"{entry['type']}: {seconds:.2f} s, {field.attrs}")
    result = classical.measured(snakemake.wildcards, snakemake.params.code, field, seconds)
    io.save_dataset(field, snakemake.output.field)
    files.save_text(record.dumps(result), snakemake.output.record)
