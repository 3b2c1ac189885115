"""Invert one tile of a large map by a method without a network."""

import json
import time
from pathlib import Path

from fieldbench import io
from fieldbench.execution import step
from fieldbench.inversion import tiles

with step.running(snakemake) as job:
    params, source = snakemake.params, snakemake.input
    settled = json.loads(Path(source.settled).read_text(encoding="utf-8"))
    start = time.perf_counter()
    field = tiles.infer(params.type, source.problem, settled, int(snakemake.wildcards.tile), params.number)
    seconds = time.perf_counter() - start
    job.say(f"{params.type}: {field.sizes['y']} rows in {seconds:.2f} s")
    io.save_dataset(field.assign(seconds=seconds), snakemake.output[0])
