"""Write the report of all areas: one HTML file that needs nothing else."""

import json
from pathlib import Path

from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims, html


def texts(paths):
    return [Path(path).read_text(encoding="utf-8") for path in paths]


with step.running(snakemake) as job:
    source = snakemake.input
    areas = [json.loads(text) for text in texts(source.highlights)]
    parts = html.Parts(texts(source.styles), texts(source.libraries), *texts([source.program]))
    page = html.page(areas, [claims.read([file]) for file in source.claims], parts)
    job.say(f"{len(page.encode()) / 1e6:.2f} MB")
    files.save_text(page, snakemake.output[0])
