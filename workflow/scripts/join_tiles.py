"""Join the tiles of a map to its field."""

import json
from pathlib import Path

from fieldbench import files, io, record
from fieldbench.execution import step
from fieldbench.inversion import classical, tiles

with step.running(snakemake):
    settled = json.loads(Path(snakemake.input.settled).read_text(encoding="utf-8"))
    parts = [io.open_dataset(file) for file in snakemake.input.tiles]
    seconds = settled["seconds"] + sum(float(part["seconds"]) for part in parts)
    field = tiles.join(part.drop_vars("seconds") for part in parts)
    result = classical.measured(snakemake.wildcards, snakemake.params.code, field, seconds)
    io.save_dataset(field, snakemake.output.field)
    files.save_text(record.dumps(result), snakemake.output.record)
