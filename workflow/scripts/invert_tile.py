"""Invert one tile of a large map by a method without a network."""

import time

from fieldbench import io
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.inversion import tiles

with step.running(snakemake) as job:
    params, source = snakemake.params, snakemake.input

    def inferred():
        settled = tiles.read(source.settled)
        start = time.perf_counter()
        field = tiles.infer(
            params.type, source.problem, settled, int(snakemake.wildcards.tile), params.number
        )
        job.say(f"{params.type}: {field.sizes['y']} rows")
        return field.assign(seconds=time.perf_counter() - start)

    field, reason = attempt(job, inferred)
    if field is None:
        io.save_unusable(reason, snakemake.output[0])
    else:
        io.save_dataset(field, snakemake.output[0])
