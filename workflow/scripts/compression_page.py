"""Write the page of the compression area, and its headlines for the benchmark page."""

import json
from pathlib import Path

import pandas as pd
from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.report import compression, compression_run

with step.running(snakemake):
    source, params = snakemake.input, snakemake.params
    facts = {
        Path(file).stem: compression_run.dataset_facts(io.open_dataset(file), Path(file).stem)
        for file in source.data
    }
    about = {**params.about, "facts": facts, "published": compression_run.published(source.published)}
    table = pd.read_parquet(source.table)
    judged = pd.read_csv(source.claims, keep_default_na=False)
    files.save_text(json.dumps(compression.headlines(table, about)), snakemake.output.headlines)
    files.save_text(compression.page(table, about, judged), snakemake.output.page)
