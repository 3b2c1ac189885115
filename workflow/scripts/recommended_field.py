"""Write the field of one data set by its recommended methods, for people to take home."""

from fieldbench import io
from fieldbench.execution import step
from fieldbench.inversion.report.field import recommended
from fieldbench.inversion.report.results import Study
from fieldbench.report.given import Given

with step.running(snakemake):
    given = Given(snakemake.config["pathvars"]["results"], snakemake.input)
    study = Study.open(given, snakemake.params.about).on(snakemake.wildcards.dataset)
    io.save_dataset(recommended(study), snakemake.output[0])
