"""Draw one figure of the radiance area, as SVG and PNG."""

from pathlib import Path

from fieldbench.drawing import save
from fieldbench.execution import step
from fieldbench.report.radiance_run import RadianceRun

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    run = RadianceRun(Path(output.svg).parents[2], params.about)
    save(run, params.entry, output.svg, output.png)
    job.say(f"drew {params.entry['type']}")
