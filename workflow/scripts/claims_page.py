"""Write the page of the claims about all areas."""

from fieldbench import files
from fieldbench.execution import step
from fieldbench.report import claims

with step.running(snakemake):
    files.save_text(claims.page(claims.read(snakemake.input.claims)), snakemake.output[0])
