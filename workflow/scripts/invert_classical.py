"""Invert one data set by a method without a network; where it cannot, its record says why."""

import time

from fieldbench import files, io, record, registry
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.inversion import classical

with step.running(snakemake) as job:
    entry, output = snakemake.params.entry, snakemake.output

    def inverted():
        problem = io.open_dataset(snakemake.input[0])
        start = time.perf_counter()
        field = registry.build("inversion", entry["type"], problem, **entry["with"])
        return field, time.perf_counter() - start

    made, reason = attempt(job, inverted)
    field, seconds = made or (None, 0.0)
    result = classical.measured(snakemake.wildcards, snakemake.params.code, field, seconds, reason)
    if field is None:
        io.save_unusable(reason, output.field)
    else:
        job.say(f"{entry['type']}: {seconds:.2f} s, {field.attrs}")
        io.save_dataset(field, output.field)
    files.save_text(record.dumps(result), output.record)
