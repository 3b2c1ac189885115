"""Judge the documents' claims by the table."""

import pandas as pd
from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims

with step.running(snakemake) as job:
    found = claims.load(snakemake.input.claims)
    judged = claims.judge(found, pd.read_parquet(snakemake.input.table), snakemake.params.regimes)
    job.say(claims.counts(judged))
    files.save_text(judged.to_csv(index=False), snakemake.output.table)
    files.save_text(claims.page(judged), snakemake.output.page)
