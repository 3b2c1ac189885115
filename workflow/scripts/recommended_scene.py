"""Choose the method whose model of a scene people take home, and say how good it is."""

import json
from dataclasses import asdict

from fieldbench import files
from fieldbench.execution import step
from fieldbench.radiance.report.choice import recommended
from fieldbench.radiance.report.results import Study
from fieldbench.report.given import Given

with step.running(snakemake):
    given = Given(snakemake.config["pathvars"]["results"], snakemake.input)
    choice = recommended(Study.open(given, snakemake.params.about), snakemake.wildcards.scene)
    files.save_text(json.dumps(asdict(choice), indent=1) + "\n", snakemake.output[0])
