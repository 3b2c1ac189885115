"""Draw one figure of the compression area, as SVG and PNG."""

from pathlib import Path

from fieldbench.drawing import save
from fieldbench.execution import step
from fieldbench.report import compression_run

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    about = {**params.about, "published": compression_run.published(params.published)}
    run = compression_run.CompressionRun(Path(output.svg).parents[2], about)
    save(run, params.entry, output.svg, output.png)
    job.say(f"drew {params.entry['type']}")
