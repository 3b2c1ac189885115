"""Judge the documents' claims about an area by its tables."""

from fieldbench import files, registry
from fieldbench.execution import step
from fieldbench.report import claims
from fieldbench.report.given import Given

with step.running(snakemake) as job:
    area, source = snakemake.wildcards.area, snakemake.input
    given = Given(snakemake.config["pathvars"]["results"], source)
    study = registry.part(area, "report.results").Study.open(given, snakemake.params.about)
    loaded = [claim for file in source.claims for claim in claims.load(file, area)]
    judged = claims.judge(claims.about(loaded, study), study, area)
    job.say(claims.counts(judged))
    files.save_text(judged.to_csv(index=False), snakemake.output[0])
