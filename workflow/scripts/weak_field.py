"""Write the weak-field problem of one data set: response, closed-form optimum, noise, held-out pixels, validity."""

from fieldbench import io
from fieldbench.errors import logged_step
from fieldbench.physics.weak_field import weak_field_problem

with logged_step(snakemake.log[0]) as log:
    problem = weak_field_problem(
        io.open_dataset(snakemake.input[0]),
        snakemake.params.scheme,
        snakemake.params.held_out,
        snakemake.params.largest_splitting,
    )
    log(problem.attrs["warnings"])
    io.save_dataset(problem, snakemake.output[0])
