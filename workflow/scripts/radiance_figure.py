"""Draw one figure of the radiance area, as SVG and PNG."""

from pathlib import Path

from fieldbench import files, registry
from fieldbench.execution import step
from fieldbench.report.radiance_run import RadianceRun

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    run = RadianceRun(Path(output.svg).parents[2], params.about)
    options = {key: value for key, value in params.entry.items() if key not in ("type", "caption")}
    figure = registry.build("figures", params.entry["type"], run, **options)
    for path in (output.svg, output.png):
        with files.replacing(path) as temporary:
            figure.savefig(temporary, dpi=110)
    job.say(f"drew {params.entry['type']}")
