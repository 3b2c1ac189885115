"""Write the page of an area, and its headlines for the index page."""

import json

from fieldbench import files, registry
from fieldbench.execution import step
from fieldbench.report import claims
from fieldbench.report.given import Given

with step.running(snakemake):
    area, output = snakemake.wildcards.area, snakemake.output
    given = Given(snakemake.config["pathvars"]["results"], snakemake.input)
    study = registry.part(area, "report.results").Study.open(given, snakemake.params.about)
    judged = claims.read([snakemake.input.claims])
    module = registry.part(area, "report.page")
    files.save_text(json.dumps(module.headlines(study)), output.headlines)
    files.save_text(module.page(study, judged), output.page)
