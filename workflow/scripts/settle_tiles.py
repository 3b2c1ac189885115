"""Settle what holds for all tiles of a map: margin, smoothness."""

import json
import time

from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.inversion import tiles

with step.running(snakemake) as job:
    entry = snakemake.params.entry
    problem = io.open_dataset(snakemake.input[0])
    start = time.perf_counter()
    settled = tiles.settle(entry["type"], problem, entry["with"])
    settled["seconds"] = time.perf_counter() - start
    job.say(f"{entry['type']}: {settled}")
    files.save_text(json.dumps(settled), snakemake.output[0])
