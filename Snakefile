# fieldbench: which neural field fits a scientific data set, how sure that is, and what it costs.
# Data -> one training per method and seed -> metrics -> tables -> claims, figures, pages. See README.md.

from pathlib import Path

from snakemake.utils import min_version

min_version("9.8")


configfile: "config/config.yaml"


for catalogue in sorted(Path(workflow.basedir, "config/catalogue").glob("*.yaml")):

    configfile: catalogue


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"


for area in AREAS:

    include: f"workflow/rules/{area}.smk"


include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        "<results>/report.html",
        "<results>/benchmark.md",
        "<results>/claims.md",
        [f"<results>/{area}.md" for area in AREAS],
        [
            f"<results>/figures/{area}/{figure}.{suffix}"
            for area, plan in PLANS.items()
            for figure in plan.figures()
            for suffix in ("svg", "png")
        ],
