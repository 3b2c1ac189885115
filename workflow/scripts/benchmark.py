"""Write the benchmark page."""

import pandas as pd
from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.report import benchmark

with step.running(snakemake):
    source = snakemake.input
    facts = {
        name: benchmark.dataset_facts(io.open_dataset(data), io.open_dataset(problem))
        for name, data, problem in zip(snakemake.params.datasets, source.data, source.problems, strict=True)
    }
    judged = pd.read_csv(source.claims, keep_default_na=False)
    page = benchmark.page(pd.read_parquet(source.table), snakemake.params.config, facts, judged)
    files.save_text(page, snakemake.output.page)
