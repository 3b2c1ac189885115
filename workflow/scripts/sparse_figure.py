"""Draw one figure of the sparse area, as SVG and PNG."""

from pathlib import Path

from fieldbench.drawing import save
from fieldbench.execution import step
from fieldbench.report.sparse_run import SparseRun

with step.running(snakemake) as job:
    params, output = snakemake.params, snakemake.output
    run = SparseRun(Path(output.svg).parents[2], params.about)
    save(run, params.entry, output.svg, output.png)
    job.say(f"drew {params.entry['type']}")
