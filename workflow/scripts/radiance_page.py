"""Write the page of the radiance area, and its headlines for the benchmark page."""

import json
from pathlib import Path

import pandas as pd
from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import radiance
from fieldbench.report.radiance_run import RadianceRun

with step.running(snakemake):
    source, output = snakemake.input, snakemake.output
    run = RadianceRun(Path(output.page).parent, snakemake.params.about)
    table, views = pd.read_parquet(source.table), run.view_table()
    judged = pd.read_csv(source.claims, keep_default_na=False)
    about = {**run.about, "facts": {name: run.facts(name) for name in run.results.datasets}}
    files.save_text(json.dumps(radiance.headlines(table, about, views)), output.headlines)
    files.save_text(radiance.page(table, about, judged, views), output.page)
