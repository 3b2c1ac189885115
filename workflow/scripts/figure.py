"""Draw one figure of an area, as SVG and PNG."""

from fieldbench import registry
from fieldbench.execution import step
from fieldbench.figures import drawing
from fieldbench.report.given import Given

with step.running(snakemake) as job:
    params, output, area = snakemake.params, snakemake.output, snakemake.wildcards.area
    given = Given(snakemake.config["pathvars"]["results"], snakemake.input)
    study = registry.part(area, "report.results").Study.open(given, params.about)
    drawing.save(area, study, params.entry, output.svg, output.png)
    job.say(f"drew {params.entry['type']}")
