"""Draw one figure of one data set, as SVG and PNG."""

from pathlib import Path

from fieldbench.drawing import save
from fieldbench.execution import step
from fieldbench.report.run import Run

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    run = Run(
        Path(output.svg).parents[3],
        snakemake.wildcards.dataset,
        scheme=params.scheme,
        regimes=params.regimes,
        sweep=params.sweep,
    )
    save(run, params.entry, output.svg, output.png)
    job.say(f"drew {params.entry['type']}")
