"""Judge the documents' claims by the tables of all areas."""

import pandas as pd
from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims
from fieldbench.report.given import Given

with step.running(snakemake) as job:
    found = claims.load(snakemake.input.claims)
    long = pd.concat([pd.read_parquet(file) for file in snakemake.input.tables], ignore_index=True)
    given = Given(snakemake.config["pathvars"]["results"], snakemake.input)
    place = "tables/sparse_fields.parquet"
    fields = given.table(place) if place in given else None
    judged = claims.judge(found, long, snakemake.params.regimes, fields)
    job.say(claims.counts(judged))
    files.save_text(judged.to_csv(index=False), snakemake.output.table)
    files.save_text(claims.page(judged), snakemake.output.page)
