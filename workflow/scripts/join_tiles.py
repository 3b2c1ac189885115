"""Join the tiles of a map to its field."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.execution.attempt import attempt
from fieldbench.inversion import classical, tiles

with step.running(snakemake) as job:
    params, source = snakemake.params, snakemake.input

    def joined():
        parts = [io.open_dataset(file) for file in source.tiles]
        seconds = tiles.read(source.settled)["seconds"] + sum(float(part["seconds"]) for part in parts)
        return tiles.join(part.drop_vars("seconds") for part in parts), seconds

    made, reason = attempt(job, joined)
    classical.hand_over(snakemake.output, snakemake.wildcards, params.code, made, reason)
