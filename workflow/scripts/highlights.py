"""Gather what the report shows of an area."""

import json

import pandas as pd
from fieldbench import files, registry
from fieldbench.execution import step
from fieldbench.report import highlights
from fieldbench.report.given import Given

with step.running(snakemake) as job:
    area, source = snakemake.wildcards.area, snakemake.input
    given = Given(snakemake.config["pathvars"]["results"], source)
    study = registry.part(area, "report.results").Study.open(given, snakemake.params.about)
    table = given.table(f"tables/{area}.parquet")
    records = pd.read_csv(source.records, keep_default_na=False)
    made = highlights.of(study, table, records)
    job.say(", ".join(f"{len(made[part])} {part}" for part in ("cards", "plots", "galleries", "numbers")))
    files.save_text(json.dumps(made, allow_nan=False), snakemake.output[0])
