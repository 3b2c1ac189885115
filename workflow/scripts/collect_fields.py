"""Gather the scores of every test field into one table."""

import pandas as pd
from fieldbench import files
from fieldbench.execution import step
from fieldbench.sparse.report import per_field

with step.running(snakemake) as job:
    parts = [pd.read_parquet(file) for file in snakemake.input]
    table = pd.concat([pd.DataFrame(columns=per_field.COLUMNS), *parts], ignore_index=True)
    job.say(f"{len(table)} rows")
    with files.replacing(snakemake.output[0]) as temporary:
        table.to_parquet(temporary)
