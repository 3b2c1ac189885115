"""Invert one data set by a method without a network; where it cannot, its record says why."""

import time

from fieldbench import io, registry
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.inversion import classical

with step.running(snakemake) as job:
    params = snakemake.params

    def inverted():
        problem = io.open_dataset(snakemake.input[0])
        start = time.perf_counter()
        field = registry.build("inversion", params.entry["type"], problem, **params.entry["with"])
        job.say(f"{params.entry['type']}: {field.attrs}")
        return field, time.perf_counter() - start

    made, reason = attempt(job, inverted)
    classical.hand_over(snakemake.output, snakemake.wildcards, params.code, made, reason)
