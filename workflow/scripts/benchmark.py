"""Write the benchmark page."""

import json
from pathlib import Path

import pandas as pd
from fieldbench import files, io
from fieldbench.execution import step
from fieldbench.report import benchmark, tables

with step.running(snakemake):
    source = snakemake.input
    facts = {
        name: benchmark.dataset_facts(io.open_dataset(data), io.open_dataset(problem))
        for name, data, problem in zip(snakemake.params.datasets, source.data, source.problems, strict=True)
    }
    judged = pd.read_csv(source.claims, keep_default_na=False)
    long = pd.read_parquet(source.table[0]) if source.table else tables.collect([])
    others = {
        Path(file).stem.removesuffix("_headlines"): json.loads(Path(file).read_text(encoding="utf-8"))
        for file in source.headlines
    }
    page = benchmark.page(long, snakemake.params.config, facts, judged, others)
    files.save_text(page, snakemake.output.page)
