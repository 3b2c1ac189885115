"""Write the page that opens with the answers of all areas."""

import json
from pathlib import Path

from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims, index

with step.running(snakemake):
    areas = [json.loads(Path(file).read_text(encoding="utf-8")) for file in snakemake.input.highlights]
    page = index.page(areas, claims.read(snakemake.input.claims), snakemake.params.about)
    files.save_text(page, snakemake.output[0])
