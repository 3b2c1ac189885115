"""Write the page that opens with the answers of all areas."""

import json
from pathlib import Path

from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims, index

with step.running(snakemake):
    answers = {
        area: json.loads(Path(file).read_text(encoding="utf-8"))
        for area, file in zip(snakemake.params.areas, snakemake.input.headlines, strict=True)
    }
    judged = claims.read(snakemake.input.claims)
    files.save_text(index.page(answers, judged), snakemake.output[0])
