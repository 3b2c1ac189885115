"""Settle what holds for all tiles of a map: margin, smoothness; or why there is nothing to settle."""

import json
import time

from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.inversion import tiles

with step.running(snakemake) as job:
    entry = snakemake.params.entry

    def settled():
        problem = io.open_dataset(snakemake.input[0])
        start = time.perf_counter()
        found = tiles.settle(entry["type"], problem, entry["with"])
        return {**found, "seconds": time.perf_counter() - start}

    found, reason = attempt(job, settled)
    job.say(f"{entry['type']}: {found}")
    files.save_text(json.dumps(found or {tiles.FAILED: reason}), snakemake.output[0])
