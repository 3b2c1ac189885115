"""Draw one figure of the compression area, as SVG and PNG."""

from pathlib import Path

from fieldbench import files, registry
from fieldbench.execution import step
from fieldbench.report import compression_run

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    about = {**params.about, "published": compression_run.published(params.published)}
    run = compression_run.CompressionRun(Path(output.svg).parents[2], about)
    options = {key: value for key, value in params.entry.items() if key not in ("type", "caption")}
    figure = registry.build("figures", params.entry["type"], run, **options)
    for path in (output.svg, output.png):
        with files.replacing(path) as temporary:
            figure.savefig(temporary, dpi=110)
    job.say(f"drew {params.entry['type']}")
