"""Write the page of the sparse area, and its headlines for the benchmark page."""

import json

import pandas as pd
from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.report import reconstruction

with step.running(snakemake):
    source, params = snakemake.input, snakemake.params
    facts = {
        task: reconstruction.task_facts(io.open_dataset(problem))
        for task, problem in zip(params.tasks, source.problems, strict=True)
    }
    tables = pd.read_parquet(source.table), pd.read_parquet(source.fields)
    judged = pd.read_csv(source.claims, keep_default_na=False)
    headlines = reconstruction.headlines(*tables, params.about, facts)
    files.save_text(json.dumps(headlines), snakemake.output.headlines)
    page = reconstruction.page(*tables, params.about, facts, judged)
    files.save_text(page, snakemake.output.page)
